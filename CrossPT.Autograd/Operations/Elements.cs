using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>Elements by index.</summary>
public static class ElementsOperation
{
    /// <summary>
    /// Puts elements of x between fixed ones, all counted row after row: y[i] = x[places[i]], or fixedElements[i] where
    /// places[i] is negative.
    /// </summary>
    /// <param name="tape">The tape.</param>
    /// <param name="fixedElements">Of any shape, y's; taken over and changed in place.</param>
    /// <param name="x">Of any shape.</param>
    /// <param name="places">One for each element of y: negative, or a place in x.</param>
    public static Variable PlaceElements(this Tape tape, Tensor fixedElements, Variable x, ReadOnlySpan<int> places)
    {
        ArgumentNullException.ThrowIfNull(tape);
        IIndexKernels index = tape.Backend.Index;
        Tensor indices = TensorData.FromInt32(tape.Backend, places, places.Length);
        index.GatherRows(Column(x.Value), indices, Column(fixedElements));
        // Each element's gradient is added to the one it came from.
        return tape.Record(fixedElements, [x], [indices], (dy, saved) =>
        {
            Tensor dx = tape.GradientOf(x, out bool accumulate);
            if (!accumulate) tape.Backend.Elementwise.Fill(dx, 0);
            index.ScatterAddRows(Column(dy), saved[0], Column(dx));
        });
    }

    private static Tensor Column(Tensor tensor) => tensor.Reshape(checked((int)tensor.Length), 1);
}
