using CrossPT.TestKit;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Tensors.Tests.Conformance;

// The suite against the CPU at every vector width, with two threads; widths the processor lacks run as narrower
// operations and must agree all the same.

internal static class CpuDevices
{
    public static TestDevice Scalar { get; } = Of(SimdWidth.Scalar);

    public static TestDevice Vector128 { get; } = Of(SimdWidth.Vector128);

    public static TestDevice Vector256 { get; } = Of(SimdWidth.Vector256);

    public static TestDevice Vector512 { get; } = Of(SimdWidth.Vector512);

    private static TestDevice Of(SimdWidth width) => TestDevice.Of(() => new CpuBackend(threads: 2, width));
}

public sealed class CpuScalarMemoryTests() : MemoryConformance(CpuDevices.Scalar);

public sealed class CpuScalarElementwiseTests() : ElementwiseConformance(CpuDevices.Scalar);

public sealed class CpuScalarMatrixTests() : MatrixConformance(CpuDevices.Scalar);

public sealed class CpuScalarPackingTests() : PackingConformance(CpuDevices.Scalar);

public sealed class CpuScalarReductionTests() : ReductionConformance(CpuDevices.Scalar);

public sealed class CpuScalarNormTests() : NormConformance(CpuDevices.Scalar);

public sealed class CpuScalarAttentionTests() : AttentionConformance(CpuDevices.Scalar);

public sealed class CpuScalarIndexTests() : IndexConformance(CpuDevices.Scalar);

public sealed class CpuScalarLossTests() : LossConformance(CpuDevices.Scalar);

public sealed class CpuScalarOptimizerTests() : OptimizerConformance(CpuDevices.Scalar);

public sealed class CpuVector128MemoryTests() : MemoryConformance(CpuDevices.Vector128);

public sealed class CpuVector128ElementwiseTests() : ElementwiseConformance(CpuDevices.Vector128);

public sealed class CpuVector128MatrixTests() : MatrixConformance(CpuDevices.Vector128);

public sealed class CpuVector128PackingTests() : PackingConformance(CpuDevices.Vector128);

public sealed class CpuVector128ReductionTests() : ReductionConformance(CpuDevices.Vector128);

public sealed class CpuVector128NormTests() : NormConformance(CpuDevices.Vector128);

public sealed class CpuVector128AttentionTests() : AttentionConformance(CpuDevices.Vector128);

public sealed class CpuVector128IndexTests() : IndexConformance(CpuDevices.Vector128);

public sealed class CpuVector128LossTests() : LossConformance(CpuDevices.Vector128);

public sealed class CpuVector128OptimizerTests() : OptimizerConformance(CpuDevices.Vector128);

public sealed class CpuVector256MemoryTests() : MemoryConformance(CpuDevices.Vector256);

public sealed class CpuVector256ElementwiseTests() : ElementwiseConformance(CpuDevices.Vector256);

public sealed class CpuVector256MatrixTests() : MatrixConformance(CpuDevices.Vector256);

public sealed class CpuVector256PackingTests() : PackingConformance(CpuDevices.Vector256);

public sealed class CpuVector256ReductionTests() : ReductionConformance(CpuDevices.Vector256);

public sealed class CpuVector256NormTests() : NormConformance(CpuDevices.Vector256);

public sealed class CpuVector256AttentionTests() : AttentionConformance(CpuDevices.Vector256);

public sealed class CpuVector256IndexTests() : IndexConformance(CpuDevices.Vector256);

public sealed class CpuVector256LossTests() : LossConformance(CpuDevices.Vector256);

public sealed class CpuVector256OptimizerTests() : OptimizerConformance(CpuDevices.Vector256);

public sealed class CpuVector512MemoryTests() : MemoryConformance(CpuDevices.Vector512);

public sealed class CpuVector512ElementwiseTests() : ElementwiseConformance(CpuDevices.Vector512);

public sealed class CpuVector512MatrixTests() : MatrixConformance(CpuDevices.Vector512);

public sealed class CpuVector512PackingTests() : PackingConformance(CpuDevices.Vector512);

public sealed class CpuVector512ReductionTests() : ReductionConformance(CpuDevices.Vector512);

public sealed class CpuVector512NormTests() : NormConformance(CpuDevices.Vector512);

public sealed class CpuVector512AttentionTests() : AttentionConformance(CpuDevices.Vector512);

public sealed class CpuVector512IndexTests() : IndexConformance(CpuDevices.Vector512);

public sealed class CpuVector512LossTests() : LossConformance(CpuDevices.Vector512);

public sealed class CpuVector512OptimizerTests() : OptimizerConformance(CpuDevices.Vector512);
