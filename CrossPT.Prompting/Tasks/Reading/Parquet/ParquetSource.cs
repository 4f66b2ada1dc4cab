using System.Buffers.Binary;
using Parquet.Meta;
using ZstdSharp;

namespace CrossPT.Prompting.Tasks.Reading.Parquet;

/// <summary>
/// A Parquet file as a stream that Parquet.Net can be given: its footer holds only checked fields, and the pages of a
/// column are checked before they are read, so that nothing is allocated or decompressed that the file's length does
/// not bear out.
/// </summary>
internal sealed class ParquetSource : Stream
{
    private const int LongestFooter = 16 << 20, LongestPageHeader = 1 << 20, LongestPage = 256 << 20,
        LongestColumn = 1 << 30, MostColumns = 2000;

    private static readonly ThriftField s_int = new(ThriftFilter.Int32), s_long = new(ThriftFilter.Int64),
        s_text = new(ThriftFilter.Binary);
    private static readonly ThriftField s_bool = new(ThriftFilter.Bool), s_byte = new(ThriftFilter.Byte),
        s_empty = Struct([]);

    private static readonly ThriftField s_logicalType = Struct(new()
    {
        [1] = s_empty, [2] = s_empty, [3] = s_empty, [4] = s_empty, [5] = Struct(new() { [1] = s_int, [2] = s_int }),
            [6] = s_empty,
        [10] = Struct(new() { [1] = s_byte, [2] = s_bool }), [11] = s_empty, [12] = s_empty, [13] = s_empty,
            [14] = s_empty, [15] = s_empty,
    });

    private static readonly ThriftField s_columnChunk = Struct(new()
    {
        [2] = s_long,
        [3] = Struct(new()
        {
            [1] = s_int, [2] = new ThriftField(ThriftFilter.List, ThriftFilter.Int32),
                [3] = new ThriftField(ThriftFilter.List, ThriftFilter.Binary),
            [4] = s_int, [5] = s_long, [6] = s_long, [7] = s_long, [9] = s_long, [11] = s_long,
        }),
    });

    private static readonly Dictionary<int, ThriftField> s_fileMetaData = new()
    {
        [1] = s_int,
        [2] = Structs(MostColumns, new()
        {
            [1] = s_int, [2] = s_int, [3] = s_int, [4] = s_text,
                [5] = new ThriftField(ThriftFilter.Int32, Limit: MostColumns),
            [6] = s_int, [7] = s_int, [8] = s_int, [9] = s_int, [10] = s_logicalType,
        }),
        [3] = s_long,
        [4] = Structs(1 << 16, new() { [1] = Structs(MostColumns, s_columnChunk.Struct!), [2] = s_long, [3] = s_long }),
        [5] = Structs(10_000, new() { [1] = s_text, [2] = s_text }),
    };

    private static readonly ThriftField s_statistics = Struct(new()
    {
        [1] = s_text, [2] = s_text, [3] = s_long, [4] = s_long, [5] = s_text, [6] = s_text, [7] = s_bool, [8] = s_bool,
    });

    private static readonly Dictionary<int, ThriftField> s_pageHeader = new()
    {
        [1] = s_int, [2] = s_int, [3] = s_int, [4] = s_int,
        [5] = Struct(new() { [1] = s_int, [2] = s_int, [3] = s_int, [4] = s_int, [5] = s_statistics }),
        [6] = s_empty,
        [7] = Struct(new() { [1] = s_int, [2] = s_int, [3] = s_bool }),
        [8] = Struct(new() { [1] = s_int, [2] = s_int, [3] = s_int, [4] = s_int, [5] = s_int, [6] = s_int,
            [7] = s_bool, [8] = s_statistics }),
    };

    private readonly FileStream _file;
    private readonly long _bodyLength;
    private readonly byte[] _tail;
    private long _end;

