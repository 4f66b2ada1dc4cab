using System.Runtime.InteropServices;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Tensors.Ilgpu.Tests.Kit;

/// <summary>
/// The CPU back end with what tensor cores round to bf16 rounded to bf16: frozen weights, and the activations they are multiplied with. What differs from it then
/// is not the rounding.
/// </summary>
internal sealed class RoundedBackend : IBackend
{
    private readonly CpuBackend _inner = new(1);
    private readonly RoundedMatrix _matrix;

    public RoundedBackend() => _matrix = new RoundedMatrix(_inner);

    public string Name => "rounded cpu";

    public DType ComputeType => _inner.ComputeType;

    public bool IsHostMemory => true;

    public IElementwiseKernels Elementwise => _inner.Elementwise;

    public IMatrixKernels Matrix => _matrix;

    public IReductionKernels Reduction => _inner.Reduction;

    public INormKernels Norm => _inner.Norm;

    public IAttentionKernels Attention => _inner.Attention;

    public IIndexKernels Index => _inner.Index;

    public ILossKernels Loss => _inner.Loss;

    public IOptimizerKernels Optimizer => _inner.Optimizer;

    public Storage AllocateStorage(long byteLength) => _inner.AllocateStorage(byteLength);

    public void CopyFromHost(ReadOnlySpan<byte> source, Tensor destination) => _inner.CopyFromHost(source, destination);

    public void CopyToHost(Tensor source, Span<byte> destination) => _inner.CopyToHost(source, destination);

    public void Synchronize() => _inner.Synchronize();

    public void Dispose() => _inner.Dispose();

    private sealed class RoundedMatrix(CpuBackend backend) : IMatrixKernels
    {
        private IMatrixKernels Inner => backend.Matrix;

        public IPackedMatrix CreatePacked(int groups, int outputs, int inputs) => Inner.CreatePacked(groups, outputs, inputs);

        public void Pack(Tensor rows, int firstRow, IPackedMatrix destination)
        {
            using Tensor rounded = Rounded(rows);
            Inner.Pack(rounded, firstRow, destination);
        }

        public void Pack(ReadOnlySpan<byte> rows, DType type, int firstRow, IPackedMatrix destination)
        {
            if (type != DType.Float32) throw new NotSupportedException($"RoundedBackend: rows of {type}.");
            float[] values = MemoryMarshal.Cast<byte, float>(rows).ToArray();
            Round(values);
            Inner.Pack(MemoryMarshal.AsBytes<float>(values), type, firstRow, destination);
        }

        public IPackedMatrix Stack(IPackedMatrix weight) => Inner.Stack(weight);

        public void Unpack(IPackedMatrix weight, int firstRow, Tensor y) => Inner.Unpack(weight, firstRow, y);

        public void Linear(Tensor x, IPackedMatrix weight, Tensor y, Tensor? residual = null, bool relu = false, Tensor? positive = null)
        {
            using Tensor rounded = Rounded(x);
            Inner.Linear(rounded, weight, y, residual, relu, positive);
        }

        public void LinearTransposed(Tensor dy, IPackedMatrix weight, Tensor dx, bool accumulate = false, Tensor? positive = null)
        {
            using Tensor rounded = Rounded(dy);
            Inner.LinearTransposed(rounded, weight, dx, accumulate, positive);
        }

        public void Product(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate = false)
            => Inner.Product(a, transposeA, b, transposeB, c, accumulate);

        public void Gather(IPackedMatrix weight, Tensor ids, Tensor y) => Inner.Gather(weight, ids, y);

        private Tensor Rounded(Tensor x)
        {
            Tensor copy = Tensor.Allocate(backend, x.Rows, x.Columns);
            backend.Elementwise.Copy(x.Shape.Rank == 2 ? x : x.Reshape(x.Rows, x.Columns), copy);
            Round(copy.HostSpan<float>());
            return copy;
        }

        private static void Round(Span<float> values)
        {
            foreach (ref float value in values) value = BFloat16.Widen(BFloat16.Round(value));
        }
    }
}
