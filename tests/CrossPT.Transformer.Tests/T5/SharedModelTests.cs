using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Reference;

namespace CrossPT.Transformer.Tests.T5;

public sealed class SharedModelTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Share_ComputesTheSameBits_OnBackEndsOfTheirOwn_AtOneTime(bool gated)
    {
        using CpuBackend own = new(1);
        using T5Model model = T5Model.Random(TinyModels.Wide(gated), own, seed: 81);
        double[] expected = Train(model);
        double[][] found = new double[3][];
        Thread[] threads = [.. Enumerable.Range(0, found.Length).Select(i => new Thread(() =>
        {
            using CpuBackend backend = new(1 + (i % 2));
            using T5Model shared = model.Share(backend);
            found[i] = Train(shared);
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.All(found, numbers => Assert.Equal(expected, numbers));
    }

    [Fact]
    public void PackedWeights_LiveAsLongAsTheLastModelThatSharesThem()
    {
        using CpuBackend first = new(1), second = new(1), third = new(1);
        T5Model model = T5Model.Random(TinyModels.Wide(gated: true), first, seed: 81);
        double[] expected = Train(model);
        T5Model shared = model.Share(second);
        model.Dispose();
        model.Dispose();
        using T5Model again = shared.Share(third);
        shared.Dispose();
        Assert.Equal(expected, Train(again));
        Assert.Throws<ObjectDisposedException>(() => model.Share(first));
        Assert.Equal((0L, 0L), (first.UsedBytes, second.UsedBytes));
    }

    [Fact]
    public void Share_TakesNoSecondCopyOfTheWeights()
    {
        using CpuBackend first = new(1), second = new(1);
        using T5Model model = T5Model.Random(TinyModels.Wide(gated: false), first, seed: 81);
        using T5Model shared = model.Share(second);
        // What is copied are norms and bias tables, and both models hold the same of them.
        Assert.Equal(first.UsedBytes, second.UsedBytes);
    }

    [Fact]
    public void Share_OfATrainedModel_OrForAnotherDevice_IsRefused()
    {
        using CpuBackend backend = new(1);
        using ReferenceBackend reference = new();
        using T5Model trained = T5Model.Random(TinyModels.Wide(gated: false), backend, seed: 1, trainable: true);
        using T5Model frozen = T5Model.Random(TinyModels.Wide(gated: false), backend, seed: 1);
        Assert.Contains(
            "expected a frozen model", Assert.Throws<InvalidOperationException>(() => trained.Share(backend)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "expected a back end of the same kind",
            Assert.Throws<ArgumentException>(() => frozen.Share(reference)).Message, StringComparison.Ordinal);
    }

    private static double[] Train(T5Model model)
    {
        using PromptSteps steps = new(model, rows: 7, seed: 82);
        int[][] sources = TinyModels.Tokens(model.Config, [61, 3, 44], seed: 83);
        int[][] targets = TinyModels.Tokens(model.Config, [4, 2, 7], seed: 84);
        List<double> numbers = [];
        for (int step = 0; step < 2; step++)
            steps.Run(sources, targets, (logits, loss, gradient) => numbers.AddRange([.. logits, loss, .. gradient]));
        return [.. numbers];
    }
}
