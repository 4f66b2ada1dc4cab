using CrossPT.Tensors;
using Xunit;

namespace CrossPT.TestKit;

/// <summary>The tests of <see cref="IOptimizerKernels"/>.</summary>
public class OptimizerConformance(TestDevice device) : ConformanceSuite(device)
{
    [Fact]
    public void AdamW_SeveralSteps_MatchesReference()
    {
        foreach (int length in (int[])[1, 7, 8, 31, 32, 33, 100, 4099])
        {
            foreach (double decay in (double[])[0, 0.1])
            {
                Begin($"{length} elements, weight decay {decay}");
                Twin parameter = RandomVector(length);
                Twin first = Of(new float[length], [length]);
                Twin second = Of(new float[length], [length]);
                for (int step = 1; step <= 5; step++)
                {
                    AdamWOptions options = new(0.01, 0.9, 0.999, 1e-8, decay, step);
                    Twin gradient = RandomVector(length);
                    Run(
                        on => on.Backend.Optimizer.AdamW(on[parameter], on[gradient], on[first], on[second], options),
                        [parameter, first, second]);
                }
            }
        }
    }

    [Fact]
    public void AdamW_SeveralParameters_AreMovedAsEachAlone()
    {
        int[] lengths = [33, 0, 7, 4099, 1];
        Twin[] parameters = [.. lengths.Select(length => RandomVector(length))];
        Twin[] gradients = [.. lengths.Select(length => RandomVector(length))];
        Twin[] first = [.. lengths.Select(length => RandomVector(length))];
        Twin[] second = [.. lengths.Select(length => Of(Array.ConvertAll(Numbers(length), Math.Abs), [length]))];
        Run(
            on => on.Backend.Optimizer.AdamW(
                [.. lengths.Select((_, i) => new AdamWUpdate(
                    on[parameters[i]], on[gradients[i]], on[first[i]], on[second[i]],
                    new AdamWOptions(0.01 * (i + 1), 0.9, 0.999, 1e-8, 0.1 * i, i + 1)))]),
            [.. parameters, .. first, .. second]);
        Run(on => on.Backend.Optimizer.AdamW([]), []);
    }

    [Fact]
    public void AdamW_MatrixAndZeroGradient_OnlyDecays()
    {
        Twin parameter = Random(5, 33);
        Twin zero = Of(new float[5 * 33], [5, 33]);
        Twin first = Of(new float[5 * 33], [5, 33]);
        Twin second = Of(new float[5 * 33], [5, 33]);
        AdamWOptions options = new(0.3, 0.9, 0.999, 1e-8, 0.1, 1);
        Run(
            on => on.Backend.Optimizer.AdamW(on[parameter], on[zero], on[first], on[second], options),
            [parameter, first, second]);
    }

    [Fact]
    public void AdamW_LateStep_CorrectsNoBias()
    {
        Twin parameter = RandomVector(33), gradient = RandomVector(33), first = RandomVector(33);
        Twin second = Of(Array.ConvertAll(Numbers(33), Math.Abs), [33]);
        AdamWOptions options = new(0.01, 0.9, 0.999, 1e-6, 0.01, 1_000_000);
        Run(
            on => on.Backend.Optimizer.AdamW(on[parameter], on[gradient], on[first], on[second], options),
            [parameter, first, second]);
    }

    [Fact]
    public void Adafactor_Factored_MatchesReference()
    {
        foreach (int rows in RowCounts)
        {
            foreach (int columns in ColumnCounts)
            {
                Begin($"[{rows}, {columns}]");
                Twin rowMoment = Of(new float[rows], [rows]);
                Twin columnMoment = Of(new float[columns], [columns]);
                Twin update = Output(rows, columns);
                for (int step = 1; step <= 2; step++)
                {
                    double decay = 1 - Math.Pow(step, -0.8);
                    Twin gradient = Random(rows, columns);
                    Run(
                        on => on.Backend.Optimizer.AdafactorMoments(
                            on[gradient], on[rowMoment], on[columnMoment], decay, 1e-30), [rowMoment, columnMoment]);
                    Run(
                        on => on.Backend.Optimizer.AdafactorUpdate(
                            on[gradient], on[rowMoment], on[columnMoment], on[update]), [update]);
                }
            }
        }
    }

    [Fact]
    public void Adafactor_TinyGradients_StayFinite()
    {
        // Second moments of 1e-16 and 1e-30: their product leaves float32.
        foreach (double scale in (double[])[1e-8, 0])
        {
            Begin($"gradients of {scale}");
            Twin gradient = Random(12, 33, scale: scale);
            Twin rowMoment = Of(new float[12], [12]);
            Twin columnMoment = Of(new float[33], [33]);
            Twin update = Output(12, 33);
            Run(
                on => on.Backend.Optimizer.AdafactorMoments(on[gradient], on[rowMoment], on[columnMoment], 0, 1e-30),
                [rowMoment, columnMoment]);
            Run(
                on => on.Backend.Optimizer.AdafactorUpdate(on[gradient], on[rowMoment], on[columnMoment], on[update]),
                [update]);
            AllFinite(update);
        }
    }

    [Fact]
    public void Adafactor_Vector_MatchesReference()
    {
        foreach (int length in (int[])[1, 7, 8, 33, 100, 1027])
        {
            Begin($"{length} elements");
            Twin moment = Of(new float[length], [length]), update = OutputVector(length);
            foreach (double decay in (double[])[0, 0.43])
            {
                Twin gradient = RandomVector(length);
                Run(
                    on => on.Backend.Optimizer.AdafactorVectorUpdate(
                        on[gradient], on[moment], on[update], decay, 1e-30), [moment, update]);
            }
        }
    }

    [Fact]
    public void WrongShapes_AreRefused()
    {
        AdamWOptions options = new(0.01, 0.9, 0.999, 1e-8, 0, 1);
        Twin x = Random(3, 4), other = Random(4, 3), three = RandomVector(3), four = RandomVector(4);
        Refuses("AdamW", on => on.Backend.Optimizer.AdamW(on[x], on[other], on[x], on[x], options));
        Refuses("AdamW", on => on.Backend.Optimizer.AdamW(on[x], on[x], on[other], on[x], options));
        Refuses("AdamW", on => on.Backend.Optimizer.AdamW(on[x], on[x], on[x], on[other], options));
        Refuses("AdafactorMoments", on => on.Backend.Optimizer.AdafactorMoments(on[x], on[four], on[four], 0, 1e-30));
        Refuses("AdafactorMoments", on => on.Backend.Optimizer.AdafactorMoments(on[x], on[three], on[three], 0, 1e-30));
        Refuses("AdafactorUpdate", on => on.Backend.Optimizer.AdafactorUpdate(on[x], on[three], on[four], on[other]));
        Refuses("AdafactorUpdate", on => on.Backend.Optimizer.AdafactorUpdate(on[x], on[four], on[three], on[x]));
        Refuses(
            "AdafactorVectorUpdate",
            on => on.Backend.Optimizer.AdafactorVectorUpdate(on[three], on[four], on[three], 0, 1e-30));
        Refuses(
            "AdafactorVectorUpdate",
            on => on.Backend.Optimizer.AdafactorVectorUpdate(on[three], on[three], on[four], 0, 1e-30));
    }
}
