using System.Diagnostics.CodeAnalysis;

namespace CrossPT.Tensors.Files;

/// <summary>
/// A model in several files: <c>model.safetensors.index.json</c>, or <c>pytorch_model.bin.index.json</c>, and the
/// shards beside it.
/// </summary>
/// <remarks>
/// The index is the truth: each tensor it maps must be in the shard it names; tensors of a shard that the index does
/// not map are left out, as Hugging Face's loader does. Only of embeddings and heads, which are often one tensor under
/// several names, the shards themselves decide. Shards are opened, and their headers verified, all at once.
/// </remarks>
public sealed class ShardedTensorFile : ITensorSource
{
    private readonly ITensorSource[] _shards;
    private readonly Dictionary<string, int> _shardOf = new(StringComparer.Ordinal);

    private ShardedTensorFile(string path, ITensorSource[] shards, ShardIndex index)
    {
        Path = path;
        _shards = shards;
        List<TensorEntry> entries = new(index.ShardOf.Count);
        foreach ((string name, int mapped) in index.ShardOf)
        {
            int shard = mapped;
            if (!shards[shard].TryGet(name, out TensorEntry? entry))
            {
                if (!IsOftenTied(name))
                {
                    string problem = $"maps the tensor {TensorFileException.Quote(name)} to {index.Shards[shard]}";
                    throw new TensorFileException(path, $"{problem}, which does not have it");
                }
                shard = Array.FindIndex(shards, other => other.TryGet(name, out entry));
                if (shard < 0) continue;
            }
            entries.Add(entry!);
            _shardOf.Add(name, shard);
        }
        for (int shard = 0; shard < shards.Length; shard++)
        {
            foreach (TensorEntry entry in shards[shard].Entries)
                if (IsOftenTied(entry.Name) && _shardOf.TryAdd(entry.Name, shard)) entries.Add(entry);
        }
        Entries = entries;
    }

    // A writer that drops all but one of several equal tensors, an embedding and a head, may forget to tell the index.
    private static bool IsOftenTied(string name)
        => name is "shared.weight" || name.EndsWith(".shared.weight", StringComparison.Ordinal)
            || name.EndsWith("embed_tokens.weight", StringComparison.Ordinal)
            || name.EndsWith("lm_head.weight", StringComparison.Ordinal);

    /// <summary>Opens an index and all its shards.</summary>
    /// <exception cref="TensorFileException">The index or a shard is missing or invalid, or a mapped tensor is not
    /// where the index says.</exception>
    public static ShardedTensorFile Open(string indexPath)
    {
        ShardIndex index = ShardIndex.Read(indexPath);
        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(indexPath))!;
        ITensorSource[] shards = new ITensorSource[index.Shards.Count];
        try
        {
            for (int i = 0; i < shards.Length; i++)
            {
                string shard = System.IO.Path.Combine(folder, index.Shards[i]);
                if (!File.Exists(shard))
                    throw new TensorFileException(
                        indexPath, $"names the shard {index.Shards[i]}, which is not beside it");
                shards[i] = TensorFiles.OpenWeights(shard);
            }
            return new ShardedTensorFile(indexPath, shards, index);
        }
        catch
        {
            foreach (ITensorSource? shard in shards) shard?.Dispose();
            throw;
        }
    }

    /// <summary>The index file.</summary>
    public string Path { get; }

    /// <summary>The files that hold the elements.</summary>
    public IReadOnlyList<string> ShardPaths => [.. _shards.Select(static shard => shard.Path)];

    /// <summary>
    /// The tensors the index maps, in its order; <see cref="TensorEntry.Offset"/> counts within the shard.
    /// </summary>
    public IReadOnlyList<TensorEntry> Entries { get; }

    /// <inheritdoc/>
    public bool TryGet(string name, [NotNullWhen(true)] out TensorEntry? entry)
    {
        entry = null;
        return _shardOf.TryGetValue(name, out int shard) && _shards[shard].TryGet(name, out entry);
    }

    /// <inheritdoc/>
    public void Read(TensorEntry entry, long byteOffset, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (!_shardOf.TryGetValue(entry.Name, out int shard))
            throw new ArgumentException($"Read: {entry} is not an entry of {Path}.", nameof(entry));
        _shards[shard].Read(entry, byteOffset, destination);
    }

    /// <summary>Closes all shards.</summary>
    public void Dispose()
    {
        foreach (ITensorSource shard in _shards) shard.Dispose();
    }
}
