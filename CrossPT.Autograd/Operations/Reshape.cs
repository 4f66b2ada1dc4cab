using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>The same elements under other sizes.</summary>
public static class ReshapeOperation
{
    /// <summary>A view of x; no element moves.</summary>
    public static Variable Reshape(this Tape tape, Variable x, params ReadOnlySpan<int> sizes)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Tensor y = x.Value.Reshape(sizes);
        return tape.Record(y, [x], [], (dy, _) => tape.Pass(x, dy.Reshape(x.Shape.Sizes)));
    }
}
