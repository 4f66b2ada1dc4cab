using System.Diagnostics.CodeAnalysis;

namespace CrossPT.Tensors.Files;

/// <summary>
/// Named tensors that are read when asked for. What loads weights takes this, so a format of one's own needs only these
/// members.
/// </summary>
/// <remarks>
/// Members may be called from several threads at once; <see cref="IDisposable.Dispose"/> only after all reads have
/// returned.
/// </remarks>
public interface ITensorSource : IDisposable
{
    /// <summary>Where the tensors come from, for messages: a path.</summary>
    string Path { get; }

    /// <summary>All tensors, in the order they are best read.</summary>
    IReadOnlyList<TensorEntry> Entries { get; }

    /// <summary>Finds a tensor by its exact name.</summary>
    bool TryGet(string name, [NotNullWhen(true)] out TensorEntry? entry);

    /// <summary>
    /// Reads bytes of a tensor: little-endian elements, row-major, end to end, whatever the layout in the file.
    /// </summary>
    /// <param name="entry">One of <see cref="Entries"/>.</param>
    /// <param name="byteOffset">First byte to read, counted from the tensor's first element; a multiple of the element
    /// size.</param>
    /// <param name="destination">Filled completely; its length is a multiple of the element size.</param>
    /// <exception cref="ArgumentException">The entry belongs to another source, or the range leaves the
    /// tensor.</exception>
    /// <exception cref="TensorFileException">The file became shorter, or the operating system reports an
    /// error.</exception>
    void Read(TensorEntry entry, long byteOffset, Span<byte> destination);
}
