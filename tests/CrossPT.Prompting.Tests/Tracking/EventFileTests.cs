using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Prompting.Tracking;
using CrossPT.TestKit;

namespace CrossPT.Prompting.Tests.Tracking;

public sealed class EventFileTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly RunFolder _run;

    public EventFileTests() => _run = RunFolder.Create(_folder.PathOf("run"));

    private string FirstPath => _run.PathOf(RunFolder.EventsName);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Points_AreThoseThatWereAdded()
    {
        double before = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).TotalSeconds;
        Fill(EventFile.Begin(_run, 0));
        IReadOnlyList<TensorBoardPoint> points = TensorBoardFolder.Read(_run.FullPath);
        Assert.Equal(
            [(1L, "loss", 1.5f), (1L, "loss/réponse", -0.125f), (300L, "router/rte/mnli", 0.75f),
                (70_000_000_000, "test/rte/accuracy", float.NaN)],
            points.Select(static point => (point.Step, point.Tag, point.Value)));
        Assert.All(points, point => Assert.InRange(point.Time, before, before + 60));
    }

    [Fact]
    public void Records_AreThoseOfTheFormat()
    {
        Fill(EventFile.Begin(_run, 0));
        byte[] file = File.ReadAllBytes(FirstPath);
        List<byte[]> records = TensorBoardFolder.Records(file);
        Assert.Equal(file.Length, records.Sum(static record => record.Length + 16));
        Assert.Equal(4, records.Count);
        Assert.Equal("\u001a\u000dbrain.Event:2", Encoding.UTF8.GetString(records[0].AsSpan(9)));
        Assert.Equal((byte)0x09, records[1][0]);
        Assert.InRange(BinaryPrimitives.ReadDoubleLittleEndian(records[1].AsSpan(1)), 1.7e9, 1e11);
        // step 1, then the summary: two values of tag and float.
        Assert.Equal("10012A230A0B0A046C6F7373150000C03F0A140A0D6C6F73732F72C3A9706F6E736515000000BE",
            Convert.ToHexString(records[1].AsSpan(9)));
        Assert.Equal("10AC02", Convert.ToHexString(records[2].AsSpan(9, 3)));
    }

    [Fact]
    public void Protoc_ReadsEveryRecord()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        Assert.SkipUnless(folders.Any(static folder => File.Exists(Path.Combine(folder, "protoc"))),
            "No protoc on the PATH.");
        Fill(EventFile.Begin(_run, 0));
        EventFile.Begin(_run, 2);
        string[] texts = [.. TensorBoardFolder.Records(File.ReadAllBytes(FirstPath)).Select(Decode)];
        Assert.Contains("3: \"brain.Event:2\"", texts[0], StringComparison.Ordinal);
        Assert.Contains("2: 1\n5 {\n  1 {\n    1: \"loss\"\n    2: 0x3fc00000\n  }", texts[1],
            StringComparison.Ordinal);
        Assert.Contains("2: 300\n", texts[2], StringComparison.Ordinal);
        Assert.Contains("1: \"test/rte/accuracy\"", texts[3], StringComparison.Ordinal);
        texts = [.. TensorBoardFolder.Records(File.ReadAllBytes($"{FirstPath}.0001")).Select(Decode)];
        Assert.Contains("3: \"brain.Event:2\"", texts[0], StringComparison.Ordinal);
        Assert.Contains("2: 3\n7 {\n  1: 1\n}", texts[1], StringComparison.Ordinal);
    }

    [Fact]
    public void AFileOfALaterProcess_ReplacesWhatCameAfterItsStep_AndNeedsNoWholeLastRecord()
    {
        EventFile first = EventFile.Begin(_run, 0);
        for (int step = 1; step <= 9; step++) first.Add(step, ("loss", step));
        File.WriteAllBytes(FirstPath, File.ReadAllBytes(FirstPath)[..^3]);
        EventFile.Begin(_run, 4).Add(5, ("loss", 50));
        EventFile.Begin(_run, 5).Add(6, ("loss", 60));
        EventFile.Latest(_run).Add(6, ("test/rte/accuracy", 1));
        Assert.Equal(
            [(1L, 1f), (2L, 2f), (3L, 3f), (4L, 4f), (5L, 50f), (6L, 60f), (6L, 1f)],
            TensorBoardFolder.Read(_run.FullPath).Select(static point => (point.Step, point.Value)));
        EventFile.Begin(_run, 0).Add(1, ("loss", 2));
        Assert.Equal(2, Assert.Single(TensorBoardFolder.Read(_run.FullPath)).Value);
    }

    private static void Fill(EventFile file)
    {
        file.Add(1, ("loss", 1.5), ("loss/réponse", -0.125));
        file.Add(300, ("router/rte/mnli", 0.75));
        file.Add(70_000_000_000, ("test/rte/accuracy", double.NaN));
    }

    private static string Decode(byte[] message)
    {
        using Process protoc = Process.Start(
            new ProcessStartInfo("protoc", "--decode_raw") { RedirectStandardInput = true,
            RedirectStandardOutput = true })!;
        protoc.StandardInput.BaseStream.Write(message);
        protoc.StandardInput.Close();
        string text = protoc.StandardOutput.ReadToEnd();
        protoc.WaitForExit();
        Assert.Equal(0, protoc.ExitCode);
        return text;
    }
}
