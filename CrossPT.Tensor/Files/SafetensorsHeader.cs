using System.Text.Json;

namespace CrossPT.Tensors.Files;

/// <summary>
/// The verified header of a safetensors file (format: huggingface/safetensors, README "Format" and <c>tensor.rs</c>,
/// <c>Metadata::validate</c>).
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>Longest header, in bytes: the reference's own limit.</summary>
    public const int LengthLimit = 100_000_000;

    public const string MetadataKey = "__metadata__";

    private const int MetadataLimit = 1 << 16;

    private readonly string _path;
    private readonly long _dataStart;
    private readonly long _dataLength;
    private readonly List<TensorEntry> _entries = [];
    private Dictionary<string, string>? _metadata;

    private SafetensorsHeader(string path, long dataStart, long dataLength)
    {
        _path = path;
        _dataStart = dataStart;
        _dataLength = dataLength;
    }

    /// <summary>Tensors by their place in the file.</summary>
    public IReadOnlyList<TensorEntry> Entries => _entries;

    public IReadOnlyDictionary<string, string> Metadata => _metadata ?? [];

    public static SafetensorsHeader Read(PositionalFile file)
    {
        if (file.Length < 8)
            throw new TensorFileException(
                file.Path,
                $"has {file.Length} bytes, expected a safetensors file: at least the 8 bytes of the header length");
        Span<byte> prefix = stackalloc byte[8];
        file.ReadExactly(0, prefix);
        ulong length = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > LengthLimit)
            throw new TensorFileException(
                file.Path,
                $"byte 0: the header length is {length}, expected at most {LengthLimit} (is this a safetensors file?)");
        if ((long)length > file.Length - 8)
            throw new TensorFileException(
                file.Path, $"byte 0: the header length is {length}, but only {file.Length - 8} bytes follow");
        byte[] json = GC.AllocateUninitializedArray<byte>((int)length);
        file.ReadExactly(8, json);
        if (json.Length == 0 || json[0] != '{')
            throw new TensorFileException(
                file.Path, $"header byte 8: {(json.Length == 0 ? "nothing" : $"0x{json[0]:X2}")}, expected '{{'");
        SafetensorsHeader header = new(file.Path, 8 + json.Length, file.Length - 8 - json.Length);
        header.Parse(json);
        return header;
    }

    private void Parse(ReadOnlySpan<byte> json)
    {
        JsonCursor cursor = new(_path, "header", json, 8);
        cursor.Enter(JsonTokenType.StartObject, "the header");
        while (cursor.NextKey())
        {
            if (cursor.Is("__metadata__"u8)) ParseMetadata(ref cursor);
            else if (cursor.Is(""u8)) throw cursor.Fail("a tensor has an empty name");
            else if (_entries.Count == EntryTable.CountLimit)
                throw cursor.Fail($"more than {EntryTable.CountLimit} tensors");
            else _entries.Add(ParseTensor(ref cursor));
        }
        cursor.End();
        CheckCoverage();
    }

    private void ParseMetadata(ref JsonCursor cursor)
    {
        if (_metadata is not null) throw cursor.Fail($"{MetadataKey} is there twice");
        _metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        cursor.Next();
        if (cursor.Token == JsonTokenType.Null) return;
        cursor.Require(JsonTokenType.StartObject, MetadataKey);
        while (cursor.NextKey())
        {
            string key = cursor.Text();
            if (_metadata.Count == MetadataLimit)
                throw cursor.Fail($"more than {MetadataLimit} entries of {MetadataKey}");
            string value = cursor.NextText($"a value in {MetadataKey}");
            if (!_metadata.TryAdd(key, value))
                throw cursor.Fail($"{TensorFileException.Quote(key)} is twice in {MetadataKey}");
        }
    }

    private TensorEntry ParseTensor(ref JsonCursor cursor)
    {
        string name = cursor.Text();
        cursor.Tensor = name;
        DType? type = null;
        int[]? sizes = null;
        (long Begin, long End)? range = null;
        cursor.Enter(JsonTokenType.StartObject, "its description");
        while (cursor.NextKey())
        {
            if (cursor.Is("dtype"u8))
            {
                if (type is not null) throw cursor.Fail("a second field dtype");
                type = ParseType(ref cursor);
            }
            else if (cursor.Is("shape"u8))
            {
                if (sizes is not null) throw cursor.Fail("a second field shape");
                sizes = ParseShape(ref cursor);
            }
            else if (cursor.Is("data_offsets"u8))
            {
                if (range is not null) throw cursor.Fail("a second field data_offsets");
                range = ParseRange(ref cursor);
            }
            else
            {
                // As in the reference: what a later version adds to a tensor does not make the file unreadable.
                cursor.SkipValue();
            }
        }
        if (type is null || sizes is null || range is null)
            throw cursor.Fail(
                $"no {(type is null ? "dtype" : sizes is null ? "shape" : "data_offsets")}, expected dtype, shape "
                    + $"and data_offsets");

        (long begin, long end) = range.Value;
        if (begin > end || end > _dataLength)
            throw cursor.Fail(
                $"data_offsets [{begin}, {end}], expected a range within the {_dataLength} bytes of data");
        if (EntryTable.ElementCount(sizes) is not long count || count > long.MaxValue / type.Value.ByteSize())
            throw cursor.Fail($"the shape [{string.Join(", ", sizes)}], whose element count overflows");
        long needed = count * type.Value.ByteSize();
        if (needed != end - begin)
            throw cursor.Fail(
                $"{end - begin} bytes of data, expected {needed} for {SafetensorsTypes.Name(type.Value)} "
                    + $"[{string.Join(", ", sizes)}]");
        cursor.Tensor = null;
        return new TensorEntry(name, type.Value, new Shape(sizes), _dataStart + begin);
    }

    private static DType ParseType(ref JsonCursor cursor)
    {
        string name = cursor.NextText("dtype");
        return SafetensorsTypes.Parse(name)
            ?? throw cursor.Fail($"the dtype {TensorFileException.Quote(name)}, expected {SafetensorsTypes.Supported}");
    }

    private static int[] ParseShape(ref JsonCursor cursor)
    {
        Span<int> sizes = stackalloc int[EntryTable.RankLimit];
        int rank = 0;
        cursor.Enter(JsonTokenType.StartArray, "shape");
        for (cursor.Next(); cursor.Token != JsonTokenType.EndArray; cursor.Next())
        {
            if (rank == sizes.Length) throw cursor.Fail($"more than {EntryTable.RankLimit} dimensions");
            long size = cursor.Count("a size in shape");
            if (size > int.MaxValue) throw cursor.Fail($"the size {size} in shape, expected at most {int.MaxValue}");
            sizes[rank++] = (int)size;
        }
        return sizes[..rank].ToArray();
    }

    private static (long Begin, long End) ParseRange(ref JsonCursor cursor)
    {
        cursor.Enter(JsonTokenType.StartArray, "data_offsets");
        cursor.Next();
        long begin = cursor.Count("the first of data_offsets");
        cursor.Next();
        long end = cursor.Count("the second of data_offsets");
        cursor.Enter(JsonTokenType.EndArray, "the third of data_offsets");
        return (begin, end);
    }

    /// <summary>
    /// The tensors, put in order of place, must cover the data exactly: no overlap, no hole, nothing left at the end.
    /// </summary>
    private void CheckCoverage()
    {
        // Empty tensors may share a place with their neighbour; ordering by end as well puts them first.
        _entries.Sort(
            static (a, b) => a.Offset != b.Offset
                ? a.Offset.CompareTo(b.Offset)
                : a.ByteLength.CompareTo(b.ByteLength));
        long covered = _dataStart;
        foreach (TensorEntry entry in _entries)
        {
            if (entry.Offset != covered)
            {
                string what = entry.Offset < covered ? "overlaps the tensor before it" : "leaves a hole before it";
                throw new TensorFileException(
                    _path,
                    $"tensor {TensorFileException.Quote(entry.Name)} begins at data byte {entry.Offset - _dataStart} "
                        + $"and {what}, expected {covered - _dataStart}");
            }
            covered += entry.ByteLength;
        }
        long rest = _dataStart + _dataLength - covered;
        if (rest != 0)
            throw new TensorFileException(
                _path, $"byte {covered}: {rest} bytes after the last tensor, expected the end of the file");
    }
}
