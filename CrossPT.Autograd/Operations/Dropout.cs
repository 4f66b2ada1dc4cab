using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>Inverted dropout (Srivastava et al. 2014); saves nothing, for the generator gives the same mask again.</summary>
public static class DropoutOperation
{
    /// <summary>
    /// y = x / (1 − p) where the uniform number of that element is at least p, else 0. The numbers are those of (seed, stream), which therefore
    /// must be other ones in every place and step; with probability 0, x itself.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="probability"/> is not in [0, 1).</exception>
    public static Variable Dropout(this Tape tape, Variable x, double probability, ulong seed, ulong stream)
    {
        ArgumentNullException.ThrowIfNull(tape);
        if (probability == 0) return x;
        Tensor y = tape.AllocateLike(x.Value);
        IElementwiseKernels elementwise = tape.Backend.Elementwise;
        elementwise.Dropout(x.Value, y, probability, seed, stream);
        return tape.Record(y, [x], [], (dy, _) =>
        {
            elementwise.Dropout(dy, dy, probability, seed, stream);
            tape.Pass(x, dy);
        });
    }
}
