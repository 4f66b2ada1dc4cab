using System.Runtime.InteropServices;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Cuda;
using CrossPT.TestKit;

namespace CrossPT.TestKit.Cuda;

/// <summary>
/// The CPU back end with what tensor cores round to bf16 rounded to bf16: frozen weights, the activations they are
/// multiplied with, and what attention reads. What differs from it then is not that rounding.
/// </summary>
internal sealed class RoundedBackend : ForwardingBackend
{
    public RoundedBackend()
        : base(new CpuBackend(1))
    {
        Matrix = new RoundedMatrix(Inner);
        Attention = new RoundedAttention(Inner);
    }

    public override string Name => "rounded cpu";

    public override IMatrixKernels Matrix { get; }

    public override IAttentionKernels Attention { get; }

    private static Tensor Rounded(IBackend backend, Tensor x)
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

    /// <summary>Probabilities and the gradients of scores are left as they are.</summary>
    private sealed class RoundedAttention(IBackend backend) : IAttentionKernels
    {
        public bool BackwardReadsOutput => false;

        public void Forward(
            in AttentionLayout layout, Tensor query, Tensor key, Tensor value, PositionBias? bias, Tensor output,
            Tensor logSumExp)
        {
            using Tensor q = Rounded(backend, query), k = Rounded(backend, key), v = Rounded(backend, value);
            backend.Attention.Forward(layout, q, k, v, bias, output, logSumExp);
        }

        public void Backward(
            in AttentionLayout layout, Tensor query, Tensor key, Tensor value, PositionBias? bias, Tensor logSumExp,
            Tensor outputGradient, Tensor? queryGradient, Tensor? keyGradient, Tensor? valueGradient, bool accumulate,
            Tensor? biasGradient, Tensor? output = null)
        {
            using Tensor q = Rounded(backend, query), k = Rounded(backend, key), v = Rounded(backend, value);
            using Tensor gradient = Rounded(backend, outputGradient);
            backend.Attention.Backward(
                layout, q, k, v, bias, logSumExp, gradient, queryGradient, keyGradient, valueGradient, accumulate,
                biasGradient, output);
        }
    }

    private sealed class RoundedMatrix(IBackend backend) : ForwardingMatrix(backend.Matrix)
    {
        private readonly HashSet<IPackedMatrix> _tables = [];

        public override IPackedMatrix CreatePacked(int groups, int outputs, int inputs, bool isTable = false)
        {
            IPackedMatrix packed = base.CreatePacked(groups, outputs, inputs, isTable);
            if (isTable) _tables.Add(packed);
            return packed;
        }

        public override void Pack(Tensor rows, int firstRow, IPackedMatrix destination)
        {
            using Tensor rounded = Rounded(backend, rows);
            base.Pack(_tables.Contains(destination) ? rows : rounded, firstRow, destination);
        }

        public override void Pack(ReadOnlySpan<byte> rows, DType type, int firstRow, IPackedMatrix destination)
        {
            if (type != DType.Float32) throw new NotSupportedException($"RoundedBackend: rows of {type}.");
            float[] values = MemoryMarshal.Cast<byte, float>(rows).ToArray();
            if (!_tables.Contains(destination)) Round(values);
            base.Pack(MemoryMarshal.AsBytes<float>(values), type, firstRow, destination);
        }

        public override void Linear(
            Tensor x, IPackedMatrix weight, Tensor y, Tensor? residual = null, bool relu = false,
            Tensor? positive = null)
        {
            using Tensor rounded = Rounded(backend, x);
            base.Linear(rounded, weight, y, residual, relu, positive);
        }

        public override void LinearTransposed(
            Tensor dy, IPackedMatrix weight, Tensor dx, bool accumulate = false, Tensor? positive = null,
            Tensor? wanted = null)
        {
            using Tensor rounded = Rounded(backend, dy);
            base.LinearTransposed(rounded, weight, dx, accumulate, positive, wanted);
        }
    }
}
