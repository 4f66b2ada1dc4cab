using CrossPT.Tensors;

namespace CrossPT.TestKit;

/// <summary>Products and packed weights as another back end has them.</summary>
public abstract class ForwardingMatrix(IMatrixKernels inner) : IMatrixKernels
{
    /// <inheritdoc/>
    public virtual IPackedMatrix CreatePacked(int groups, int outputs, int inputs, bool isTable = false) =>
        inner.CreatePacked(groups, outputs, inputs, isTable);

    /// <inheritdoc/>
    public virtual void Pack(Tensor rows, int firstRow, IPackedMatrix destination) =>
        inner.Pack(rows, firstRow, destination);

    /// <inheritdoc/>
    public virtual void Pack(ReadOnlySpan<byte> rows, DType type, int firstRow, IPackedMatrix destination) =>
        inner.Pack(rows, type, firstRow, destination);

    /// <inheritdoc/>
    public virtual IPackedMatrix Stack(IPackedMatrix weight) => inner.Stack(weight);

    /// <inheritdoc/>
    public void Unpack(IPackedMatrix weight, int firstRow, Tensor y) => inner.Unpack(weight, firstRow, y);

    /// <inheritdoc/>
    public virtual void Linear(
        Tensor x, IPackedMatrix weight, Tensor y, Tensor? residual = null, bool relu = false, Tensor? positive = null)
        => inner.Linear(x, weight, y, residual, relu, positive);

    /// <inheritdoc/>
    public virtual void LinearTransposed(
        Tensor dy, IPackedMatrix weight, Tensor dx, bool accumulate = false, Tensor? positive = null,
        Tensor? wanted = null)
        => inner.LinearTransposed(dy, weight, dx, accumulate, positive, wanted);

    /// <inheritdoc/>
    public void Product(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate = false)
        => inner.Product(a, transposeA, b, transposeB, c, accumulate);

    /// <inheritdoc/>
    public void Gather(IPackedMatrix weight, Tensor ids, Tensor y) => inner.Gather(weight, ids, y);
}
