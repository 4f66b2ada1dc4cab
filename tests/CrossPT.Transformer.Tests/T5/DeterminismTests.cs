using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Transformer.Tests.T5;

public sealed class DeterminismTests
{
    // Ragged, over 400 rows: blocks of rows, shares of panels and the tails of both come up in the products.
    private static readonly int[] s_sources = [61, 3, 128, 17, 44, 1, 97, 30], s_targets = [4, 2, 7, 3, 1, 5, 2, 3];

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, null)]
    [InlineData(true, SimdWidth.Vector256)]
    [InlineData(false, SimdWidth.Vector128)]
    public void Steps_OneTwoAndThreeThreads_AreEqualToTheLastBit(bool gated, SimdWidth? width)
    {
        double[] one = Train(gated, width, threads: 1);
        Assert.Equal(one, Train(gated, width, threads: 2));
        Assert.Equal(one, Train(gated, width, threads: 3));
        Assert.Equal(one, Train(gated, width, threads: 1));
    }

    /// <summary>Logits, loss and prompt gradients of three steps.</summary>
    private static double[] Train(bool gated, SimdWidth? width, int threads)
    {
        using CpuBackend backend = new(threads, width);
        T5Config config = TinyModels.Wide(gated);
        using T5Model model = T5Model.Random(config, backend, seed: 81);
        using PromptSteps steps = new(model, rows: 7, seed: 82);
        int[][] sources = TinyModels.Tokens(config, s_sources, seed: 83);
        int[][] targets = TinyModels.Tokens(config, s_targets, seed: 84);
        Assert.True(sources.Sum(static ids => ids.Length + 7) > 400);
        List<double> numbers = [];
        for (int step = 0; step < 3; step++)
            steps.Run(sources, targets, (logits, loss, gradient) => numbers.AddRange([.. logits, loss, .. gradient]));
        Assert.DoesNotContain(numbers, double.IsNaN);
        return [.. numbers];
    }
}
