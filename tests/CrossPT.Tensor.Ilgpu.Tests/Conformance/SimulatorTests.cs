using CrossPT.Tensors.Ilgpu.Tests.Kit;
using CrossPT.TestKit;

namespace CrossPT.Tensors.Ilgpu.Tests.Conformance;

// The suite on ILGPU's CPU accelerator: what the kernels compute, for it runs their threads one by one, and slowly.

public sealed class SimulatorMemoryTests() : MemoryConformance(Devices.Simulator);

public sealed class SimulatorElementwiseTests() : ElementwiseConformance(Devices.Simulator);

public sealed class SimulatorMatrixTests() : MatrixConformance(Devices.Simulator);

public sealed class SimulatorPackingTests() : PackingConformance(Devices.Simulator);

public sealed class SimulatorReductionTests() : ReductionConformance(Devices.Simulator);

public sealed class SimulatorNormTests() : NormConformance(Devices.Simulator);

public sealed class SimulatorAttentionTests() : AttentionConformance(Devices.Simulator);

public sealed class SimulatorIndexTests() : IndexConformance(Devices.Simulator);

public sealed class SimulatorLossTests() : LossConformance(Devices.Simulator);

public sealed class SimulatorOptimizerTests() : OptimizerConformance(Devices.Simulator);
