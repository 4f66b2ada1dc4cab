using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Matrix products. Frozen weights are float32 rows, or bf16 rows, split or not, multiplied by tensor cores; products
/// of two tensors are float32 always.
/// </summary>
internal sealed partial class CudaMatrix(CudaBackend backend, Launcher launcher) : IMatrixKernels
{
    private readonly TensorCoreProduct _tensorCores = new(backend, launcher);
    private readonly PortableProduct _portable = new(backend, launcher);

    /// <summary>
    /// The kernels of products with frozen weights, and with what reads them: they take long to compile.
    /// </summary>
    public static IEnumerable<KernelMethod> LargeKernels(MatrixPrecision precision)
        => precision == MatrixPrecision.Float32
            ? PortableProduct.LargeKernels
            : TensorCoreProduct.LargeKernels(isSplit: precision == MatrixPrecision.SplitFloat32);

    public IPackedMatrix CreatePacked(int groups, int outputs, int inputs, bool isTable = false)
    {
        KernelChecks.CreatePacked(groups, outputs, inputs);
        MatrixPrecision precision = isTable ? MatrixPrecision.Float32 : backend.Precision;
        return new CudaPackedMatrix(backend, groups, outputs, inputs, precision);
    }

    public IPackedMatrix Stack(IPackedMatrix weight) => Own("Stack", weight).Stack();

    public void Linear(
        Tensor x, IPackedMatrix weight, Tensor y, Tensor? residual = null, bool relu = false, Tensor? positive = null)
    {
        CudaPackedMatrix w = Own("Linear", weight);
        KernelChecks.Linear(x, weight, y, residual, relu, positive);
        if (x.Rows == 0) return;
        ProductCall call = Call(y, x.Rows, w.Outputs, w.Inputs, w.Groups);
        SetInitial(ref call, residual, w.Outputs, w.Groups);
        call.Relu = relu || positive is not null ? 1 : 0;
        call.Positive = launcher.Bytes(positive);
        call.PositiveStride = positive?.RowStride ?? 0;
        if (w.IsBFloat16)
        {
            if (residual is null && w.Outputs % 8 == 0) call.Rounded = launcher.Rounded(y);
            _tensorCores.Multiply(call, x, null, w, transposed: false);
            return;
        }
        SetA(ref call, x, w.Inputs, w.Groups);
        SetWeight(ref call, w);
        _portable.Multiply<InnerLines, InnerLines>(call, w.Groups);
    }

    public void LinearTransposed(
        Tensor dy, IPackedMatrix weight, Tensor dx, bool accumulate = false, Tensor? positive = null,
        Tensor? wanted = null)
    {
        CudaPackedMatrix w = Own("LinearTransposed", weight);
        KernelChecks.LinearTransposed(dy, weight, dx, positive, wanted);
        if (dy.Rows == 0) return;
        ProductCall call = Call(dx, dy.Rows, w.Inputs, w.Outputs, w.Groups);
        SetInitial(ref call, accumulate ? dx : null, w.Inputs, w.Groups);
        if (w.IsBFloat16)
        {
            call.Wanted = launcher.Bytes(wanted);
            call.WantedStride = wanted?.RowStride ?? 0;
            if (!accumulate && w.Inputs % 8 == 0) call.Rounded = launcher.Rounded(dx, wanted?.Address ?? 0);
            _tensorCores.Multiply(call, dy, positive, w, transposed: true);
            return;
        }
        SetA(ref call, dy, w.Outputs, w.Groups);
        SetWeight(ref call, w);
        if (positive is null)
        {
            _portable.Multiply<InnerLines, OuterLines>(call, w.Groups);
            return;
        }
        call.Mask = launcher.Bytes(positive);
        call.MaskStride = positive.RowStride;
        _portable.Multiply<MaskedLines, OuterLines>(call, w.Groups);
    }

    public void Product(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate = false)
    {
        KernelChecks.Product(a, transposeA, b, transposeB, c);
        if (c.Length == 0) return;
        ProductCall call = Call(c, c.Rows, c.Columns, transposeA ? a.Rows : a.Columns, 1);
        SetInitial(ref call, accumulate ? c : null, c.Columns, 1);
        SetA(ref call, a, a.Columns, 1);
        call.B = launcher.Floats(b);
        call.BStride = b.RowStride;
        call.BVectors = HasVectors(b, 0, 1);
        switch (transposeA, transposeB)
        {
            case (false, false): _portable.Multiply<InnerLines, OuterLines>(call, 1); break;
            case (false, true): _portable.Multiply<InnerLines, InnerLines>(call, 1); break;
            case (true, false): _portable.Multiply<OuterLines, OuterLines>(call, 1); break;
            default: _portable.Multiply<OuterLines, InnerLines>(call, 1); break;
        }
    }

    private ProductCall Call(Tensor c, int rows, int columns, int inner, int groups) => new()
    {
        A = ArrayView<float>.Empty,
        B = ArrayView<float>.Empty,
        C = launcher.Floats(c),
        Partials = ArrayView<float>.Empty,
        Arrived = ArrayView<int>.Empty,
        Initial = ArrayView<float>.Empty,
        Mask = ArrayView<byte>.Empty,
        Positive = ArrayView<byte>.Empty,
        Wanted = ArrayView<byte>.Empty,
        Rounded = ArrayView<long>.Empty,
        CGroup = columns,
        CStride = c.RowStride,
        CVectors = HasVectors(c, columns, groups),
        Rows = rows,
        Columns = columns,
        Inner = inner,
    };

    private void SetInitial(ref ProductCall call, Tensor? initial, int width, int groups)
    {
        if (initial is null) return;
        call.Initial = launcher.Floats(initial);
        call.InitialStride = initial.RowStride;
        call.InitialVectors = HasVectors(initial, width, groups);
    }

    private void SetA(ref ProductCall call, Tensor a, int width, int groups)
    {
        call.A = launcher.Floats(a);
        call.AStride = a.RowStride;
        call.AGroup = width;
        call.AVectors = HasVectors(a, width, groups);
    }

    private void SetWeight(ref ProductCall call, CudaPackedMatrix weight)
    {
        call.B = launcher.At<float>(weight.Address, weight.Elements);
        call.BGroup = (long)weight.Outputs * weight.Pitch;
        call.BStride = weight.Pitch;
        call.BVectors = 1;
    }

    /// <summary>1 where the rows of every group begin on 16-byte boundaries.</summary>
    private static int HasVectors(Tensor tensor, int width, int groups)
        => tensor.Address % 16 == 0 && tensor.RowStride % 4 == 0 && (groups == 1 || width % 4 == 0) ? 1 : 0;

    private static CudaPackedMatrix Own(string kernel, IPackedMatrix weight)
        => weight as CudaPackedMatrix ?? throw new ArgumentException(
            $"{kernel}: a matrix packed by another back end, expected one of ILGPU's.");
}
