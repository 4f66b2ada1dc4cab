using CrossPT.Tensors.Ilgpu.Tests.Kit;
using CrossPT.TestKit;

namespace CrossPT.Tensors.Ilgpu.Tests.Conformance;

// What the PTX of the kernels computes, run on the processor with whole thread groups: barriers, warps, 16-byte accesses, asynchronous copies and
// fragments of tensor cores, where there is no device. Products are in classes of their own: their blocks are large.

public sealed class PtxElementwiseTests() : ElementwiseConformance(Devices.Ptx);

public sealed class PtxReductionTests() : ReductionConformance(Devices.Ptx);

public sealed class PtxNormTests() : NormConformance(Devices.Ptx);

public sealed class PtxAttentionTests() : AttentionConformance(Devices.Ptx);

public sealed class PtxIndexTests() : IndexConformance(Devices.Ptx);

public sealed class PtxLossTests() : LossConformance(Devices.Ptx);

public sealed class PtxOptimizerTests() : OptimizerConformance(Devices.Ptx);
