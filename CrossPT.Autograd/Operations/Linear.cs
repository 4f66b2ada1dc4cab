using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>Y = X·Wᵀ with a frozen, packed weight: saves nothing, for the gradient of X needs only W.</summary>
public static class LinearOperation
{
    /// <summary>Y [R, N] = X·Wᵀ, plus a residual where given: X [R, K], W [N, K], residual [R, N].</summary>
    public static Variable Linear(this Tape tape, Variable x, IPackedMatrix weight, Variable? residual = null)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Tensor y = tape.Allocate(x.Value.Rows, weight.Groups * weight.Outputs);
        IMatrixKernels matrix = tape.Backend.Matrix;
        matrix.Linear(x.Value, weight, y, residual?.Value);
        // dX = dY·W; the residual gets dY as it is. A row of X moves its own row of Y only, so the wanted rows stay the
        // same.
        return tape.Record(y, [x, residual], [], (dy, _) =>
        {
            if (x.RequiresGradient)
            {
                Tensor dx = tape.GradientOf(x, out bool accumulate);
                matrix.LinearTransposed(dy, weight, dx, accumulate, wanted: x.WantedElements);
            }
            if (residual is not null) tape.Pass(residual, dy);
        }, residual is null ? x.GradientRows : null);
    }

    /// <summary>Y [R, F] = max(X·Wᵀ, 0) in one pass; saves one bit an element.</summary>
    public static Variable LinearRelu(this Tape tape, Variable x, IPackedMatrix weight)
    {
        ArgumentNullException.ThrowIfNull(tape);
        int rows = x.Value.Rows, columns = weight.Outputs;
        Tensor y = tape.Allocate(rows, columns);
        Shape bits = new(rows, (columns + 31) / 32 * 4);
        Tensor? positive = tape.Records(x) ? Tensor.Allocate(tape.Backend, bits, DType.UInt8) : null;
        IMatrixKernels matrix = tape.Backend.Matrix;
        matrix.Linear(x.Value, weight, y, relu: true, positive: positive);
        // dX = (dY where Y > 0)·W
        Variable result = tape.Record(y, [x], [positive], (dy, saved) =>
            matrix.LinearTransposed(dy, weight, tape.GradientOf(x, out bool accumulate), accumulate, saved[0]));
        if (positive is not null) result.WantedElements = tape.KeepForBackward(positive);
        return result;
    }

    /// <summary>
    /// Y [R, G·K] = X·W group by group, X [R, G·N]: the direction that is backward for <see cref="Linear"/>, as an
    /// operation of its own (T5's keys, applied to the queries: (Wkᵀ q)·x = q·(Wk x)).
    /// </summary>
    public static Variable LinearTransposed(this Tape tape, Variable x, IPackedMatrix weight)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Tensor y = tape.Allocate(x.Value.Rows, weight.Groups * weight.Inputs);
        IMatrixKernels matrix = tape.Backend.Matrix;
        matrix.LinearTransposed(x.Value, weight, y);
        // dX = dY·Wᵀ
        return tape.Record(y, [x], [], (dy, _) =>
        {
            Tensor dx = tape.GradientOf(x, out bool accumulate);
            matrix.Linear(dy, weight, dx, accumulate ? dx : null);
        });
    }
}
