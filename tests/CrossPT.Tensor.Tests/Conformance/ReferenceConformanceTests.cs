using CrossPT.TestKit;
using CrossPT.Tensors.Reference;

namespace CrossPT.Tensors.Tests.Conformance;

// The suite against the reference itself: that its bodies ask for nothing the definition does not give.

internal static class ReferenceDevice
{
    public static TestDevice It { get; } = TestDevice.Of(static () => new ReferenceBackend());
}

public sealed class ReferenceMemoryTests() : MemoryConformance(ReferenceDevice.It);

public sealed class ReferenceElementwiseTests() : ElementwiseConformance(ReferenceDevice.It);

public sealed class ReferenceMatrixTests() : MatrixConformance(ReferenceDevice.It);

public sealed class ReferencePackingTests() : PackingConformance(ReferenceDevice.It);

public sealed class ReferenceReductionTests() : ReductionConformance(ReferenceDevice.It);

public sealed class ReferenceNormTests() : NormConformance(ReferenceDevice.It);

public sealed class ReferenceAttentionTests() : AttentionConformance(ReferenceDevice.It);

public sealed class ReferenceIndexTests() : IndexConformance(ReferenceDevice.It);

public sealed class ReferenceLossTests() : LossConformance(ReferenceDevice.It);

public sealed class ReferenceOptimizerTests() : OptimizerConformance(ReferenceDevice.It);
