namespace CrossPT.Tensors.Ilgpu;

internal sealed class IlgpuMatrix(IlgpuBackend backend, Launcher launcher) : IMatrixKernels
{
    private readonly (IlgpuBackend, Launcher) _parts = (backend, launcher);

    private NotSupportedException Missing => new($"{_parts.Item1.Name}: matrix products are not there yet");

    public IPackedMatrix CreatePacked(int groups, int outputs, int inputs) => throw Missing;
    public void Pack(Tensor rows, int firstRow, IPackedMatrix destination) => throw Missing;
    public void Pack(ReadOnlySpan<byte> rows, DType type, int firstRow, IPackedMatrix destination) => throw Missing;
    public IPackedMatrix Stack(IPackedMatrix weight) => throw Missing;
    public void Unpack(IPackedMatrix weight, int firstRow, Tensor y) => throw Missing;
    public void Linear(Tensor x, IPackedMatrix weight, Tensor y, Tensor? residual = null, bool relu = false, Tensor? positive = null) => throw Missing;
    public void LinearTransposed(Tensor dy, IPackedMatrix weight, Tensor dx, bool accumulate = false, Tensor? positive = null) => throw Missing;
    public void Product(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate = false) => throw Missing;
    public void Gather(IPackedMatrix weight, Tensor ids, Tensor y) => throw Missing;
}
