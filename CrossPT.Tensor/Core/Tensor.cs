using System.Runtime.CompilerServices;

namespace CrossPT.Tensors;

/// <summary>
/// A dense row-major array in a device's memory. It knows nothing of gradients.
/// </summary>
/// <remarks>
/// Rows of the innermost dimension are contiguous. A rank-2 view of some columns has a <see cref="RowStride"/> larger
/// than its width; everything else is contiguous as a whole. Views share memory with the tensor they were taken from
/// and keep it alive. A tensor made inside a <see cref="TensorScope"/> is disposed with it.
/// </remarks>
public sealed class Tensor : IDisposable
{
    private readonly Storage _storage;
    private readonly long _offset;
    private int _disposed;

    private Tensor(Storage storage, Shape shape, DType type, long offset, int rowStride)
    {
        _storage = storage;
        _offset = offset;
        Shape = shape;
        DType = type;
        RowStride = rowStride;
        TensorScope.Register(this);
    }

    /// <summary>Allocates a tensor whose elements are undefined.</summary>
    /// <exception cref="OutOfMemoryException">The device has no such block; the message says how much was asked
    /// for.</exception>
    public static Tensor Allocate(IBackend backend, Shape shape, DType type)
    {
        ArgumentNullException.ThrowIfNull(backend);
        Storage storage = backend.AllocateStorage(Math.Max(1, checked(shape.Length * type.ByteSize())));
        return new Tensor(storage, shape, type, 0, Width(shape));
    }

    /// <summary>Allocates a tensor of the back end's <see cref="IBackend.ComputeType"/>, elements undefined.</summary>
    public static Tensor Allocate(IBackend backend, params ReadOnlySpan<int> sizes)
        => Allocate(backend, new Shape(sizes), backend.ComputeType);

    /// <summary>Sizes, outermost first.</summary>
    public Shape Shape { get; }

    /// <summary>Type of the elements.</summary>
    public DType DType { get; }

    /// <summary>Elements from the start of one row (innermost dimension) to the start of the next.</summary>
    public int RowStride { get; }

    /// <summary>The back end that holds the elements.</summary>
    public IBackend Backend => _storage.Backend;

    /// <summary>Number of elements.</summary>
    public long Length => Shape.Length;

    /// <summary>Number of rows: the product of all sizes but the innermost (1 for rank 0 and 1).</summary>
    public int Rows => Shape.Rank == 0 ? 1 : Columns == 0 ? 0 : checked((int)(Shape.Length / Columns));

    /// <summary>Elements of a row: the innermost size (1 for rank 0).</summary>
    public int Columns => Width(Shape);

    /// <summary>Whether all elements lie end to end.</summary>
    public bool IsContiguous => RowStride == Columns;

    /// <summary>
    /// Handles to this memory that are not disposed, this one and all views among them: 1 where nothing else sees the
    /// elements.
    /// </summary>
    public int Handles => _storage.References;

    /// <summary>The block that the elements lie in.</summary>
    internal Storage Storage => _storage;

    /// <summary>Whether <see cref="Dispose"/> was called.</summary>
    public bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    /// <summary>Device address of the first element.</summary>
    /// <exception cref="ObjectDisposedException">The tensor was disposed.</exception>
    public nint Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            return _storage.Address + (nint)(_offset * DType.ByteSize());
        }
    }

    /// <summary>A view of the same elements under other sizes.</summary>
    /// <exception cref="ArgumentException">The element counts differ, or the tensor is a view of some
    /// columns.</exception>
    public Tensor Reshape(params ReadOnlySpan<int> sizes)
    {
        Shape shape = new(sizes);
        if (shape.Length != Length || !IsContiguous)
            throw new ArgumentException($"Reshape: {Describe()} cannot be seen as {shape}.");
        return View(shape, _offset, Width(shape));
    }

    /// <summary>
    /// A view of <paramref name="count"/> entries of the outermost dimension, from <paramref name="start"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the tensor.</exception>
    public Tensor Slice(int start, int count)
    {
        if (Shape.Rank == 0 || start < 0 || count < 0 || start > Shape[0] - count)
            throw new ArgumentOutOfRangeException(
                nameof(start), $"Slice: entries {start} to {start + count} of {Describe()}.");
        int[] sizes = Shape.Sizes.ToArray();
        long stride = Shape.Rank == 1 ? 1 : Shape.Rank == 2 ? RowStride : Shape.Length / Math.Max(1, sizes[0]);
        sizes[0] = count;
        return View(new Shape(sizes), _offset + (start * stride), Shape.Rank == 1 ? count : RowStride);
    }

    /// <summary>A view of <paramref name="count"/> columns of a rank-2 tensor, from <paramref name="start"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the tensor, or its rank is not 2.</exception>
    public Tensor SliceColumns(int start, int count)
    {
        if (Shape.Rank != 2 || start < 0 || count < 0 || start > Shape[1] - count)
            throw new ArgumentOutOfRangeException(
                nameof(start), $"SliceColumns: columns {start} to {start + count} of {Describe()}.");
        return View(new Shape(Shape[0], count), _offset + start, RowStride);
    }

    /// <summary>Another handle to the same elements, with a life of its own.</summary>
    public Tensor Share() => View(Shape, _offset, RowStride);

    /// <summary>Gives this handle up; the memory returns to the back end with the last handle.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) _storage.Release();
    }

    /// <summary>Type, shape and back end, for messages: <c>Float32 [16, 512] on cpu</c>.</summary>
    public string Describe() => $"{DType} {Shape} on {Backend.Name}";

    /// <inheritdoc/>
    public override string ToString() => Describe();

    /// <summary>The elements as a span of host memory.</summary>
    /// <exception cref="InvalidOperationException">The memory is not the host's, the element size differs, or the
    /// tensor is a view of some columns.</exception>
    internal unsafe Span<T> HostSpan<T>()
        where T : unmanaged
    {
        if (!Backend.IsHostMemory || Unsafe.SizeOf<T>() != DType.ByteSize() || !IsContiguous)
            throw new InvalidOperationException(
                $"HostSpan<{typeof(T).Name}>: {Describe()}{(IsContiguous ? "" : ", a view of some columns")}.");
        return new Span<T>((void*)Address, checked((int)Length));
    }

    private static int Width(Shape shape) => shape.Rank == 0 ? 1 : shape[-1];

    private Tensor View(Shape shape, long offset, int rowStride)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        _storage.Retain();
        return new Tensor(_storage, shape, DType, offset, rowStride);
    }
}
