using CrossPT.TestKit.Cuda;
using CrossPT.TestKit;

namespace CrossPT.Tensors.Tests.Conformance;

// What the PTX of the kernels computes, run on the processor with whole thread groups: barriers, warps, 16-byte
// accesses, asynchronous copies and fragments of tensor cores, where there is no device. Products are in classes of
// their own: their blocks are large.

public sealed class PtxMatrixSuiteTests() : MatrixConformance(TestDevices.Ptx);

public sealed class PtxPackingTests() : PackingConformance(TestDevices.Ptx);

public sealed class PtxElementwiseTests() : ElementwiseConformance(TestDevices.Ptx);

public sealed class PtxReductionTests() : ReductionConformance(TestDevices.Ptx);

public sealed class PtxNormTests() : NormConformance(TestDevices.Ptx);

public sealed class PtxAttentionTests() : AttentionConformance(TestDevices.Ptx);

public sealed class PtxIndexTests() : IndexConformance(TestDevices.Ptx);

public sealed class PtxLossTests() : LossConformance(TestDevices.Ptx);

public sealed class PtxOptimizerTests() : OptimizerConformance(TestDevices.Ptx);