    /// <summary>Reads and checks the footer.</summary>
    /// <exception cref="InvalidDataException">It is no Parquet file, or a broken one.</exception>
    public ParquetSource(FileStream file)
    {
        _file = file;
        Span<byte> head = stackalloc byte[4], end = stackalloc byte[8];
        if (file.Length < 12 || !ReadAt(0, head) || !ReadAt(file.Length - 8, end) || !head.SequenceEqual("PAR1"u8)
            || !end[4..].SequenceEqual("PAR1"u8))
            throw new InvalidDataException("it does not begin and end with PAR1");
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(end);
        if (length > Math.Min(LongestFooter, file.Length - 12))
            throw new InvalidDataException($"a footer of {length} bytes in a file of {file.Length}");
        byte[] footer = new byte[length];
        _bodyLength = file.Length - 8 - length;
        ReadAt(_bodyLength, footer);
        using MemoryStream tail = new();
        new ThriftFilter(footer, tail).CopyStruct(s_fileMetaData);
        BinaryPrimitives.WriteUInt32LittleEndian(end, (uint)tail.Length);
        tail.Write(end);
        _tail = tail.ToArray();
        _end = Length;
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _bodyLength + _tail.Length;

    public override long Position { get; set; }

    /// <summary>Checks the pages of a column of a row group, and lets nothing behind them be read.</summary>
    /// <exception cref="InvalidDataException">A page claims what cannot be.</exception>
    public void CheckPages(ColumnMetaData column)
    {
        _end = _bodyLength;
        long[] starts = [.. ((long[])[column.DictionaryPageOffset ?? 0, column.DataPageOffset]).Where(
            static offset => offset > 0)];
        if (starts.Length == 0) throw new InvalidDataException("a column without a place");
        long place = starts.Min(), values = 0, unpacked = 0;
        while (values < column.NumValues)
        {
            Dictionary<int, long> header = ReadPageHeader(ref place);
            long packed = header.GetValueOrDefault(3, -1), plain = header.GetValueOrDefault(2, -1), levels = 0;
            if (packed < 0 || packed > _bodyLength - place || plain is < 0 or > LongestPage
                || (unpacked += plain) > LongestColumn)
                throw new InvalidDataException(
                    $"a page of {packed} bytes, unpacked {plain}, at byte {place} of {_bodyLength}");
            PageType type = (PageType)header.GetValueOrDefault(1, -1);
            int field = type switch
            {
                PageType.DATA_PAGE => 5,
                PageType.DICTIONARY_PAGE => 7,
                PageType.DATA_PAGE_V2 => 8,
                _ => 0,
            };
            long count = header.GetValueOrDefault((field * 100) + 1, -1);
            if (field == 8)
            {
                long definition = header.GetValueOrDefault(805), repetition = header.GetValueOrDefault(806),
                    nulls = header.GetValueOrDefault(802);
                levels = definition + repetition;
                if (definition < 0 || repetition < 0 || levels > packed || nulls < 0 || nulls > count) count = -1;
            }
            // An entry of a dictionary takes a byte at least.
            if (count < 0 || (field == 7 ? count > plain : (values += count) > column.NumValues))
                throw new InvalidDataException($"a page of {count} values where {column.NumValues} are expected");
            CheckUnpackedSize(column.Codec, place + levels, packed - levels, plain);
            place += packed;
        }
        _end = place;
    }

    public override int Read(Span<byte> buffer)
    {
        if (Position >= _end) return 0;
        buffer = buffer[..(int)Math.Min(buffer.Length, _end - Position)];
        int read;
        if (Position < _bodyLength)
        {
            read = RandomAccess.Read(_file.SafeFileHandle,
                buffer[..(int)Math.Min(buffer.Length, _bodyLength - Position)], Position);
        }
        else
        {
            _tail.AsSpan((int)(Position - _bodyLength), buffer.Length).CopyTo(buffer);
            read = buffer.Length;
        }
        Position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int ReadByte()
    {
        Span<byte> one = stackalloc byte[1];
        return Read(one) == 1 ? one[0] : throw new EndOfStreamException("it ends too early");
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => Length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static ThriftField Struct(Dictionary<int, ThriftField> fields) => new(ThriftFilter.Struct, Struct: fields);

    private static ThriftField Structs(int limit, Dictionary<int, ThriftField> fields) =>
        new(ThriftFilter.List, ThriftFilter.Struct, limit, fields);

    private Dictionary<int, long> ReadPageHeader(ref long place)
    {
        // Statistics in a header may be as long as a text; most headers are short.
        for (int length = 1 << 10; ; length = LongestPageHeader)
        {
            byte[] bytes = new byte[(int)Math.Clamp(_bodyLength - place, 0, length)];
            ReadAt(place, bytes);
            ThriftFilter header = new(bytes, null);
            try
            {
                header.CopyStruct(s_pageHeader);
            }
            catch (EndOfStreamException) when (length < LongestPageHeader && bytes.Length == length)
            {
                continue;
            }
            place += header.Position;
            return header.Numbers;
        }
    }

    /// <summary>Snappy and Zstandard say for themselves how much comes out, and Parquet.Net believes them.</summary>
    private void CheckUnpackedSize(CompressionCodec codec, long place, long packed, long plain)
    {
        if (codec is not (CompressionCodec.SNAPPY or CompressionCodec.ZSTD) || packed == 0) return;
        byte[] bytes = new byte[codec == CompressionCodec.ZSTD ? packed : Math.Min(packed, 5)];
        ReadAt(place, bytes);
        // Of a frame that does not say its size the library knows a bound, of whole blocks.
        ulong size = 0, most = (ulong)(codec == CompressionCodec.ZSTD ? (2 * plain) + (1 << 20) : plain);
        if (codec == CompressionCodec.ZSTD) size = Decompressor.GetDecompressedSize(bytes);
        else
        {
            for (int i = 0; i < bytes.Length; i++)
            {
                size |= (ulong)(bytes[i] & 0x7F) << (7 * i);
                if (bytes[i] < 0x80) break;
            }
        }
        if (size > most) throw new InvalidDataException($"a page that unpacks to {size} bytes, expected {plain}");
    }

    private bool ReadAt(long place, Span<byte> bytes)
    {
        for (int read; bytes.Length > 0; place += read, bytes = bytes[read..])
        {
            read = RandomAccess.Read(_file.SafeFileHandle, bytes, place);
            if (read == 0) return false;
        }
        return true;
    }
}
