namespace CrossPT.Tensors.Cuda;

/// <summary>
/// A weight as its stacked rows [G·N, pitch], a row on a 16-byte boundary: in float32, or in bf16 for tensor cores, the
/// rest of a row 0. A split row is its rounded elements and, <see cref="Width"/> elements on, what rounding left.
/// </summary>
/// <remarks>
/// Both directions read the same bytes: along the rows for X·Wᵀ, across them for dY·W, where it is the way into shared
/// memory that differs. Groups follow one another without a gap, so the same memory is also the weight as one group.
/// </remarks>
internal sealed class CudaPackedMatrix : IPackedMatrix
{
    private readonly Storage _storage;
    private int _disposed;

    public CudaPackedMatrix(IBackend backend, int groups, int outputs, int inputs, MatrixPrecision precision)
    {
        Groups = groups;
        Outputs = outputs;
        Inputs = inputs;
        Precision = precision;
        _storage = backend.AllocateStorage(ByteLength);
    }

    private CudaPackedMatrix(CudaPackedMatrix grouped)
    {
        Groups = 1;
        Outputs = grouped.Groups * grouped.Outputs;
        Inputs = grouped.Inputs;
        Precision = grouped.Precision;
        _storage = grouped._storage;
        _storage.Retain();
    }

    public int Groups { get; }

    public int Outputs { get; }

    public int Inputs { get; }

    public MatrixPrecision Precision { get; }

    public bool IsBFloat16 => Precision != MatrixPrecision.Float32;

    public bool IsSplit => Precision == MatrixPrecision.SplitFloat32;

    /// <summary>Elements of a row with the zeros that fill it up.</summary>
    public int Width => IsBFloat16 ? (Inputs + 7) / 8 * 8 : (Inputs + 3) / 4 * 4;

    /// <summary>Elements from a row to the next.</summary>
    public int Pitch => IsSplit ? 2 * Width : Width;

    public int ElementBytes => IsBFloat16 ? 2 : 4;

    public long ByteLength => Elements * ElementBytes;

    public long Elements => (long)Groups * Outputs * Pitch;

    public nint Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed != 0, this);
            return _storage.Address;
        }
    }

    public CudaPackedMatrix Stack() => new(this);

    /// <remarks>A matrix that was forgotten needs no finalizer: its storage has one.</remarks>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) _storage.Release();
    }
}
