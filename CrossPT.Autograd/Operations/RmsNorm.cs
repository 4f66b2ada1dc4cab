using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>T5's layer norm: y = x / √(mean(x²) + ε) · weight.</summary>
public static class RmsNormOperation
{
    /// <summary>y [R, H] of x [R, H] and weight [H]; saves x and one number a row.</summary>
    public static Variable RmsNorm(this Tape tape, Variable x, Variable weight, double epsilon)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Tensor y = tape.AllocateLike(x.Value), inverse = tape.Allocate(x.Value.Rows);
        INormKernels norm = tape.Backend.Norm;
        norm.RmsNorm(x.Value, weight.Value, y, inverse, epsilon);
        // A trained weight sums over all rows; otherwise the wanted rows of x are those of y.
        Tensor? rows = weight.RequiresGradient ? null : x.GradientRows;
        return tape.Record(y, [x, weight], [x.Value, weight.Value, inverse], (dy, saved) =>
        {
            (Tensor input, Tensor scale, Tensor r) = (saved[0], saved[1], saved[2]);
            if (weight.RequiresGradient)
            {
                Tensor dWeight = tape.GradientOf(weight, out bool add);
                norm.RmsNormWeightBackward(dy, input, r, dWeight, add);
            }
            if (!x.RequiresGradient) return;
            if (rows is not null)
            {
                input = tape.Rows(input, rows);
                r = tape.Rows(r.Reshape(r.Columns, 1), rows).Reshape((int)rows.Length);
            }
            norm.RmsNormBackward(dy, input, scale, r, tape.GradientOf(x, out bool accumulate), accumulate);
        }, rows);
    }
}
