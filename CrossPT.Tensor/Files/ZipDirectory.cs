using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using System.Text.Unicode;

namespace CrossPT.Tensors.Files;

/// <summary>
/// The table of contents of a zip archive (PKWARE APPNOTE 6.3), verified against the file: what PyTorch writes and
/// nothing beyond.
/// </summary>
/// <remarks>
/// One's own reader, because elements are read straight from their place in the file, and because every count and size
/// here is checked against the file's length before it is used.
/// </remarks>
internal sealed class ZipDirectory
{
    private const int EndLength = 22;
    private const int CountLimit = 1 << 18;
    private const int LengthLimit = 1 << 25;
    private const int NameLimit = 4096;

    private readonly PositionalFile _file;
    private readonly Dictionary<string, ZipItem> _items = new(StringComparer.Ordinal);
    private long _directoryStart;

    private ZipDirectory(PositionalFile file) => _file = file;

    /// <summary>Name of the first item; PyTorch puts all of them under its first folder.</summary>
    public string FirstName { get; private set; } = "";

    public static ZipDirectory Read(PositionalFile file)
    {
        ZipDirectory directory = new(file);
        directory.Parse();
        return directory;
    }

    public ZipItem? Find(string name) => _items.GetValueOrDefault(name);

    /// <summary>
    /// Where the bytes of an item that is stored as it is begin; the item's own header must agree with the table.
    /// </summary>
    public long Locate(ZipItem item)
    {
        Span<byte> header = stackalloc byte[30];
        if (item.HeaderOffset > _directoryStart - header.Length)
            throw Fail(item.HeaderOffset, $"the header of {item} lies beyond the archive's items");
        _file.ReadExactly(item.HeaderOffset, header);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != 0x04034B50)
            throw Fail(item.HeaderOffset, $"no zip signature where {item} begins");
        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header[26..]);
        long start = item.HeaderOffset + header.Length + nameLength
            + BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        if (start > _directoryStart - item.StoredLength)
            throw Fail(item.HeaderOffset,
                $"{item} has {item.StoredLength} bytes, more than lie before the archive's table");
        byte[] name = new byte[nameLength];
        _file.ReadExactly(item.HeaderOffset + header.Length, name);
        if (!name.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(item.Name))
            || BinaryPrimitives.ReadUInt16LittleEndian(header[8..]) != item.Method)
            throw Fail(item.HeaderOffset, $"the header of {item} and the archive's table disagree");
        return start;
    }

    /// <summary>
    /// All bytes of a small item, unpacked; never more than it declares, and that only if it can be true.
    /// </summary>
    public byte[] ReadAll(ZipItem item, int limit)
    {
        long start = Locate(item);
        if (item.Length > limit)
            throw Fail(item.HeaderOffset, $"{item} has {item.Length} bytes, expected at most {limit}");
        // Deflate makes at most 1032 bytes of one.
        if (item.Length > item.StoredLength * (item.IsStored ? 1 : 1032L))
            throw Fail(item.HeaderOffset,
                $"{item} claims {item.Length} bytes from {item.StoredLength}, more than can be packed into them");
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)item.Length);
        if (item.IsStored) _file.ReadExactly(start, bytes);
        else Inflate(item, start, bytes);
        uint checksum = Crc32.HashToUInt32(bytes);
        if (checksum != item.Checksum)
            throw Fail(start, $"{item} has the checksum {checksum:X8}, expected {item.Checksum:X8}");
        return bytes;
    }

    public TensorFileException Fail(long place, string problem) => new(_file.Path, $"byte {place}: {problem}");

    private void Inflate(ZipItem item, long start, byte[] bytes)
    {
        byte[] packed = GC.AllocateUninitializedArray<byte>(checked((int)Math.Min(item.StoredLength, Array.MaxLength)));
        _file.ReadExactly(start, packed);
        try
        {
            using DeflateStream unpacked = new(new MemoryStream(packed), CompressionMode.Decompress);
            int length = unpacked.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length < bytes.Length || unpacked.ReadByte() >= 0)
                throw Fail(
                    start, $"{item} unpacks to {(length < bytes.Length ? $"{length}" : "more")} bytes, "
                    + $"expected {bytes.Length}");
        }
        catch (InvalidDataException error)
        {
            throw new TensorFileException(
                _file.Path, $"byte {start}: {item} cannot be unpacked ({error.Message.TrimEnd('.')})", error);
        }
    }

    private void Parse()
    {
        (long count, long length, long start) = FindTable();
        if (count > CountLimit) throw Fail(start, $"{count} items, expected at most {CountLimit}");
        if (length > LengthLimit) throw Fail(start, $"a table of {length} bytes, expected at most {LengthLimit}");
        if (length < count * 46)
            throw Fail(start, $"a table of {length} bytes for {count} items, expected at least {count * 46}");
        _directoryStart = start;
        byte[] table = GC.AllocateUninitializedArray<byte>((int)length);
        _file.ReadExactly(start, table);
        int at = 0;
        for (int i = 0; i < count; i++)
        {
            ZipItem item = ParseItem(table, start, ref at);
            if (i == 0) FirstName = item.Name;
            if (!_items.TryAdd(item.Name, item)) throw Fail(start + at, $"two items called {item}");
        }
        if (at != length) throw Fail(start + at, $"{length - at} bytes after the last of {count} items");
    }

    /// <summary>
    /// Reads the record at the archive's end, and its 64-bit form where there is one; they must agree.
    /// </summary>
    private (long Count, long Length, long Start) FindTable()
    {
        int tailLength = (int)Math.Min(_file.Length, EndLength + ushort.MaxValue);
        if (tailLength < EndLength) throw Fail(0, $"the file has {_file.Length} bytes, expected a zip archive");
        byte[] tail = GC.AllocateUninitializedArray<byte>(tailLength);
        long tailStart = _file.Length - tailLength;
        _file.ReadExactly(tailStart, tail);
        int at = tailLength - EndLength;
        while (at >= 0 && !IsEnd(tail, at)) at--;
        if (at < 0) throw Fail(_file.Length, "the file ends without a zip archive's end record; it may be cut short");

        ReadOnlySpan<byte> end = tail.AsSpan(at);
        long place = tailStart + at;
        long count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]);
        long start = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(end[4..]) != 0
            || BinaryPrimitives.ReadUInt16LittleEndian(end[8..]) != count)
            throw Fail(place, "a zip archive in several parts, expected one");
        if (ReadWide(place) is (long, long, long) wide)
        {
            if ((count != 0xFFFF && count != wide.Count) || (length != uint.MaxValue && length != wide.Length)
                || (start != uint.MaxValue && start != wide.Start))
                throw Fail(place, "the two end records of the zip archive disagree");
            (count, length, start) = wide;
        }
        if (length > place || start > place - length)
            throw Fail(place, $"the zip table is said to be {length} bytes at {start}, beyond its end record");
        return (count, length, start);
    }

    private (long Count, long Length, long Start)? ReadWide(long end)
    {
        Span<byte> locator = stackalloc byte[20];
        Span<byte> record = stackalloc byte[56];
        if (end < locator.Length + record.Length) return null;
        _file.ReadExactly(end - locator.Length, locator);
        if (BinaryPrimitives.ReadUInt32LittleEndian(locator) != 0x07064B50) return null;
        long place = BinaryPrimitives.ReadInt64LittleEndian(locator[8..]);
        if (place < 0 || place > end - locator.Length - record.Length)
            throw Fail(end - locator.Length, $"the zip end record is said to be at {place}");
        _file.ReadExactly(place, record);
        long count = BinaryPrimitives.ReadInt64LittleEndian(record[32..]);
        long length = BinaryPrimitives.ReadInt64LittleEndian(record[40..]);
        long start = BinaryPrimitives.ReadInt64LittleEndian(record[48..]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(record) != 0x06064B50 || (count | length | start) < 0)
            throw Fail(place, "no valid zip end record");
        return (count, length, start);
    }

    private bool IsEnd(byte[] tail, int at)
        => BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(at)) == 0x06054B50
            && at + EndLength + BinaryPrimitives.ReadUInt16LittleEndian(tail.AsSpan(at + 20)) == tail.Length;

    private ZipItem ParseItem(ReadOnlySpan<byte> table, long tableStart, ref int at)
    {
        long place = tableStart + at;
        ReadOnlySpan<byte> rest = table[at..];
        if (rest.Length < 46 || BinaryPrimitives.ReadUInt32LittleEndian(rest) != 0x02014B50)
            throw Fail(place, "no entry of the zip table, expected one");
        int flags = BinaryPrimitives.ReadUInt16LittleEndian(rest[8..]);
        int method = BinaryPrimitives.ReadUInt16LittleEndian(rest[10..]);
        uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(rest[16..]);
        long stored = BinaryPrimitives.ReadUInt32LittleEndian(rest[20..]);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(rest[24..]);
        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(rest[28..]);
        int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(rest[30..]);
        int commentLength = BinaryPrimitives.ReadUInt16LittleEndian(rest[32..]);
        long header = BinaryPrimitives.ReadUInt32LittleEndian(rest[42..]);
        int size = 46 + nameLength + extraLength + commentLength;
        if (size > rest.Length || nameLength is 0 or > NameLimit)
            throw Fail(
                place, $"an entry of {size} bytes with a name of {nameLength}, expected at most {rest.Length} and 1 to "
                + $"{NameLimit}");
        ReadOnlySpan<byte> nameBytes = rest.Slice(46, nameLength);
        if (!Utf8.IsValid(nameBytes)) throw Fail(place, "a name that is not valid UTF-8");
        string name = Encoding.UTF8.GetString(nameBytes);
        string shown = TensorFileException.Quote(name);
        if ((flags & 0x2041) != 0) throw Fail(place, $"{shown} is encrypted");
        if (method is not (0 or 8))
            throw Fail(place, $"{shown} is packed with method {method}, expected 0 (stored) or 8 (deflate)");
        ReadWideSizes(rest.Slice(46 + nameLength, extraLength), ref length, ref stored, ref header);
        if ((length | stored | header) < 0 || (method == 0 && length != stored))
            throw Fail(place, $"{shown} has sizes that cannot be: {length} bytes, stored as {stored}");
        at += size;
        return new ZipItem(name, method, length, stored, header, checksum);
    }

    /// <summary>
    /// Sizes and places beyond 32 bits stand in an extra field, in this order, only those that do not fit.
    /// </summary>
    private static void ReadWideSizes(ReadOnlySpan<byte> extra, ref long length, ref long stored, ref long header)
    {
        while (extra.Length >= 4)
        {
            int kind = BinaryPrimitives.ReadUInt16LittleEndian(extra);
            int size = Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]), extra.Length - 4);
            ReadOnlySpan<byte> field = extra.Slice(4, size);
            extra = extra[(4 + size)..];
            if (kind != 1) continue;
            Take(ref field, ref length);
            Take(ref field, ref stored);
            Take(ref field, ref header);
            return;
        }

        static void Take(ref ReadOnlySpan<byte> field, ref long value)
        {
            if (value != uint.MaxValue || field.Length < 8) return;
            value = BinaryPrimitives.ReadInt64LittleEndian(field);
            field = field[8..];
        }
    }
}
