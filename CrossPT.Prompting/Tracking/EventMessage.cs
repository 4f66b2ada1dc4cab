using System.Buffers.Binary;
using System.Text;

namespace CrossPT.Prompting.Tracking;

/// <summary>
/// TensorBoard's <c>Event</c> as protobuf: wall_time 1 (double), step 2 (varint), file_version 3 (string), summary 5; a summary's values 1, each with tag 1
/// and simple_value 2 (float).
/// </summary>
internal static class EventMessage
{
    /// <summary>What the first event of a file says.</summary>
    public const string Version = "brain.Event:2";

    private const int Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5;

    /// <summary>The first event.</summary>
    public static byte[] First(double time)
    {
        using MemoryStream message = new();
        WriteDouble(message, 1, time);
        WriteBytes(message, 3, Encoding.UTF8.GetBytes(Version));
        return message.ToArray();
    }

    /// <summary>An event with its numbers.</summary>
    public static byte[] Of(TrackedEvent tracked)
    {
        using MemoryStream message = new(), summary = new();
        Span<byte> bits = stackalloc byte[4];
        foreach ((string tag, double value) in tracked.Values)
        {
            using MemoryStream one = new();
            WriteBytes(one, 1, Encoding.UTF8.GetBytes(tag));
            WriteTag(one, 2, Fixed32);
            BinaryPrimitives.WriteSingleLittleEndian(bits, (float)value);
            one.Write(bits);
            WriteBytes(summary, 1, one.ToArray());
        }
        WriteDouble(message, 1, tracked.Time);
        WriteTag(message, 2, Varint);
        WriteVarint(message, (ulong)tracked.Step);
        WriteBytes(message, 5, summary.ToArray());
        return message.ToArray();
    }

    /// <summary>Reads an event; unknown fields are passed over. Null where it is none, or the one that begins a file.</summary>
    public static TrackedEvent? Parse(ReadOnlySpan<byte> message)
    {
        double time = 0;
        long step = 0;
        List<(string, double)>? values = null;
        EventFields fields = new(message);
        while (fields.Next())
        {
            if (fields is { Number: 1, Wire: Fixed64 }) time = BinaryPrimitives.ReadDoubleLittleEndian(fields.Value);
            else if (fields is { Number: 2, Wire: Varint }) step = (long)fields.Varint;
            else if (fields is { Number: 5, Wire: Bytes } && !ReadSummary(fields.Value, values ??= [])) return null;
        }
        return fields.IsBroken || values is null ? null : new TrackedEvent(time, step, values);
    }

    private static bool ReadSummary(ReadOnlySpan<byte> message, List<(string, double)> values)
    {
        EventFields fields = new(message);
        while (fields.Next())
        {
            if (fields is not { Number: 1, Wire: Bytes }) continue;
            string tag = "";
            double value = 0;
            EventFields one = new(fields.Value);
            while (one.Next())
            {
                if (one is { Number: 1, Wire: Bytes }) tag = Encoding.UTF8.GetString(one.Value);
                else if (one is { Number: 2, Wire: Fixed32 }) value = BinaryPrimitives.ReadSingleLittleEndian(one.Value);
            }
            if (one.IsBroken) return false;
            values.Add((tag, value));
        }
        return !fields.IsBroken;
    }

    private static void WriteDouble(MemoryStream message, int number, double value)
    {
        WriteTag(message, number, Fixed64);
        Span<byte> bits = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bits, value);
        message.Write(bits);
    }

    private static void WriteBytes(MemoryStream message, int number, ReadOnlySpan<byte> bytes)
    {
        WriteTag(message, number, Bytes);
        WriteVarint(message, (ulong)bytes.Length);
        message.Write(bytes);
    }

    private static void WriteTag(MemoryStream message, int number, int wire) => message.WriteByte((byte)((number << 3) | wire));

    private static void WriteVarint(MemoryStream message, ulong value)
    {
        for (; value >= 0x80; value >>= 7) message.WriteByte((byte)(value | 0x80));
        message.WriteByte((byte)value);
    }
}
