using CrossPT.TestKit.Cuda;
using CrossPT.TestKit;

namespace CrossPT.Tensors.Tests.Conformance;

// What the PTX of the kernels computes, run on the processor with whole thread groups: barriers, warps, 16-byte
// accesses, asynchronous copies and fragments of tensor cores, where there is no device. Products are in classes of
// their own: their blocks are large.

public sealed class PtxMatrixSuiteTests() : MatrixConformance(TestDevices.Ptx);

public sealed class PtxPackingTests() : PackingConformance(TestDevices.Ptx);

/// <summary>What two bf16 numbers hold of a float32, and products within the bound of split operands.</summary>
public sealed class PtxSplitPackingTests() : PackingConformance(TestDevices.PtxSplit)
{
    protected override double PackTolerance => Math.ScaleB(1, -17);

    protected override double Tolerance => Math.ScaleB(1, -15);
}

public sealed class PtxElementwiseTests() : ElementwiseConformance(TestDevices.Ptx);

public sealed class PtxReductionTests() : ReductionConformance(TestDevices.Ptx);

public sealed class PtxNormTests() : NormConformance(TestDevices.Ptx);

public sealed class PtxAttentionTests() : AttentionConformance(TestDevices.Ptx);

public sealed class PtxIndexTests() : IndexConformance(TestDevices.Ptx);

public sealed class PtxLossTests() : LossConformance(TestDevices.Ptx);

public sealed class PtxOptimizerTests() : OptimizerConformance(TestDevices.Ptx);
