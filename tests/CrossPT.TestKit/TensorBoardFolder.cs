using Google.Protobuf;

namespace CrossPT.TestKit;

/// <summary>One number of a run as TensorBoard shows it.</summary>
public sealed record TensorBoardPoint(double Time, long Step, string Tag, float Value);

/// <summary>
/// Reads a folder's event files as TensorBoard does: in the order of their names, each up to its first broken record; a
/// file that begins a session
/// drops what older files have from its step on. Written after the format's description; checksums bit by bit.
/// </summary>
public static class TensorBoardFolder
{
    /// <summary>The points of a folder; of two with the same step and tag, the later.</summary>
    public static IReadOnlyList<TensorBoardPoint> Read(string folder)
    {
        List<TensorBoardPoint> points = [];
        foreach (string path in Directory.GetFiles(folder, "*tfevents*").Order(StringComparer.Ordinal))
        {
            foreach (byte[] record in Records(File.ReadAllBytes(path))) Take(record, points);
        }
        return points;
    }

    /// <summary>The messages of a file's whole records.</summary>
    public static List<byte[]> Records(byte[] file)
    {
        List<byte[]> records = [];
        using BinaryReader reader = new(new MemoryStream(file));
        while (file.Length - reader.BaseStream.Position >= 16)
        {
            byte[] length = reader.ReadBytes(8);
            if (reader.ReadUInt32() != Masked(length)) break;
            ulong count = BitConverter.ToUInt64(length);
            if (count > (ulong)(file.Length - reader.BaseStream.Position - 4)) break;
            byte[] bytes = reader.ReadBytes((int)count);
            if (reader.ReadUInt32() != Masked(bytes)) break;
            records.Add(bytes);
        }
        return records;
    }

    private static void Take(byte[] record, List<TensorBoardPoint> points)
    {
        double time = 0;
        long step = 0;
        bool begins = false;
        List<(string Tag, float Value)> values = [];
        foreach ((int field, CodedInputStream value) in Fields(new CodedInputStream(record)))
        {
            if (field == 1) time = value.ReadDouble();
            else if (field == 2) step = value.ReadInt64();
            else if (field == 3) value.ReadString();
            else if (field == 5)
                values.AddRange(Fields(value.ReadBytes().CreateCodedInput()).Select(
                    static one => Value(one.Value.ReadBytes())));
            else if (field == 7) begins = value.ReadBytes().Span.SequenceEqual("\u0008\u0001"u8);
        }
        if (begins) points.RemoveAll(point => point.Step >= step);
        foreach ((string tag, float number) in values)
        {
            TensorBoardPoint point = new(time, step, tag, number);
            int same = points.FindIndex(one => one.Step == step && one.Tag == tag);
            if (same < 0) points.Add(point);
            else points[same] = point;
        }
    }

    private static (string Tag, float Value) Value(ByteString message)
    {
        string tag = "";
        float value = 0;
        foreach ((int field, CodedInputStream input) in Fields(message.CreateCodedInput()))
        {
            if (field == 1) tag = input.ReadString();
            else value = input.ReadFloat();
        }
        return (tag, value);
    }

    private static IEnumerable<(int Field, CodedInputStream Value)> Fields(CodedInputStream message)
    {
        while (message.ReadTag() is > 0 and uint tag) yield return (WireFormat.GetTagFieldNumber(tag), message);
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
}
