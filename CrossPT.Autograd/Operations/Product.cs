using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>Products of two variables.</summary>
public static class ProductOperation
{
    /// <summary>Y [R, N] = X·Wᵀ with a weight [N, K] that may be trained, plus a residual [R, N] where given.</summary>
    public static Variable Linear(this Tape tape, Variable x, Variable weight, Variable? residual = null)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Variable y = tape.Product(x, weight, transposeB: true);
        return residual is null ? y : tape.Add(y, residual);
    }

    /// <summary>C [M, N] = A·op(B): A [M, K], B [K, N], or [N, K] with <paramref name="transposeB"/>.</summary>
    public static Variable Product(this Tape tape, Variable a, Variable b, bool transposeB = false)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Tensor c = tape.Allocate(a.Value.Rows, transposeB ? b.Value.Rows : b.Value.Columns);
        IMatrixKernels matrix = tape.Backend.Matrix;
        matrix.Product(a.Value, false, b.Value, transposeB, c);
        // dA = dC·op(B)ᵀ;  dB = Aᵀ·dC, or dCᵀ·A
        return tape.Record(c, [a, b], [a.Value, b.Value], (dc, saved) =>
        {
            if (a.RequiresGradient)
            {
                Tensor da = tape.AllocateLike(saved[0]);
                matrix.Product(dc, false, saved[1], !transposeB, da);
                tape.Pass(a, da);
            }
            if (b.RequiresGradient)
            {
                Tensor db = tape.GradientOf(b, out bool accumulate);
                if (transposeB) matrix.Product(dc, true, saved[0], false, db, accumulate);
                else matrix.Product(saved[0], true, dc, false, db, accumulate);
            }
        });
    }
}
