using CrossPT.Tensors;
using Xunit;

namespace CrossPT.TestKit;

/// <summary>The tests of <see cref="INormKernels"/>.</summary>
public class NormConformance(TestDevice device) : ConformanceSuite(device)
{
    [Fact]
    public void RmsNorm_EveryShape_MatchesReference()
    {
        foreach (int rows in (int[])[0, .. RowCounts])
        {
            foreach (int columns in ColumnCounts) ForwardAndBackward(rows, columns);
        }
    }

    [Fact]
    public void RmsNorm_WidthsOfModels_MatchesReference()
    {
        ForwardAndBackward(Shortened(37), 512);
        ForwardAndBackward(13, 768);
        ForwardAndBackward(Shortened(700), 33);
    }

    [Theory]
    [InlineData(1e-3)]
    [InlineData(1e4)]
    public void RmsNorm_SmallAndLargeInputs_MatchesReference(double scale)
    {
        Twin x = Random(13, 100, scale: scale);
        Twin weight = RandomVector(100);
        Twin y = Output(13, 100);
        Twin inverse = OutputVector(13);
        Run(on => on.Backend.Norm.RmsNorm(on[x], on[weight], on[y], on[inverse], 1e-6), [y, inverse]);
    }

    [Fact]
    public void RmsNorm_ZeroRows_AreZero()
    {
        Twin x = Of(new float[5 * 33], [5, 33]);
        Twin weight = RandomVector(33);
        Twin y = Output(5, 33);
        Twin inverse = OutputVector(5);
        Run(on => on.Backend.Norm.RmsNorm(on[x], on[weight], on[y], on[inverse], 1e-6), [y, inverse]);
        Twin dy = Random(5, 33), dx = Output(5, 33), dWeight = OutputVector(33);
        Run(on => on.Backend.Norm.RmsNormBackward(on[dy], on[x], on[weight], on[inverse], on[dx]), [dx]);
        Run(on => on.Backend.Norm.RmsNormWeightBackward(on[dy], on[x], on[inverse], on[dWeight]), [dWeight]);
        AllFinite(dx);
    }

    [Fact]
    public void WrongShapes_AreRefused()
    {
        Twin x = Random(3, 4);
        Twin other = Random(4, 3);
        Twin view = Random(3, 4, view: true);
        Twin three = RandomVector(3);
        Twin four = RandomVector(4);
        Refuses("RmsNorm", on => on.Backend.Norm.RmsNorm(on[x], on[four], on[other], on[three], 1e-6));
        Refuses("RmsNorm", on => on.Backend.Norm.RmsNorm(on[x], on[three], on[x], on[three], 1e-6));
        Refuses("RmsNorm", on => on.Backend.Norm.RmsNorm(on[x], on[four], on[x], on[four], 1e-6));
        Refuses("RmsNorm", on => on.Backend.Norm.RmsNorm(on[view], on[four], on[x], on[three], 1e-6));
        Refuses("RmsNormBackward", on => on.Backend.Norm.RmsNormBackward(on[other], on[x], on[four], on[three], on[x]));
        Refuses("RmsNormBackward", on => on.Backend.Norm.RmsNormBackward(on[x], on[x], on[four], on[three], on[other]));
        Refuses("RmsNormBackward", on => on.Backend.Norm.RmsNormBackward(on[x], on[x], on[four], on[four], on[x]));
        Refuses(
            "RmsNormWeightBackward",
            on => on.Backend.Norm.RmsNormWeightBackward(on[x], on[other], on[three], on[four]));
        Refuses(
            "RmsNormWeightBackward", on => on.Backend.Norm.RmsNormWeightBackward(on[x], on[x], on[three], on[three]));
    }

    private void ForwardAndBackward(int rows, int columns)
    {
        Begin($"[{rows}, {columns}]");
        Twin x = Random(rows, columns);
        Twin weight = RandomVector(columns);
        Twin y = Output(rows, columns);
        Twin inverse = OutputVector(rows);
        Run(on => on.Backend.Norm.RmsNorm(on[x], on[weight], on[y], on[inverse], 1e-6), [y, inverse]);

        Twin dy = Random(rows, columns);
        Twin sum = Random(rows, columns);
        Twin dWeight = OutputVector(columns);
        Twin weightSum = RandomVector(columns);
        Run(
            on => on.Backend.Norm.RmsNormBackward(on[dy], on[x], on[weight], on[inverse], on[sum], accumulate: true),
            [sum]);
        double bound = Tolerance * Math.Max(1, Math.Sqrt(rows));
        Run(on => on.Backend.Norm.RmsNormWeightBackward(on[dy], on[x], on[inverse], on[dWeight]), [dWeight], bound);
        Run(
            on => on.Backend.Norm.RmsNormWeightBackward(on[dy], on[x], on[inverse], on[weightSum], accumulate: true),
            [weightSum], bound);

        // The norm of one column is ± its weight: its gradient is nothing but rounding.
        if (columns == 1) return;
        Twin dx = Output(rows, columns);
        Run(on => on.Backend.Norm.RmsNormBackward(on[dy], on[x], on[weight], on[inverse], on[dx]), [dx]);
    }
}
