using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>Layer normalisation with mean and bias (Ba et al. 2016).</summary>
public static class LayerNormOperation
{
    /// <summary>
    /// y = (x − mean) / √(variance + ε) · weight + bias, row by row: x, y [R, H], weight and bias [H].
    /// </summary>
    public static Variable LayerNorm(this Tape tape, Variable x, Variable weight, Variable bias, double epsilon = 1e-5)
    {
        ArgumentNullException.ThrowIfNull(tape);
        // The variance of a row is the mean square of what is left without its mean.
        Variable normal = tape.RmsNorm(tape.CenterRows(x), weight, epsilon);
        return tape.Add(normal, tape.RepeatRow(bias, x.Value.Rows));
    }

    /// <summary>y = x − mean of each row: x, y [R, H].</summary>
    public static Variable CenterRows(this Tape tape, Variable x)
    {
        ArgumentNullException.ThrowIfNull(tape);
        // dx = dy − mean(dy): the projection is symmetric.
        return tape.Record(Centered(tape, x.Value), [x], [], (dy, _) => tape.Pass(x, Centered(tape, dy)));
    }

    private static Tensor Centered(Tape tape, Tensor x)
    {
        Tensor mean = tape.Allocate(x.Rows, 1), ones = tape.Allocate(1, x.Columns), y = tape.AllocateLike(x);
        tape.Backend.Reduction.SumColumns(x, mean, 1.0 / x.Columns);
        tape.Backend.Elementwise.Fill(ones, 1);
        tape.Backend.Matrix.Product(mean, false, ones, false, y);
        tape.Backend.Elementwise.Add(x, y, y, 1, -1);
        return y;
    }
}
