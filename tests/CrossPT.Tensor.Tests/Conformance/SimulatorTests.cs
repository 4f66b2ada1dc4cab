using CrossPT.TestKit.Cuda;
using CrossPT.TestKit;

namespace CrossPT.Tensors.Tests.Conformance;

// The suite on ILGPU's CPU accelerator: what the kernels compute, for it runs their threads one by one, and slowly.

public sealed class SimulatorMemoryTests() : MemoryConformance(TestDevices.Simulator);

public sealed class SimulatorElementwiseTests() : ElementwiseConformance(TestDevices.Simulator);

public sealed class SimulatorReductionTests() : ReductionConformance(TestDevices.Simulator);

public sealed class SimulatorNormTests() : NormConformance(TestDevices.Simulator);

public sealed class SimulatorIndexTests() : IndexConformance(TestDevices.Simulator);

public sealed class SimulatorLossTests() : LossConformance(TestDevices.Simulator);

public sealed class SimulatorOptimizerTests() : OptimizerConformance(TestDevices.Simulator);
