using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Routing.Attempt;

/// <summary>Layer normalisation with mean and bias (Ba et al. 2016), for one row an example.</summary>
internal static class LayerNormOperation
{
    private const double Epsilon = 1e-5;

    /// <summary>y = (x − mean) / √(variance + 1e-5) · weight + bias, row by row: x [B, H], weight and bias [H].</summary>
    public static Variable LayerNorm(this Tape tape, Variable x, Variable weight, Variable bias)
    {
        int width = x.Value.Columns, rows = x.Value.Rows;
        double[] values = x.Value.ToDoubles(), scale = weight.Value.ToDoubles(), shift = bias.Value.ToDoubles();
        double[] normal = new double[values.Length], inverse = new double[rows], y = new double[values.Length];
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<double> input = values.AsSpan(row * width, width);
            double mean = 0, variance = 0;
            foreach (double value in input) mean += value / width;
            foreach (double value in input) variance += (value - mean) * (value - mean) / width;
            inverse[row] = 1 / Math.Sqrt(variance + Epsilon);
            for (int h = 0; h < width; h++)
            {
                int i = (row * width) + h;
                normal[i] = (input[h] - mean) * inverse[row];
                y[i] = (normal[i] * scale[h]) + shift[h];
            }
        }
        return tape.Record(HostTensor.Create(tape.Backend, y, rows, width), [x, weight, bias], [], (dyTensor, _) =>
        {
            double[] dy = dyTensor.ToDoubles(), dx = new double[dy.Length], dScale = new double[width], dShift = new double[width];
            for (int row = 0; row < rows; row++)
            {
                // dx = (g − mean(g) − n·mean(g·n)) / √(variance + ε) with g = dy·weight and n the normalised x
                double mean = 0, along = 0;
                for (int h = 0; h < width; h++)
                {
                    int i = (row * width) + h;
                    mean += dy[i] * scale[h] / width;
                    along += dy[i] * scale[h] * normal[i] / width;
                    dScale[h] += dy[i] * normal[i];
                    dShift[h] += dy[i];
                }
                for (int h = 0; h < width; h++)
                {
                    int i = (row * width) + h;
                    dx[i] = ((dy[i] * scale[h]) - mean - (normal[i] * along)) * inverse[row];
                }
            }
            HostTensor.Add(tape, x, dx);
            HostTensor.Add(tape, weight, dScale);
            HostTensor.Add(tape, bias, dShift);
        });
    }
}
