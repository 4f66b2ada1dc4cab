namespace CrossPT.Tensors;

/// <summary>
/// A weight matrix in the layout a back end computes with: G groups of [N, K] (out, in), stacked to [G·N, K]; packed
/// once, held once.
/// </summary>
/// <remarks>
/// One packed copy serves X·Wᵀ, dY·W, the gather of rows and the product with all rows (T5's tied embedding and head).
/// </remarks>
public interface IPackedMatrix : IDisposable
{
    /// <summary>Groups, G: 1 for an ordinary linear layer, the heads for one that is applied head by head.</summary>
    int Groups { get; }

    /// <summary>Outputs of a group, N.</summary>
    int Outputs { get; }

    /// <summary>Inputs, K.</summary>
    int Inputs { get; }

    /// <summary>Bytes held.</summary>
    long ByteLength { get; }
}

/// <summary>
/// Matrix products. Row-major; sums over the inner size run in an order that depends on the sizes alone.
/// </summary>
public interface IMatrixKernels
{
    /// <summary>
    /// Makes an empty packed matrix, to be filled by <c>Pack</c> with ranges of rows: so a weight is never held twice.
    /// </summary>
    /// <param name="groups">G.</param>
    /// <param name="outputs">N, rows of a group.</param>
    /// <param name="inputs">K.</param>
    /// <param name="isTable">Whether rows will only be gathered: a back end that rounds what it multiplies then keeps
    /// them as they are.</param>
    IPackedMatrix CreatePacked(int groups, int outputs, int inputs, bool isTable = false);

    /// <summary>
    /// Packs rows <paramref name="firstRow"/>… of the stacked [G·N, K] from a contiguous [rows, K] tensor of
    /// <see cref="IBackend.ComputeType"/>.
    /// </summary>
    void Pack(Tensor rows, int firstRow, IPackedMatrix destination);

    /// <summary>
    /// Like <see cref="Pack(Tensor, int, IPackedMatrix)"/> from host memory that holds elements of
    /// <paramref name="type"/> (Float32, BFloat16, Float16 or Float64): how checkpoints are loaded. May be called from
    /// several threads for different rows of whole groups of 32.
    /// </summary>
    void Pack(ReadOnlySpan<byte> rows, DType type, int firstRow, IPackedMatrix destination);

    /// <summary>
    /// The same weight as one group [G·N, K], whose inputs all outputs share. It shares the memory of
    /// <paramref name="weight"/>, which must outlive it, where the layout allows, and is a copy where it does not (a
    /// back end says when).
    /// </summary>
    IPackedMatrix Stack(IPackedMatrix weight);

    /// <summary>Reads rows back: y [count, K] = rows firstRow… of the stacked weight.</summary>
    void Unpack(IPackedMatrix weight, int firstRow, Tensor y);

    /// <summary>
    /// Y = X·Wᵀ, group by group: X [R, G·K], Y [R, G·N]; rows. With <paramref name="residual"/> [R, G·N], Y = residual
    /// + X·Wᵀ (it may be Y itself). With <paramref name="positive"/> (layout of <see cref="IElementwiseKernels.Relu"/>,
    /// G = 1), Y = max(X·Wᵀ, 0) and the bits are kept; <paramref name="relu"/> alone clamps and keeps none.
    /// </summary>
    void Linear(
        Tensor x, IPackedMatrix weight, Tensor y, Tensor? residual = null, bool relu = false, Tensor? positive = null);

    /// <summary>
    /// dX = dY·W, group by group: dY [R, G·N], dX [R, G·K]; rows; the backward direction of <see cref="Linear"/>, and
    /// T5's per-head key projection of queries. With <paramref name="accumulate"/>, dX += dY·W. With
    /// <paramref name="positive"/> (G = 1), dY counts as 0 where its bit is clear. With <paramref name="wanted"/>, bits
    /// of dX (G = 1), elements whose bit is clear will not be read as they are: a back end may leave 0 there.
    /// </summary>
    void LinearTransposed(
        Tensor dy, IPackedMatrix weight, Tensor dx, bool accumulate = false, Tensor? positive = null,
        Tensor? wanted = null);

    /// <summary>
    /// C = op(A)·op(B) of two tensors: op(A) [M, K], op(B) [K, N], C [M, N]; op transposes where asked; rows. With
    /// <paramref name="accumulate"/>, C += op(A)·op(B).
    /// </summary>
    void Product(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate = false);

    /// <summary>
    /// Y[i] = row ids[i] of the weight: ids Int32 [R], Y [R, K] (G = 1). An id outside [0, N) is an
    /// <see cref="ArgumentException"/>.
    /// </summary>
    void Gather(IPackedMatrix weight, Tensor ids, Tensor y);
}
