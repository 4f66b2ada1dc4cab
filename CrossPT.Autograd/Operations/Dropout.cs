using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>
/// Inverted dropout (Srivastava et al. 2014); saves nothing, for the mask is a function of numbers and is made again.
/// </summary>
public static class DropoutOperation
{
    /// <summary>
    /// y = x / (1 − p) where the number of that element is at least p, else 0. The numbers are those of (seed, stream),
    /// which therefore must be other ones in every place and step; with probability 0, x itself.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="probability"/> is not in [0, 1).</exception>
    public static Variable Dropout(this Tape tape, Variable x, double probability, ulong seed, ulong stream)
        => Dropout(tape, x, new DropoutMask(probability, seed, stream));

    /// <summary>The same by a mask; null, or one that drops nothing, gives x itself.</summary>
    /// <exception cref="ArgumentException">The mask's probability is not in [0, 1).</exception>
    public static Variable Dropout(this Tape tape, Variable x, DropoutMask? mask)
    {
        ArgumentNullException.ThrowIfNull(tape);
        if (mask is not { Probability: not 0 } drop) return x;
        Tensor y = tape.AllocateLike(x.Value);
        IElementwiseKernels elementwise = tape.Backend.Elementwise;
        elementwise.Dropout(x.Value, y, drop);
        // A row of x moves its own row of y only: where some rows are wanted, dy is of those, and so are their masks.
        Tensor? rows = x.GradientRows;
        Variable result = tape.Record(y, [x], [], (dy, _) =>
        {
            elementwise.Dropout(dy, dy, drop, rows);
            tape.Pass(x, dy);
        }, rows);
        result.WantedElements = x.WantedElements;
        return result;
    }

    /// <summary>
    /// y = residual + dropout(x), all [R, H]: what follows every sub-layer of a transformer in training. Without a
    /// mask, their sum.
    /// </summary>
    /// <exception cref="ArgumentException">The shapes differ, or the mask's probability is not in [0, 1).</exception>
    public static Variable DropoutAdd(this Tape tape, Variable x, Variable residual, DropoutMask? mask)
    {
        ArgumentNullException.ThrowIfNull(tape);
        if (mask is not { Probability: not 0 } drop) return tape.Add(x, residual);
        Tensor y = tape.AllocateLike(x.Value);
        IElementwiseKernels elementwise = tape.Backend.Elementwise;
        elementwise.Dropout(x.Value, y, drop);
        elementwise.Add(y, residual.Value, y);
        return tape.Record(y, [x, residual], [], (dy, _) =>
        {
            if (x.RequiresGradient)
            {
                Tensor dx = tape.GradientOf(x, out bool accumulate), masked = accumulate ? tape.AllocateLike(dy) : dx;
                elementwise.Dropout(dy, masked, drop);
                if (accumulate) elementwise.Add(dx, masked, dx);
            }
            tape.Pass(residual, dy);
        });
    }
}
