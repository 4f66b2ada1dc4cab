using CrossPT.TestKit;
using CrossPT.Tensors;
using CrossPT.Tensors.Reference;

namespace CrossPT.Tensors.Tests.Conformance;

// The suite against the reference itself: that its bodies ask for nothing the definition does not give.

public sealed class ReferenceMemoryTests : MemoryConformance
{
    protected override IBackend CreateBackend() => new ReferenceBackend();
}

public sealed class ReferenceElementwiseTests : ElementwiseConformance
{
    protected override IBackend CreateBackend() => new ReferenceBackend();
}

public sealed class ReferenceMatrixTests : MatrixConformance
{
    protected override IBackend CreateBackend() => new ReferenceBackend();
}

public sealed class ReferencePackingTests : PackingConformance
{
    protected override IBackend CreateBackend() => new ReferenceBackend();
}

public sealed class ReferenceReductionTests : ReductionConformance
{
    protected override IBackend CreateBackend() => new ReferenceBackend();
}

public sealed class ReferenceNormTests : NormConformance
{
    protected override IBackend CreateBackend() => new ReferenceBackend();
}

public sealed class ReferenceAttentionTests : AttentionConformance
{
    protected override IBackend CreateBackend() => new ReferenceBackend();
}

public sealed class ReferenceIndexTests : IndexConformance
{
    protected override IBackend CreateBackend() => new ReferenceBackend();
}

public sealed class ReferenceLossTests : LossConformance
{
    protected override IBackend CreateBackend() => new ReferenceBackend();
}

public sealed class ReferenceOptimizerTests : OptimizerConformance
{
    protected override IBackend CreateBackend() => new ReferenceBackend();
}
