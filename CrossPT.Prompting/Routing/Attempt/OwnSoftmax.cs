using CrossPT.Autograd;
using CrossPT.Prompting.Routing.Normalisers;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Routing.Attempt;

/// <summary>Softmax over the columns that a row may see.</summary>
internal static class OwnSoftmaxOperation
{
    /// <summary>
    /// y [B, M] = softmax(x / temperature) of each row over its own columns, 0 elsewhere; a masked column takes part in the sum and is 0 then.
    /// </summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">[B, M].</param>
    /// <param name="columns">The columns of each row, one number at least.</param>
    /// <param name="masked">Whether a place among a row's columns is left out.</param>
    /// <param name="temperature">Divides the scores.</param>
    public static Variable OwnSoftmax(this Tape tape, Variable x, int[][] columns, bool[] masked, double temperature)
    {
        SoftmaxNormaliser softmax = new();
        int width = x.Value.Columns;
        double[] values = x.Value.ToDoubles(), y = new double[values.Length];
        double[][] weights = new double[columns.Length][];
        for (int row = 0; row < columns.Length; row++)
        {
            double[] scores = Array.ConvertAll(columns[row], column => values[(row * width) + column] / temperature);
            softmax.Forward(scores, weights[row] = new double[scores.Length]);
            for (int i = 0; i < scores.Length; i++) y[(row * width) + columns[row][i]] = masked[i] ? 0 : weights[row][i];
        }
        return tape.Record(HostTensor.Create(tape.Backend, y, columns.Length, width), [x], [], (dy, _) =>
        {
            double[] gradient = dy.ToDoubles(), dx = new double[gradient.Length];
            for (int row = 0; row < columns.Length; row++)
            {
                double[] dw = new double[weights[row].Length], ds = new double[dw.Length];
                for (int i = 0; i < dw.Length; i++) dw[i] = masked[i] ? 0 : gradient[(row * width) + columns[row][i]];
                softmax.Backward([], weights[row], dw, ds);
                for (int i = 0; i < dw.Length; i++) dx[(row * width) + columns[row][i]] = ds[i] / temperature;
            }
            HostTensor.Add(tape, x, dx);
        });
    }
}
