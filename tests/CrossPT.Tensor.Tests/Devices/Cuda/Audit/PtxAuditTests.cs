using CrossPT.Tensors.Cuda;
using CrossPT.TestKit.Cuda.Ptx;

namespace CrossPT.Tensors.Tests.Cuda;

/// <summary>What the PTX of every kernel must hold, looked at without a device.</summary>
public sealed class PtxAuditTests
{
    private static readonly Lazy<IReadOnlyList<PtxReport>> s_reports = new(
        static () => PtxAudit.Run(compile: PtxLoader.Compile));

    [Fact]
    public void EveryKernel_KeepsItsValuesInRegisters() =>
        Assert.All(s_reports.Value, static report => Assert.True(report.LocalBytes == 0, report.ToString()));

    [Fact]
    public void EveryKernel_HasSharedMemoryThatNeedsNoAsking() =>
        Assert.All(s_reports.Value, static report => Assert.True(report.SharedBytes <= 48 * 1024, report.ToString()));

    [Fact]
    public void Products_AreUnrolledFusedAndWide()
    {
        PtxReport[] products = [.. Of("ProductKernel")];
        Assert.True(products.Length >= 10, $"{products.Length} kernels");
        Assert.All(
            products,
            static report => Assert.True(
                report is { WideLoads: > 0, WideStores: > 0 } && report.Fma >= 4 * 64, report.ToString()));
    }

    [Fact]
    public void TensorCores_MultiplyLoadAndCopyAsMeant()
    {
        PtxReport[] kernels = [.. Of("TensorCoreKernel")];
        // Two directions, rounded and split.
        Assert.Equal(4, kernels.Length);
        // A slab is two steps of 16: 32 products, 8 loads each; every thread copies four words of each operand, in the
        // loop and twice before it.
        Assert.All(
            kernels,
            static report => Assert.True(
                report is { Mma: 64, LoadMatrix: 16, CopyAsync: 24, LocalBytes: 0 }, report.ToString()));
    }

    [Fact]
    public void Attention_IsUnrolledFusedAndWide()
        => Assert.All(
            Of("Attention").Where(
                static report => report.Kernel.StartsWith("Attention", StringComparison.Ordinal)),
            static report => Assert.True(report.WideLoads > 0 && report.Fma >= 4 * 64, report.ToString()));

    /// <summary>16 products of each kind for 32 rows, and 8 loads of matrices; 8 loads of 16 bytes a thread.</summary>
    [Theory]
    [InlineData("Forward", 32, 16)]
    [InlineData("QueryGradient", 48, 24)]
    [InlineData("KeyAndValueGradients", 64, 32)]
    public void AttentionByTensorCores_MultipliesAndLoadsAsMeant(string kernel, int products, int loads)
    {
        PtxReport[] widths = [.. Of($"TensorCoreAttentionKernels.{kernel}")];
        Assert.Equal(2, widths.Length);
        Assert.All(
            widths,
            report => Assert.True(
                report.Mma == products && report.LoadMatrix == loads && report is { WideLoads: 8, LocalBytes: 0 },
                report.ToString()));
    }

    [Theory]
    [InlineData("CudaOptimizer.AdamW", 4, 3)]
    [InlineData("Apply<CopyOperator>", 1, 1)]
    [InlineData("Apply<ScaleOperator>", 1, 1)]
    [InlineData("Apply<AddOperator>", 2, 1)]
    [InlineData("Apply<MultiplyOperator>", 2, 1)]
    [InlineData("Apply<ActivationOperator<GeluTanhActivation>>", 1, 1)]
    [InlineData("Apply<ActivationGradientOperator<SiluActivation>>", 2, 1)]
    [InlineData("Apply<GatedOperator<GeluTanhActivation>>", 2, 1)]
    [InlineData("Apply<ActivationOperator<SigmoidActivation>>", 1, 1)]
    [InlineData("Apply<ConcreteOperator>", 2, 1)]
    [InlineData("Apply<ConcreteSlopeOperator>", 2, 1)]
    [InlineData("FillRows", 0, 1)]
    [InlineData("GatedGradients<GeluActivation>", 3, 2)]
    [InlineData("DropoutRows", 1, 1)]
    [InlineData("ReluRows", 2, 2)]
    [InlineData("ReluMask", 1, 1)]
    [InlineData("CudaNorm.Forward", 3, 1)]
    [InlineData("CudaNorm.Backward", 6, 1)]
    [InlineData("CrossEntropyRow", 2, 2)]
    [InlineData("GatherRows", 1, 1)]
    [InlineData("SumShare", 1, 0)]
    [InlineData("SumRow", 1, 0)]
    [InlineData("SoftmaxRow", 3, 2)]
    [InlineData("SoftmaxBackwardRow", 5, 1)]
    [InlineData("DivideRow", 2, 1)]
    [InlineData("DivideBackwardRow", 5, 1)]
    [InlineData("ArgMaxRow", 1, 0)]
    [InlineData("SumSlab", 1, 1)]
    [InlineData("SumSlabs", 1, 1)]
    [InlineData("ScatterBucket", 2, 1)]
    [InlineData("PackedRowKernels.Copy", 1, 1)]
    [InlineData("PackedRowKernels.Widen", 1, 2)]
    public void Rows_AreReadAndWritten16BytesAtOnce(string kernel, int loads, int stores)
    {
        PtxReport[] reports =
        [
            .. s_reports.Value.Where(report => report.Kernel.EndsWith(kernel, StringComparison.Ordinal)),
        ];
        Assert.NotEmpty(reports);
        Assert.All(
            reports,
            report => Assert.True(report.WideLoads >= loads && report.WideStores >= stores, report.ToString()));
    }

    [Theory]
    [InlineData(".target sm_80\nbra L_930;\nL_930:\nadd.s32 %r1, %r2, 5;", true)]
    [InlineData(".target sm_80\nbra L_120;\nL_120:\nadd.s32 %r1, %r2, 6;", false)]
    [InlineData(".target sm_80\nbra L_120;\nL_121:\nadd.s32 %r1, %r2, 5;", false)]
    [InlineData(".target sm_70\nbra L_120;\nL_120:\nadd.s32 %r1, %r2, 5;", false)]
    public void Hash_OtherNumbersOfIlgpu_IsTheSame(string ptx, bool same)
    {
        string hash = PtxCompiler.Hash(".target sm_80\nbra L_120;\nL_120:\nadd.s32 %r1, %r2, 5;");
        Assert.Equal(same, hash == PtxCompiler.Hash(ptx));
    }

    /// <summary>ILGPU targets older cards too; their kernels are compiled without those for tensor cores.</summary>
    [Fact]
    public void Kernels_WithoutTensorCores_LeaveThemOut()
        => Assert.DoesNotContain(
            PtxAudit.Kernels(tensorCores: false),
            static kernel => kernel.Method.DeclaringType == typeof(TensorCoreKernel)
                || kernel.Method.DeclaringType == typeof(TensorCoreAttentionKernels));

    private static IEnumerable<PtxReport> Of(string part) =>
        s_reports.Value.Where(report => report.Kernel.Contains(part, StringComparison.Ordinal));
}
