using CrossPT.Prompting.Tests.Kit;
using CrossPT.Prompting.Training;

namespace CrossPT.Prompting.Tests.Training;

public sealed class BatchingTests
{
    [Theory]
    [InlineData(0, ClipScope.Group)]
    [InlineData(0, ClipScope.Global)]
    public void Together_IsPerTask_ButForRounding(double dropout, ClipScope scope)
    {
        (double[] losses, float[][] numbers) = Train(Batching.PerTask, dropout, scope);
        (double[] together, float[][] same) = Train(Batching.Together, dropout, scope);
        (double[] mixed, _) = Train(Batching.Mixed, dropout, scope);
        for (int step = 0; step < losses.Length; step++) Assert.Equal(losses[step], together[step], 1e-5);
        for (int i = 0; i < numbers.Length; i++)
        {
            for (int j = 0; j < numbers[i].Length; j++) Assert.Equal(numbers[i][j], same[i][j], 1e-4);
        }
        // That says something: other batches have other losses, and training has moved the numbers by more than that.
        Assert.True(Math.Abs(losses[2] - mixed[2]) > 1e-4, $"{losses[2]} and {mixed[2]}");
        Assert.True(Math.Abs(losses[2] - losses[0]) > 1e-4, $"{losses[0]} to {losses[2]}");
    }

    private static (double[] Losses, float[][] Numbers) Train(Batching batching, double dropout, ClipScope scope)
    {
        TrainingSettings settings = new()
        {
            Steps = 3,
            Batch = 4,
            Warmup = 0,
            Dropout = dropout,
            Batching = batching,
            ClipScope = scope,
        };
        using TinyTraining sut = new(settings.Resolve(new()), dropoutRate: dropout);
        double[] losses = [.. Enumerable.Range(0, 3).Select(_ => sut.Trainer.Step().Loss)];
        return (losses, sut.Numbers);
    }
}
