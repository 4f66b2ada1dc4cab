using System.Diagnostics.CodeAnalysis;

namespace CrossPT.Tensors.Files;

/// <summary>The entries of one file, in order and by name.</summary>
internal sealed class EntryTable
{
    /// <summary>
    /// More tensors than any model has; keeps what a hostile header can make us allocate in proportion.
    /// </summary>
    public const int CountLimit = 1 << 18;

    /// <summary>Dimensions of one tensor; NumPy's limit too.</summary>
    public const int RankLimit = 64;

    private readonly Dictionary<string, TensorEntry> _byName;

    public EntryTable(string path, IReadOnlyList<TensorEntry> entries)
    {
        Entries = entries;
        _byName = new Dictionary<string, TensorEntry>(entries.Count, StringComparer.Ordinal);
        foreach (TensorEntry entry in entries)
        {
            if (!_byName.TryAdd(entry.Name, entry))
                throw new TensorFileException(
                    path,
                    $"the tensor {TensorFileException.Quote(entry.Name)} is there twice, expected each name once");
        }
    }

    public IReadOnlyList<TensorEntry> Entries { get; }

    public bool TryGet(string name, [NotNullWhen(true)] out TensorEntry? entry) => _byName.TryGetValue(name, out entry);

    /// <summary>Refuses a read that is not of this file or leaves its tensor.</summary>
    public void Check(string path, TensorEntry entry, long byteOffset, int byteCount)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (!_byName.TryGetValue(entry.Name, out TensorEntry? own) || !ReferenceEquals(own, entry))
            throw new ArgumentException($"Read: {entry} is not an entry of {path}.", nameof(entry));
        int size = entry.DType.ByteSize();
        if (byteOffset < 0 || byteOffset > entry.ByteLength - byteCount || byteOffset % size != 0
            || byteCount % size != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(byteOffset),
                $"Read: {byteCount} bytes from byte {byteOffset} of {entry}, which has {entry.ByteLength} bytes in "
                    + $"elements of {size}.");
        }
    }

    /// <summary>
    /// The number of elements, or nothing when the product (zeros aside) exceeds what <see cref="Shape"/> can hold.
    /// </summary>
    public static long? ElementCount(ReadOnlySpan<int> sizes)
    {
        long count = 1;
        foreach (int size in sizes)
        {
            if (size != 0 && count > (1L << 62) / size) return null;
            count *= size;
        }
        return count;
    }
}
