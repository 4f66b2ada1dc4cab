using CrossPT.Tensors;
using Xunit;

namespace CrossPT.TestKit;

/// <summary>The tests of <see cref="IReductionKernels"/>.</summary>
public class ReductionConformance(TestDevice device) : ConformanceSuite(device)
{
    [Fact]
    public void Sums_EveryShape_MatchReference()
    {
        ForShapes((rows, columns) =>
        {
            Twin x = Random(rows, columns);
            Twin total = OutputVector(1);
            Twin ofRows = OutputVector(columns);
            Twin added = RandomVector(columns);
            Twin ofColumns = OutputVector(rows);
            // Signed numbers cancel, so a sum's error is judged by what was summed.
            double bound = Tolerance * Math.Max(1, rows);
            Run(on => on.Backend.Reduction.SumOfSquares(on[x], on[total]), [total]);
            Run(on => on.Backend.Reduction.SumRows(on[x], on[ofRows]), [ofRows], bound);
            Run(on => on.Backend.Reduction.SumRows(on[x], on[added], accumulate: true), [added], bound);
            Twin positive = Of(Array.ConvertAll(Numbers(rows * columns), Math.Abs), [rows, columns]);
            Run(on => on.Backend.Reduction.Sum(on[positive], on[total]), [total]);
            Run(on => on.Backend.Reduction.SumColumns(on[positive], on[ofColumns]), [ofColumns]);
            Run(on => on.Backend.Reduction.SumColumns(on[positive], on[ofColumns], 1.0 / columns), [ofColumns]);
        });
    }

    [Fact]
    public void Sum_SignedNumbers_ErrorIsSmallBesideWhatWasSummed()
    {
        Twin x = RandomVector(4099), total = OutputVector(1);
        OnBoth(on => on.Backend.Reduction.Sum(on[x], on[total]));
        double magnitude = x.Reference.ToDoubles().Sum(Math.Abs);
        Assert.InRange(total.Tested.ToScalar() - total.Reference.ToScalar(), -1e-6 * magnitude, 1e-6 * magnitude);
    }

    [Fact]
    public void Sums_MillionElements_StayAccurate()
    {
        const int length = 1_000_000;
        CounterRandom random = new(5);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) values[i] = random.NextSingle();
        Twin x = Of(values, [length]), total = OutputVector(1);
        Run(on => on.Backend.Reduction.Sum(on[x], on[total]), [total], 1e-5);
        Run(on => on.Backend.Reduction.SumOfSquares(on[x], on[total]), [total], 1e-5);

