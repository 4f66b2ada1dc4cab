using System.Text.Json;

namespace CrossPT.Tensors.Files;

/// <summary>The verified <c>weight_map</c> of an index file: which shard holds which tensor.</summary>
internal sealed class ShardIndex
{
    private const int LengthLimit = 1 << 26;
    private const int ShardLimit = 4096;

    private readonly List<string> _shards = [];
    private readonly Dictionary<string, int> _shardOf = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _shardNumbers = new(StringComparer.Ordinal);

    /// <summary>Shard files, in the order they are first named.</summary>
    public IReadOnlyList<string> Shards => _shards;

    /// <summary>Tensor name to index into <see cref="Shards"/>, in the file's order.</summary>
    public IReadOnlyDictionary<string, int> ShardOf => _shardOf;

    public static ShardIndex Read(string path)
    {
        using PositionalFile file = PositionalFile.Open(path);
        if (file.Length > LengthLimit)
            throw new TensorFileException(path, $"has {file.Length} bytes, expected an index of at most {LengthLimit}");
        byte[] json = GC.AllocateUninitializedArray<byte>((int)file.Length);
        file.ReadExactly(0, json);
        if (ForeignFile.Explain(json, FileContent.Json) is { } foreign) throw new TensorFileException(path, foreign);
        ShardIndex index = new();
        index.Parse(path, json);
        return index;
    }

    private void Parse(string path, ReadOnlySpan<byte> json)
    {
        JsonCursor cursor = new(path, "index", json, 0);
        bool found = false;
        cursor.Enter(JsonTokenType.StartObject, "the index");
        while (cursor.NextKey())
        {
            if (!cursor.Is("weight_map"u8))
            {
                cursor.SkipValue();
                continue;
            }
            if (found) throw cursor.Fail("weight_map is there twice");
            found = true;
            ParseMap(ref cursor);
        }
        cursor.End();
        if (!found)
            throw new TensorFileException(path, "has no weight_map, expected an index with the shard of each tensor");
    }

    private void ParseMap(ref JsonCursor cursor)
    {
        cursor.Enter(JsonTokenType.StartObject, "weight_map");
        while (cursor.NextKey())
        {
            string name = cursor.Text();
            cursor.Tensor = name;
            if (name.Length == 0) throw cursor.Fail("a tensor has an empty name");
            if (_shardOf.Count == EntryTable.CountLimit)
                throw cursor.Fail($"more than {EntryTable.CountLimit} tensors");
            string shard = cursor.NextText("the shard");
            if (!_shardNumbers.TryGetValue(shard, out int number))
            {
                if (!IsPlainName(shard))
                    throw cursor.Fail(
                        $"the shard {TensorFileException.Quote(shard)}, expected the plain name of a file beside the "
                            + $"index");
                if (_shards.Count == ShardLimit) throw cursor.Fail($"more than {ShardLimit} shards");
                number = _shards.Count;
                _shards.Add(shard);
                _shardNumbers.Add(shard, number);
            }
            if (!_shardOf.TryAdd(name, number)) throw cursor.Fail("is in weight_map twice");
        }
        cursor.Tensor = null;
    }

    /// <summary>
    /// Whether a name stays in its folder on every system: both separators and drive letters are refused everywhere.
    /// </summary>
    private static bool IsPlainName(string name)
        => name.Length is > 0 and <= 255 && name is not ("." or "..")
            && !name.Any(static c => c is '/' or '\\' or ':' || char.IsControl(c));
}
