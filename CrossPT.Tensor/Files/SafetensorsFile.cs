using System.Diagnostics.CodeAnalysis;

namespace CrossPT.Tensors.Files;

/// <summary>
/// A safetensors file. Its header is verified completely before any tensor is offered; elements are read when asked
/// for.
/// </summary>
/// <remarks>
/// Stricter than the reference in two ways the format's text asks for: the header begins with <c>{</c>, and no name
/// comes twice. Element types: F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL.
/// </remarks>
public sealed class SafetensorsFile : ITensorSource
{
    private readonly PositionalFile _file;
    private readonly EntryTable _table;

    private SafetensorsFile(PositionalFile file)
    {
        SafetensorsHeader header = SafetensorsHeader.Read(file);
        _file = file;
        _table = new EntryTable(file.Path, header.Entries);
        Metadata = header.Metadata;
    }

    /// <summary>Opens a file and verifies its header.</summary>
    /// <exception cref="TensorFileException">The file is missing, unreadable or not a valid safetensors
    /// file.</exception>
    public static SafetensorsFile Open(string path)
    {
        PositionalFile file = PositionalFile.Open(path);
        try
        {
            return new SafetensorsFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <summary>Tensors in the order their elements lie in the file.</summary>
    public IReadOnlyList<TensorEntry> Entries => _table.Entries;

    /// <summary>The texts under <c>__metadata__</c>; empty when there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <inheritdoc/>
    public bool TryGet(string name, [NotNullWhen(true)] out TensorEntry? entry) => _table.TryGet(name, out entry);

    /// <inheritdoc/>
    public void Read(TensorEntry entry, long byteOffset, Span<byte> destination)
    {
        _table.Check(Path, entry, byteOffset, destination.Length);
        _file.ReadExactly(entry.Offset + byteOffset, destination);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();
}
