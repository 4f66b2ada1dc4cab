using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace CrossPT.Tensors.Files;

/// <summary>
/// A NumPy array on disk (<c>.npy</c>, versions 1 to 3), offered as one tensor called <see cref="TensorName"/>.
/// </summary>
/// <remarks>
/// Little-endian numbers only: f8, f4, f2, i8, i4, i2, i1, u1, b1. Arrays in Fortran order are handed out in row-major
/// order like all others; that takes the file's bytes in memory once. Arrays of Python objects are refused: reading
/// them would run code.
/// </remarks>
public sealed class NpyFile : ITensorSource
{
    /// <summary>The name of the only entry.</summary>
    public const string TensorName = "tensor";

    private readonly PositionalFile _file;
    private readonly EntryTable _table;
    private readonly StridedLayout? _layout;
    private readonly Lazy<byte[]> _columnMajor;

    private NpyFile(PositionalFile file)
    {
        _file = file;
        NpyHeader header = NpyHeader.Read(file);
        int start = header.Length;
        long length = file.Length - start;
        string shape = $"{header.Type} [{string.Join(", ", header.Sizes)}]";
        if (EntryTable.ElementCount(header.Sizes) is not long count || count > long.MaxValue / header.Type.ByteSize())
            throw new TensorFileException(file.Path, $"the element count of {shape} overflows");
        if (count * header.Type.ByteSize() != length)
            throw new TensorFileException(
                file.Path,
                $"byte {start}: {length} bytes of data, expected {count * header.Type.ByteSize()} for {shape}");
        _table = new EntryTable(file.Path, [new TensorEntry(TensorName, header.Type, new Shape(header.Sizes), start)]);
        if (header.FortranOrder) _layout = ColumnMajor(header.Sizes);
        if (_layout is not null && length > Array.MaxLength)
            throw new TensorFileException(
                file.Path,
                $"is in Fortran order and has {length} bytes, expected at most {Array.MaxLength} in that order");
        _columnMajor = new Lazy<byte[]>(() =>
        {
            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)length);
            file.ReadExactly(start, bytes);
            return bytes;
        });
    }

    /// <summary>Opens a file and verifies its header and length.</summary>
    /// <exception cref="TensorFileException">The file is missing, unreadable or not a valid array of
    /// numbers.</exception>
    public static NpyFile Open(string path)
    {
        PositionalFile file = PositionalFile.Open(path);
        try
        {
            return new NpyFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes a tensor as version 1 in C order, whole or not at all (<see cref="AtomicFile"/>).</summary>
    /// <exception cref="ArgumentException">The type is BFloat16, which NumPy does not have.</exception>
    /// <exception cref="IOException">The path cannot be written.</exception>
    public static void Write(string path, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        byte[] header = Header(tensor.DType, tensor.Shape);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            TensorBytes.Write(tensor, tensor.DType, stream);
        });
    }

    /// <summary>Writes elements given by their bytes, little-endian and row-major, as version 1 in C order.</summary>
    /// <exception cref="ArgumentException">The bytes are more or fewer than the shape says, or the type is
    /// BFloat16.</exception>
    /// <exception cref="IOException">The path cannot be written.</exception>
    public static void Write(string path, DType type, Shape shape, ReadOnlyMemory<byte> bytes)
    {
        long needed = checked(shape.Length * type.ByteSize());
        if (bytes.Length != needed)
            throw new ArgumentException(
                $"Write: {bytes.Length} bytes, expected {needed} for {type} {shape}.", nameof(bytes));
        byte[] header = Header(type, shape);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            stream.Write(bytes.Span);
        });
    }

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <inheritdoc/>
    public IReadOnlyList<TensorEntry> Entries => _table.Entries;

    /// <inheritdoc/>
    public bool TryGet(string name, [NotNullWhen(true)] out TensorEntry? entry) => _table.TryGet(name, out entry);

    /// <inheritdoc/>
    public void Read(TensorEntry entry, long byteOffset, Span<byte> destination)
    {
        _table.Check(Path, entry, byteOffset, destination.Length);
        if (_layout is null) _file.ReadExactly(entry.Offset + byteOffset, destination);
        else
            _layout.Gather(
                _columnMajor.Value, entry.DType.ByteSize(), byteOffset / entry.DType.ByteSize(), destination);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private static StridedLayout? ColumnMajor(int[] sizes)
    {
        long[] strides = new long[sizes.Length];
        long stride = 1;
        for (int d = 0; d < sizes.Length; d++)
        {
            strides[d] = stride;
            stride *= sizes[d];
        }
        return StridedLayout.IsRowMajor(sizes, strides) ? null : new StridedLayout(sizes, strides, 0);
    }

    private static byte[] Header(DType type, Shape shape)
    {
        string name = type switch
        {
            DType.Float64 => "<f8",
            DType.Float32 => "<f4",
            DType.Float16 => "<f2",
            DType.Int64 => "<i8",
            DType.Int32 => "<i4",
            DType.Int16 => "<i2",
            DType.Int8 => "|i1",
            DType.UInt8 => "|u1",
            DType.Boolean => "|b1",
            _ => throw new ArgumentException($"Write: NumPy has no {type}.", nameof(type)),
        };
        string sizes = string.Join(", ", shape.Sizes.ToArray()) + (shape.Rank == 1 ? "," : "");
        string text = $"{{'descr': '{name}', 'fortran_order': False, 'shape': ({sizes}), }}";
        // Padded so that the elements begin at a multiple of 64, the last character a line feed.
        int length = (10 + text.Length + 1 + 63) / 64 * 64;
        byte[] header = new byte[length];
        header.AsSpan().Fill((byte)' ');
        NpyHeader.Magic.CopyTo(header);
        header[6] = 1;
        header[7] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), (ushort)(length - 10));
        Encoding.ASCII.GetBytes(text, header.AsSpan(10));
        header[^1] = (byte)'\n';
        return header;
    }
}
