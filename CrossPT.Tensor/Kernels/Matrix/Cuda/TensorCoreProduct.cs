using System.Reflection;
using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>Launches bf16 products: activations are rounded into memory of the call's own, then multiplied by <see cref="TensorCoreKernel"/>.</summary>
internal sealed class TensorCoreProduct(Launcher launcher)
{
    private static readonly KernelSpecialization s_twoGroups = new(TensorCoreKernel.Threads, 2);
    private readonly PieceSums _sums = new(launcher);
    private Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<Int4>, ArrayView<byte>, RoundingShape>? _round;
    private Action<AcceleratorStream, KernelConfig, ProductCall, TensorOperands>? _forward;
    private Action<AcceleratorStream, KernelConfig, ProductCall, TensorOperands>? _backward;

    /// <summary>Both kernels.</summary>
    public static IEnumerable<(MethodInfo Kernel, KernelSpecialization Specialization)> LargeKernels =>
        [(new Action<ProductCall, TensorOperands>(TensorCoreKernel.Multiply<InnerLines>).Method, s_twoGroups), (new Action<ProductCall, TensorOperands>(TensorCoreKernel.Multiply<OuterLines>).Method, s_twoGroups)];

    /// <summary>X·Wᵀ, or dY·W where <paramref name="transposed"/>; <paramref name="mask"/> are the bits of the activations that count.</summary>
    public void Multiply(ProductCall call, Tensor activations, Tensor? mask, CudaPackedMatrix weight, bool transposed)
    {
        int width = call.Inner, octets = (width + 7) / 8;
        long words = (long)activations.Rows * weight.Groups * octets;
        Storage rounded = launcher.Memory.Allocate(words * 16);
        Round(activations, mask, launcher.At<Int4>(rounded.Address, words), weight.Groups, width);

        ProductPlan plan = ProductPlan.Of(call.Rows, call.Columns, call.Inner, weight.Groups, TensorCoreKernel.Edge, shortestPiece: 512);
        plan.Into(ref call);
        TensorOperands operands = new()
        {
            A = rounded.Address,
            B = weight.Address,
            BGroup = (long)weight.Outputs * weight.Pitch,
            AStride = weight.Groups * octets * 8,
            AWidth = octets * 8,
            BStride = weight.Pitch,
            BRows = weight.Outputs,
        };
        Action<AcceleratorStream, KernelConfig, ProductCall, TensorOperands> kernel = transposed
            ? _backward ??= launcher.Load<ProductCall, TensorOperands>(TensorCoreKernel.Multiply<OuterLines>, s_twoGroups)
            : _forward ??= launcher.Load<ProductCall, TensorOperands>(TensorCoreKernel.Multiply<InnerLines>, s_twoGroups);
        KernelConfig grid = plan.Grid(weight.Groups, TensorCoreKernel.Threads, TensorCoreKernel.SharedBytes);
        if (plan.Pieces == 1) kernel(launcher.Stream, grid, call, operands);
        else _sums.Run(call, weight.Groups, partial => kernel(launcher.Stream, grid, partial, operands));
        rounded.Release();
    }

    /// <summary>y = x in bf16, each of its groups filled up with zeros to whole 16-byte words; 0 where the bit of <paramref name="mask"/> is clear.</summary>
    public void Round(Tensor x, Tensor? mask, ArrayView<Int4> y, int groups, int width)
    {
        RoundingShape shape = new()
        {
            Rows = x.Rows,
            Groups = groups,
            Width = width,
            Octets = (width + 7) / 8,
            Stride = x.RowStride,
            MaskStride = mask?.RowStride ?? 0,
            Vectors = x.Address % 16 == 0 && x.RowStride % 4 == 0 && (groups == 1 || width % 4 == 0) ? 1 : 0,
        };
        (_round ??= launcher.Load<ArrayView<float>, ArrayView<Int4>, ArrayView<byte>, RoundingShape>(RoundingKernel.Round))(
            launcher.Stream, launcher.Over(x.Rows, groups * shape.Octets), launcher.Floats(x), y, launcher.Bytes(mask), shape);
    }
}