        Twin tall = Of(values, [length / 4, 4]);
        Twin ofRows = OutputVector(4);
        Twin wide = Of(values, [2, length / 2]);
        Twin ofColumns = OutputVector(2);
        Run(on => on.Backend.Reduction.SumRows(on[tall], on[ofRows]), [ofRows], 1e-4);
        Run(on => on.Backend.Reduction.SumColumns(on[wide], on[ofColumns]), [ofColumns], 1e-5);
    }

    [Fact]
    public void Softmax_ForwardAndBackward_MatchReference()
    {
        ForShapes((rows, columns) =>
        {
            bool view = (rows + columns) % 2 == 0;
            foreach (double temperature in (double[])[1, 0.3])
            {
                Twin x = Random(rows, columns, view, 0.8), y = Output(rows, columns, !view);
                Run(on => on.Backend.Reduction.Softmax(on[x], on[y], temperature), [y]);
                Twin kept = Output(rows, columns);
                Twin dy = Random(rows, columns);
                Twin dx = Output(rows, columns);
                Twin sum = Random(rows, columns);
                Run(on => on.Backend.Reduction.Softmax(on[x], on[kept], temperature), [kept]);
                Equalize(kept);
                // The softmax of one column is 1: its gradient is nothing but rounding.
                if (columns == 1) continue;
                Run(on => on.Backend.Reduction.SoftmaxBackward(on[kept], on[dy], on[dx], temperature), [dx]);
                Run(
                    on => on.Backend.Reduction.SoftmaxBackward(
                        on[kept], on[dy], on[sum], temperature, accumulate: true), [sum]);
            }
        });
    }

    [Theory]
    [InlineData(100)]
    [InlineData(1e4)]
    [InlineData(1e30)]
    public void Softmax_LargeScores_StayFinite(double magnitude)
    {
        foreach (int columns in ColumnCounts)
        {
            Begin($"±{magnitude}, {columns} columns");
            Twin x = Random(13, columns, scale: magnitude), y = Output(13, columns);
            Run(on => on.Backend.Reduction.Softmax(on[x], on[y]), [y]);
            AllFinite(y);
        }
    }

    [Fact]
    public void Softmax_EqualScores_AreUniform()
    {
        float[] values = new float[2 * 33];
        Array.Fill(values, -1e4f);
        Twin x = Of(values, [2, 33]), y = Output(2, 33);
        Run(on => on.Backend.Reduction.Softmax(on[x], on[y]), [y], 1e-6);
    }

    [Fact]
    public void ArgMax_TiesAndNegatives_FirstOfEquals()
    {
        ForShapes((rows, columns) =>
        {
            // Few distinct values, so that most rows have ties.
            float[] values = Array.ConvertAll(Numbers(rows * columns), static value => MathF.Round(value) - 5);
            Twin x = Of(values, [rows, columns]), indices = Ids(new int[rows]);
            Run(on => on.Backend.Reduction.ArgMax(on[x], on[indices]), [indices]);
            Twin distinct = Random(rows, columns);
            Run(on => on.Backend.Reduction.ArgMax(on[distinct], on[indices]), [indices]);
        });
    }

    [Fact]
    public void ArgMax_TieAcrossEveryPairOfColumns_FirstOfEquals()
    {
        const int columns = 70;
        float[] values = new float[columns * columns];
        for (int r = 0; r < columns; r++) values[(r * columns) + r] = values[(r * columns) + columns - 1] = 1;
        Twin x = Of(values, [columns, columns]), indices = Ids(new int[columns]);
        Run(on => on.Backend.Reduction.ArgMax(on[x], on[indices]), [indices]);
    }

    [Fact]
    public void DivideBySum_ForwardAndBackward_MatchReference()
    {
        ForShapes((rows, columns) =>
        {
            // Of one sign: a sum that cancels has no digits to compare. The first row is zeros.
            float[] values = Array.ConvertAll(Numbers(rows * columns), Math.Abs);
            Array.Clear(values, 0, columns);
            Twin x = Of(values, [rows, columns]), y = Output(rows, columns);
            Run(on => on.Backend.Reduction.DivideBySum(on[x], on[y]), [y]);
            Equalize(y);
            if (columns == 1) return;
            Twin dy = Random(rows, columns), dx = Output(rows, columns), sum = Random(rows, columns);
            Run(on => on.Backend.Reduction.DivideBySumBackward(on[x], on[y], on[dy], on[dx]), [dx]);
            Run(on => on.Backend.Reduction.DivideBySumBackward(on[x], on[y], on[dy], on[sum], accumulate: true), [sum]);
        });
    }

    [Fact]
    public void TopColumns_TiesAndThresholds_FirstOfEquals()
    {
        ForShapes((rows, columns) =>
        {
            float[] values = Array.ConvertAll(Numbers(rows * columns), MathF.Round);
            Twin x = Of(values, [rows, columns]), kept = Output(rows, columns);
            foreach (int count in (int[])[0, 1, (columns + 1) / 2, columns])
            {
                foreach (double threshold in (double[])[double.NegativeInfinity, 0, 9])
                {
                    Twin places = Ids(new int[rows * count]);
                    Run(
                        on => on.Backend.Reduction.TopColumns(on[x], count, threshold, on[kept], on[places]),
                        [kept, places]);
                }
            }
        });
    }

    [Fact]
    public void ArgMaxRows_TiesOfSequences_FirstOfEquals()
    {
        ForShapes((rows, columns) =>
        {
            float[] values = Array.ConvertAll(Numbers(rows * columns), static value => MathF.Round(value) - 5);
            int[] starts = rows < 3 ? [0, rows] : [0, 1, rows / 2, rows];
            Twin x = Of(values, [rows, columns]);
            Twin first = Ids(starts);
            Twin places = Ids(new int[(starts.Length - 1) * columns]);
            if (starts.Distinct().Count() < starts.Length) return;
            Run(on => on.Backend.Reduction.ArgMaxRows(on[x], on[first], on[places]), [places]);
        });
    }

    [Fact]
    public void NoRows_Sums_AreZero()
    {
        Twin x = Random(0, 8);
        Twin total = OutputVector(1);
        Twin ofRows = OutputVector(8);
        Twin ofColumns = OutputVector(0);
        Twin y = Output(0, 8);
        Twin ids = Ids();
        Run(on => on.Backend.Reduction.Sum(on[x], on[total]), [total], 0);
        Run(on => on.Backend.Reduction.SumOfSquares(on[x], on[total]), [total], 0);
        Run(on => on.Backend.Reduction.SumRows(on[x], on[ofRows]), [ofRows], 0);
        Run(on => on.Backend.Reduction.SumColumns(on[x], on[ofColumns]), [ofColumns]);
        Run(on => on.Backend.Reduction.Softmax(on[x], on[y]), [y]);
        Run(on => on.Backend.Reduction.SoftmaxBackward(on[x], on[x], on[y]), [y]);
        Run(on => on.Backend.Reduction.ArgMax(on[x], on[ids]), [ids]);
        Run(on => on.Backend.Reduction.DivideBySum(on[x], on[y]), [y]);
        Run(on => on.Backend.Reduction.DivideBySumBackward(on[x], on[x], on[x], on[y]), [y]);
        Run(on => on.Backend.Reduction.TopColumns(on[x], 3, 0, on[y], on[ids]), [y, ids]);
    }

    [Fact]
    public void WrongShapes_AreRefused()
    {
        Twin x = Random(3, 4);
        Twin other = Random(4, 3);
        Twin four = RandomVector(4);
        Twin three = RandomVector(3);
        Twin ids = Ids(0, 0, 0, 0);
        Twin view = Random(3, 4, view: true);
        Refuses("Sum", on => on.Backend.Reduction.Sum(on[x], on[three]));
        Refuses("Sum", on => on.Backend.Reduction.Sum(on[ids], on[three]));
        Refuses("SumOfSquares", on => on.Backend.Reduction.SumOfSquares(on[x], on[three]));
        Refuses("SumRows", on => on.Backend.Reduction.SumRows(on[x], on[three]));
        Refuses("SumColumns", on => on.Backend.Reduction.SumColumns(on[x], on[four]));
        Refuses("SumColumns", on => on.Backend.Reduction.SumColumns(on[view], on[three]));
        Refuses("Softmax", on => on.Backend.Reduction.Softmax(on[x], on[other]));
        Refuses("SoftmaxBackward", on => on.Backend.Reduction.SoftmaxBackward(on[x], on[other], on[x]));
        Refuses("SoftmaxBackward", on => on.Backend.Reduction.SoftmaxBackward(on[x], on[x], on[other]));
        Refuses("DivideBySum", on => on.Backend.Reduction.DivideBySum(on[x], on[other]));
        Refuses("DivideBySumBackward", on => on.Backend.Reduction.DivideBySumBackward(on[x], on[x], on[other], on[x]));
        Refuses("TopColumns", on => on.Backend.Reduction.TopColumns(on[x], 5, 0, on[x], on[ids]));
        Refuses("TopColumns", on => on.Backend.Reduction.TopColumns(on[x], 2, 0, on[x], on[ids]));
        Refuses("TopColumns", on => on.Backend.Reduction.TopColumns(on[x], 1, 0, on[other], on[ids]));
        Refuses("ArgMaxRows", on => on.Backend.Reduction.ArgMaxRows(on[x], on[ids], on[ids]));
        Refuses("ArgMaxRows", on => on.Backend.Reduction.ArgMaxRows(on[x], on[three], on[ids]));
        Refuses("ArgMax", on => on.Backend.Reduction.ArgMax(on[x], on[ids]));
        Refuses("ArgMax", on => on.Backend.Reduction.ArgMax(on[x], on[three]));
    }

    private void ForShapes(Action<int, int> body)
    {
        foreach (int rows in RowCounts)
        {
            foreach (int columns in ColumnCounts)
            {
                Begin($"[{rows}, {columns}]");
                body(rows, columns);
            }
        }
    }
}
