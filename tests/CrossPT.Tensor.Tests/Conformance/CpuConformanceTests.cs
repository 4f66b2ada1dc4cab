using CrossPT.TestKit;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Tensors.Tests.Conformance;

// The suite against the CPU at every vector width, with two threads; widths the processor lacks run as narrower operations and must agree all the same.

public sealed class CpuScalarMemoryTests : MemoryConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Scalar);
}

public sealed class CpuScalarElementwiseTests : ElementwiseConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Scalar);
}

public sealed class CpuScalarMatrixTests : MatrixConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Scalar);
}

public sealed class CpuScalarPackingTests : PackingConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Scalar);
}

public sealed class CpuScalarReductionTests : ReductionConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Scalar);
}

public sealed class CpuScalarNormTests : NormConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Scalar);
}

public sealed class CpuScalarAttentionTests : AttentionConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Scalar);
}

public sealed class CpuScalarIndexTests : IndexConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Scalar);
}

public sealed class CpuScalarLossTests : LossConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Scalar);
}

public sealed class CpuScalarOptimizerTests : OptimizerConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Scalar);
}

public sealed class CpuVector128MemoryTests : MemoryConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector128);
}

public sealed class CpuVector128ElementwiseTests : ElementwiseConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector128);
}

public sealed class CpuVector128MatrixTests : MatrixConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector128);
}

public sealed class CpuVector128PackingTests : PackingConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector128);
}

public sealed class CpuVector128ReductionTests : ReductionConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector128);
}

public sealed class CpuVector128NormTests : NormConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector128);
}

public sealed class CpuVector128AttentionTests : AttentionConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector128);
}

public sealed class CpuVector128IndexTests : IndexConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector128);
}

public sealed class CpuVector128LossTests : LossConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector128);
}

public sealed class CpuVector128OptimizerTests : OptimizerConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector128);
}

public sealed class CpuVector256MemoryTests : MemoryConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector256);
}

public sealed class CpuVector256ElementwiseTests : ElementwiseConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector256);
}

public sealed class CpuVector256MatrixTests : MatrixConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector256);
}

public sealed class CpuVector256PackingTests : PackingConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector256);
}

public sealed class CpuVector256ReductionTests : ReductionConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector256);
}

public sealed class CpuVector256NormTests : NormConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector256);
}

public sealed class CpuVector256AttentionTests : AttentionConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector256);
}

public sealed class CpuVector256IndexTests : IndexConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector256);
}

public sealed class CpuVector256LossTests : LossConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector256);
}

public sealed class CpuVector256OptimizerTests : OptimizerConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector256);
}

public sealed class CpuVector512MemoryTests : MemoryConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector512);
}

public sealed class CpuVector512ElementwiseTests : ElementwiseConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector512);
}

public sealed class CpuVector512MatrixTests : MatrixConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector512);
}

public sealed class CpuVector512PackingTests : PackingConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector512);
}

public sealed class CpuVector512ReductionTests : ReductionConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector512);
}

public sealed class CpuVector512NormTests : NormConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector512);
}

public sealed class CpuVector512AttentionTests : AttentionConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector512);
}

public sealed class CpuVector512IndexTests : IndexConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector512);
}

public sealed class CpuVector512LossTests : LossConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector512);
}

public sealed class CpuVector512OptimizerTests : OptimizerConformance
{
    protected override IBackend CreateBackend() => new CpuBackend(threads: 2, SimdWidth.Vector512);
}
