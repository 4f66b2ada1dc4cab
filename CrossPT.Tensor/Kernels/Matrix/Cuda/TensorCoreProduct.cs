using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Launches products by tensor cores, <see cref="TensorCoreKernel"/>: of activations as the kernel that made them
/// rounded them, or rounded or split here into memory of the call's own.
/// </summary>
internal sealed class TensorCoreProduct(CudaBackend backend, Launcher launcher)
{
    private static readonly KernelSpecialization s_twoGroups = new(TensorCoreKernel.Threads, 2);
    private readonly SplitKSums _sums = new(backend, launcher);
    private readonly Kernel<RoundingCall> _round = new(launcher, RoundingKernel.Round);
    private readonly Kernel<TensorCoreArgs> _forward = new(
        launcher, TensorCoreKernel.Multiply<InnerLines, Rounded>, s_twoGroups);
    private readonly Kernel<TensorCoreArgs> _backward = new(
        launcher, TensorCoreKernel.Multiply<OuterLines, Rounded>, s_twoGroups);
    private readonly Kernel<TensorCoreArgs> _splitForward = new(
        launcher, TensorCoreKernel.Multiply<InnerLines, Split>, s_twoGroups);
    private readonly Kernel<TensorCoreArgs> _splitBackward = new(
        launcher, TensorCoreKernel.Multiply<OuterLines, Split>, s_twoGroups);

    /// <summary>The kernels of both directions.</summary>
    public static IEnumerable<KernelMethod> LargeKernels(bool isSplit) => isSplit
        ?
        [
            KernelMethod.Of<TensorCoreArgs>(TensorCoreKernel.Multiply<InnerLines, Split>, s_twoGroups),
            KernelMethod.Of<TensorCoreArgs>(TensorCoreKernel.Multiply<OuterLines, Split>, s_twoGroups),
        ]
        :
        [
            KernelMethod.Of<TensorCoreArgs>(TensorCoreKernel.Multiply<InnerLines, Rounded>, s_twoGroups),
            KernelMethod.Of<TensorCoreArgs>(TensorCoreKernel.Multiply<OuterLines, Rounded>, s_twoGroups),
        ];

    /// <summary>
    /// X·Wᵀ, or dY·W where <paramref name="transposed"/>; <paramref name="mask"/> are the bits of the activations that
    /// count.
    /// </summary>
    public void Multiply(ProductCall call, Tensor activations, Tensor? mask, CudaPackedMatrix weight, bool transposed)
    {
        int width = call.Inner, octets = (width + 7) / 8, parts = weight.IsSplit ? 2 : 1;
        nint address = RoundedCopy.Find(activations, mask, width);
        Storage? rounded = null;
        if (address == 0)
        {
            long words = (long)activations.Rows * weight.Groups * parts * octets;
            rounded = launcher.Memory.Allocate(words * 16);
            ArrayView<Int4> target = launcher.At<Int4>(rounded.Address, words);
            Round(activations, mask, target, weight.Groups, width, weight.IsSplit);
            address = rounded.Address;
        }

        ProductPlan plan = ProductPlan.Of(
            call.Rows, call.Columns, call.Inner, weight.Groups, TensorCoreKernel.Edge, shortestSplit: 512);
        plan.Into(ref call);
        TensorOperands operands = new()
        {
            A = address,
            B = weight.Address,
            BGroup = (long)weight.Outputs * weight.Pitch,
            AGroup = parts * octets * 8,
            AStride = weight.Groups * parts * octets * 8,
            AWidth = octets * 8,
            BStride = weight.Pitch,
            BWidth = weight.Width,
            BRows = weight.Outputs,
        };
        Kernel<TensorCoreArgs> kernel = (weight.IsSplit, transposed) switch
        {
            (false, false) => _forward,
            (false, true) => _backward,
            (true, false) => _splitForward,
            (true, true) => _splitBackward,
        };
        KernelConfig grid = plan.Grid(weight.Groups, TensorCoreKernel.Threads, TensorCoreKernel.SharedBytes);
        if (plan.Splits == 1) kernel.Launch(grid, new(call, operands));
        else _sums.Run(call, weight.Groups, partial => kernel.Launch(grid, new(partial, operands)));
        rounded?.Release();
    }

    /// <summary>
    /// y = x in bf16, each of its groups filled up with zeros to whole 16-byte words; 0 where the bit of <paramref
    /// name="mask"/> is clear. Split, each group is followed by what rounding left of it.
    /// </summary>
    public void Round(Tensor x, Tensor? mask, ArrayView<Int4> y, int groups, int width, bool isSplit)
    {
        RoundingCall call = new()
        {
            X = launcher.Floats(x),
            Y = y,
            Mask = launcher.Bytes(mask),
            Rows = x.Rows,
            Groups = groups,
            Width = width,
            Octets = (width + 7) / 8,
            Stride = x.RowStride,
            MaskStride = mask?.RowStride ?? 0,
            IsSplit = isSplit ? 1 : 0,
            Vectors = x.Address % 16 == 0 && x.RowStride % 4 == 0 && (groups == 1 || width % 4 == 0) ? 1 : 0,
        };
        _round.Launch(launcher.Over(x.Rows, groups * call.Octets), call);
    }
}
