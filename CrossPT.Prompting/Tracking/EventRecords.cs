using System.Buffers.Binary;
using System.Numerics;

namespace CrossPT.Prompting.Tracking;

/// <summary>
/// Records of an event file: length, masked CRC-32C of the length, bytes, masked CRC-32C of the bytes; all little-endian (TensorFlow, <c>record_writer</c>).
/// </summary>
internal static class EventRecords
{
    private const int Head = 12, Tail = 4;

    /// <summary>CRC-32C (Castagnoli) of bytes.</summary>
    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte one in bytes) crc = BitOperations.Crc32C(crc, one);
        return ~crc;
    }

    /// <summary>Adds a record.</summary>
    public static void Write(Stream stream, ReadOnlySpan<byte> bytes)
    {
        Span<byte> head = stackalloc byte[Head], tail = stackalloc byte[Tail];
        BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], Masked(head[..8]));
        BinaryPrimitives.WriteUInt32LittleEndian(tail, Masked(bytes));
        stream.Write(head);
        stream.Write(bytes);
        stream.Write(tail);
    }

    /// <summary>Where the bytes of each whole record lie; what follows the first that is broken or cut short is not read.</summary>
    public static List<Range> Find(ReadOnlySpan<byte> file)
    {
        List<Range> records = [];
        int at = 0;
        while (file.Length - at >= Head + Tail)
        {
            ReadOnlySpan<byte> head = file[at..];
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(head);
            if (BinaryPrimitives.ReadUInt32LittleEndian(head[8..]) != Masked(head[..8]) || length > (ulong)(head.Length - Head - Tail)) break;
            ReadOnlySpan<byte> bytes = head.Slice(Head, (int)length);
            if (BinaryPrimitives.ReadUInt32LittleEndian(head[(Head + (int)length)..]) != Masked(bytes)) break;
            records.Add(new Range(at + Head, at + Head + (int)length));
            at += Head + (int)length + Tail;
        }
        return records;
    }

    // A checksum of data that holds checksums is weak, so a stored one is turned and moved.
    private static uint Masked(ReadOnlySpan<byte> bytes) => BitOperations.RotateRight(Crc(bytes), 15) + 0xa282ead8;
}
