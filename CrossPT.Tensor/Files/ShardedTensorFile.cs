using System.Diagnostics.CodeAnalysis;

namespace CrossPT.Tensors.Files;

/// <summary>
/// A model in several files: <c>model.safetensors.index.json</c>, or <c>pytorch_model.bin.index.json</c>, and the shards beside it.
/// </summary>
/// <remarks>
/// The index is the truth: each tensor it maps must be in the shard it names; tensors of a shard that the index does not map are left out,
/// as Hugging Face's loader does. Shards are opened, and their headers verified, all at once.
/// </remarks>
public sealed class ShardedTensorFile : ITensorSource
{
    private readonly ITensorSource[] _shards;
    private readonly IReadOnlyDictionary<string, int> _shardOf;

    private ShardedTensorFile(string path, ITensorSource[] shards, ShardIndex index)
    {
        Path = path;
        _shards = shards;
        _shardOf = index.ShardOf;
        List<TensorEntry> entries = new(_shardOf.Count);
        foreach ((string name, int shard) in _shardOf)
        {
            if (!shards[shard].TryGet(name, out TensorEntry? entry))
                throw new TensorFileException(path, $"maps the tensor {TensorFileException.Quote(name)} to {index.Shards[shard]}, which does not have it");
            entries.Add(entry);
        }
        Entries = entries;
    }

    /// <summary>Opens an index and all its shards.</summary>
    /// <exception cref="TensorFileException">The index or a shard is missing or invalid, or a mapped tensor is not where the index says.</exception>
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
                if (!File.Exists(shard)) throw new TensorFileException(indexPath, $"names the shard {index.Shards[i]}, which is not beside it");
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

    /// <summary>The tensors the index maps, in its order; <see cref="TensorEntry.Offset"/> counts within the shard.</summary>
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
        if (!_shardOf.TryGetValue(entry.Name, out int shard)) throw new ArgumentException($"Read: {entry} is not an entry of {Path}.", nameof(entry));
        _shards[shard].Read(entry, byteOffset, destination);
    }

    /// <summary>Closes all shards.</summary>
    public void Dispose()
    {
        foreach (ITensorSource shard in _shards) shard.Dispose();
    }
}
