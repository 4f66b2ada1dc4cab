using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>
/// Samples of the binary Concrete distribution (Maddison et al. 2017), a Bernoulli variable that gradients pass
/// through.
/// </summary>
public static class RelaxedBernoulliOperation
{
    /// <summary>
    /// y = σ((noise + logits) / temperature), with noise = log(u / (1 − u)) of uniform u; logits, noise and y of one
    /// shape. Clamped where PyTorch's RelaxedBernoulli clamps: see <see cref="IElementwiseKernels.RelaxedBernoulli"/>.
    /// </summary>
    public static Variable RelaxedBernoulli(this Tape tape, Variable logits, Tensor noise, double temperature)
    {
        ArgumentNullException.ThrowIfNull(tape);
        IElementwiseKernels elementwise = tape.Backend.Elementwise;
        Tensor y = tape.AllocateLike(logits.Value);
        elementwise.RelaxedBernoulli(logits.Value, noise, y, temperature);
        // dz = dy · y (1 − y) / temperature, 0 at a clamp
        return tape.Record(y, [logits], [y, logits.Value], (dy, saved) =>
        {
            Tensor slope = tape.AllocateLike(dy);
            elementwise.RelaxedBernoulliSlope(saved[0], saved[1], slope, temperature);
            elementwise.Multiply(dy, slope, tape.GradientOf(logits, out bool accumulate), accumulate);
        });
    }
}
