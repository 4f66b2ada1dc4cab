using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Prompting.Tracking;

namespace CrossPT.Prompting.Tests.Tracking;

public sealed class EventFileTests : IDisposable
{
    private static readonly TrackedEvent[] s_events =
    [
        new(1700000000.25, 1, [("loss", 1.5), ("loss/réponse", -0.125)]),
        new(1700000001, 300, [("router/rte/mnli", 0.75)]),
        new(1700000002, 70_000_000_000, [("test/rte/accuracy", double.NaN)]),
    ];

    private readonly TempFolder _folder = new();

    private string FilePath => _folder.PathOf("events.out.tfevents.test");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Crc_IsCastagnolis() => Assert.Equal(0xE3069283u, EventRecords.Crc("123456789"u8));

    [Fact]
    public void Read_GivesWhatWasAppended()
    {
        EventFile.Append(FilePath, s_events[0]);
        EventFile.Append(FilePath, s_events[1], s_events[2]);
        Assert.Equivalent(s_events, EventFile.Read(FilePath), strict: true);
        Assert.Empty(EventFile.Read(_folder.PathOf("missing")));
    }

    // A reader of the test's own, after the format's description, checksums bit by bit.
    [Fact]
    public void Records_AreThoseOfTheFormat()
    {
        EventFile.Append(FilePath, s_events);
        List<byte[]> records = Records(File.ReadAllBytes(FilePath));
        Assert.Equal(4, records.Count);
        Assert.Equal("\u001a\u000dbrain.Event:2", Encoding.UTF8.GetString(records[0].AsSpan(9)));
        Assert.Equal((byte)0x09, records[1][0]);
        Assert.Equal(1700000000.25, BinaryPrimitives.ReadDoubleLittleEndian(records[1].AsSpan(1)));
        // step 1, then the summary: two values of tag and float.
        Assert.Equal("10012A230A0B0A046C6F7373150000C03F0A140A0D6C6F73732F72C3A9706F6E736515000000BE", Convert.ToHexString(records[1].AsSpan(9)));
        Assert.Equal("10AC02", Convert.ToHexString(records[2].AsSpan(9, 3)));
    }

    [Fact]
    public void Protoc_ReadsEveryRecord()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        Assert.SkipUnless(folders.Any(static folder => File.Exists(Path.Combine(folder, "protoc"))), "No protoc on the PATH.");
        EventFile.Append(FilePath, s_events);
        string[] texts = [.. Records(File.ReadAllBytes(FilePath)).Select(Decode)];
        Assert.Contains("3: \"brain.Event:2\"", texts[0], StringComparison.Ordinal);
        Assert.Contains("2: 1\n5 {\n  1 {\n    1: \"loss\"\n    2: 0x3fc00000\n  }", texts[1], StringComparison.Ordinal);
        Assert.Contains("2: 300\n", texts[2], StringComparison.Ordinal);
        Assert.Contains("1: \"test/rte/accuracy\"", texts[3], StringComparison.Ordinal);
    }

    [Fact]
    public void Repair_KeepsWhatStays_AndDropsHalfARecord()
    {
        EventFile.Append(FilePath, s_events);
        byte[] whole = File.ReadAllBytes(FilePath);
        EventFile.Repair(FilePath, static _ => true);
        Assert.Equal(whole, File.ReadAllBytes(FilePath));
        File.WriteAllBytes(FilePath, whole[..^3]);
        EventFile.Repair(FilePath, static one => one.Step != 1);
        Assert.Equal([300L], EventFile.Read(FilePath).Select(static one => one.Step));
        EventFile.Append(FilePath, s_events[2]);
        Assert.Equal([300L, 70_000_000_000], EventFile.Read(FilePath).Select(static one => one.Step));
        Assert.Equal(3, Records(File.ReadAllBytes(FilePath)).Count);
        EventFile.Repair(_folder.PathOf("missing"), static _ => true);
        Assert.False(File.Exists(_folder.PathOf("missing")));
    }

    // Whatever stands in the file: what is whole before the first bad byte is read, and nothing is claimed that is not there.
    [Fact]
    public void AnyByteChanged_EndsTheReadingThere()
    {
        EventFile.Append(FilePath, s_events);
        byte[] whole = File.ReadAllBytes(FilePath);
        int[] ends = [.. EventRecords.Find(whole).Select(static range => range.End.Value + 4)];
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] bad = [.. whole];
            bad[i] ^= 0x40;
            Assert.Equal(ends.Count(end => end <= i), EventRecords.Find(bad).Count);
        }
        File.WriteAllBytes(FilePath, [255, 255, 255, 255, 255, 255, 255, 127, 0, 0, 0, 0, 1, 2, 3, 4]);
        Assert.Empty(EventFile.Read(FilePath));
    }

    private static List<byte[]> Records(byte[] file)
    {
        List<byte[]> records = [];
        using BinaryReader reader = new(new MemoryStream(file));
        while (reader.BaseStream.Position < file.Length)
        {
            byte[] length = reader.ReadBytes(8);
            Assert.Equal(Masked(length), reader.ReadUInt32());
            byte[] bytes = reader.ReadBytes((int)BitConverter.ToUInt64(length));
            Assert.Equal(Masked(bytes), reader.ReadUInt32());
            records.Add(bytes);
        }
        return records;
    }

    private static uint Masked(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte one in bytes)
        {
            crc ^= one;
            for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) == 0 ? 0 : 0x82F63B78);
        }
        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xa282ead8;
    }

    private static string Decode(byte[] message)
    {
        using Process protoc = Process.Start(new ProcessStartInfo("protoc", "--decode_raw") { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        protoc.StandardInput.BaseStream.Write(message);
        protoc.StandardInput.Close();
        string text = protoc.StandardOutput.ReadToEnd();
        protoc.WaitForExit();
        Assert.Equal(0, protoc.ExitCode);
        return text;
    }
}
