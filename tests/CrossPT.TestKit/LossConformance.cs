using CrossPT.Tensors;
using Xunit;

namespace CrossPT.TestKit;

/// <summary>The tests of <see cref="ILossKernels"/>.</summary>
public class LossConformance(TestDevice device) : ConformanceSuite(device)
{
    [Fact]
    public void CrossEntropy_EveryShape_MatchesReference()
    {
        foreach (int rows in RowCounts)
        {
            foreach (int columns in (int[])[2, .. ColumnCounts.Where(columns => columns > 1), 1000])
            {
                Begin($"[{rows}, {columns}]");
                Twin logits = Random(rows, columns, scale: 2);
                Twin labels = Ids(Labels(rows, columns));
                Twin losses = OutputVector(rows);
                Twin scales = RandomVector(rows);
                Twin gradient = Output(rows, columns);
                Run(on => on.Backend.Loss.CrossEntropy(on[logits], on[labels], on[losses], null, null), [losses]);
                Run(
                    on => on.Backend.Loss.CrossEntropy(on[logits], on[labels], on[losses], null, on[gradient]),
                    [losses, gradient]);
                Run(
                    on => on.Backend.Loss.CrossEntropy(on[logits], on[labels], on[losses], on[scales], on[gradient]),
                    [losses, gradient]);
                Run(
                    on => on.Backend.Loss.CrossEntropy(on[logits], on[labels], on[losses], on[scales], on[logits]),
                    [losses, logits]);
            }
        }
    }

    [Theory]
    [InlineData(100)]
    [InlineData(1e4)]
    [InlineData(1e30)]
    public void CrossEntropy_LargeLogits_StaysFinite(double magnitude)
    {
        Twin logits = Random(13, 130, scale: magnitude);
        Twin labels = Ids(Labels(13, 130));
        Twin losses = OutputVector(13);
        Twin gradient = Output(13, 130);
        Run(
            on => on.Backend.Loss.CrossEntropy(on[logits], on[labels], on[losses], null, on[gradient]),
            [losses, gradient]);
        AllFinite(losses);
        AllFinite(gradient);
    }

    [Fact]
    public void CrossEntropy_Vocabulary_MatchesReference()
    {
        Twin logits = Random(3, 32128, scale: 3);
        Twin labels = Ids(32127, 0, 777);
        Twin losses = OutputVector(3);
        Twin gradient = Output(3, 32128);
        Run(
            on => on.Backend.Loss.CrossEntropy(on[logits], on[labels], on[losses], null, on[gradient]),
            [losses, gradient]);
    }

    [Fact]
    public void CrossEntropy_AllIgnored_IsZeroWhateverTheLogits()
    {
        float[] values = new float[2 * 33];
        Array.Fill(values, 1e4f);
        Twin logits = Of(values, [2, 33]), labels = Ids(-100, -1), losses = OutputVector(2), gradient = Output(2, 33);
        Run(
            on => on.Backend.Loss.CrossEntropy(on[logits], on[labels], on[losses], null, on[gradient]),
            [losses, gradient], tolerance: 0);
    }

    [Fact]
    public void CrossEntropy_NoRows_DoesNothing()
    {
        Twin logits = Random(0, 8), labels = Ids(), losses = OutputVector(0), gradient = Output(0, 8);
        Run(
            on => on.Backend.Loss.CrossEntropy(on[logits], on[labels], on[losses], null, on[gradient]),
            [losses, gradient]);
    }

    [Fact]
    public void CrossEntropy_LabelOutside_IsRefused()
    {
        if (!ChecksIndices) return;
        Twin logits = Random(2, 8), labels = Ids(0, 8), losses = OutputVector(2);
        Refuses("CrossEntropy", on => on.Backend.Loss.CrossEntropy(on[logits], on[labels], on[losses], null, null));
    }

    [Fact]
    public void WrongShapes_AreRefused()
    {
        Twin logits = Random(3, 4);
        Twin other = Random(4, 3);
        Twin labels = Ids(0, 1, 2);
        Twin two = Ids(0, 1);
        Twin losses = OutputVector(3);
        Twin four = OutputVector(4);
        Refuses("CrossEntropy", on => on.Backend.Loss.CrossEntropy(on[logits], on[two], on[losses], null, null));
        Refuses("CrossEntropy", on => on.Backend.Loss.CrossEntropy(on[logits], on[losses], on[losses], null, null));
        Refuses("CrossEntropy", on => on.Backend.Loss.CrossEntropy(on[logits], on[labels], on[four], null, null));
        Refuses("CrossEntropy", on => on.Backend.Loss.CrossEntropy(on[logits], on[labels], on[losses], on[four], null));
        Refuses(
            "CrossEntropy", on => on.Backend.Loss.CrossEntropy(on[logits], on[labels], on[losses], null, on[other]));
    }

    // Every third row is ignored.
    private static int[] Labels(int rows, int columns)
        => [.. Enumerable.Range(0, rows).Select(i => i % 3 == 2 ? -100 : ((i * 37) + columns - 1) % columns)];
}
