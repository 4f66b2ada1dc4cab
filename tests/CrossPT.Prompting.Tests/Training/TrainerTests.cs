using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Prompting.Tests.Training;

public sealed class TrainerTests
{
    [Fact]
    public void Training_LowersTheLoss_WithoutGrowing()
    {
        using TempFolder folder = new();
        using CpuBackend backend = new(1);
        using PreparedRun prepared = Prepare(
            folder, backend, "\"training\": { \"steps\": 100, \"batch\": 8, \"dropout\": 0 }");
        using ComposedRun run = prepared.Compose();
        TrainingOutcome outcome = run.Train();
        IReadOnlyList<TrainingStep> steps = outcome.Steps;
        RunMetrics result = new(outcome, [], run.Budget, null);
        // Labels of a dozen single letters before a random model 16 wide: there is not more to win.
        Assert.True(result.LastLoss < 0.96 * result.FirstLoss, $"{result.FirstLoss} to {result.LastLoss}");
        // The model keeps its position bias for the longest example so far, a few hundred bytes; a step left behind
        // would be a hundred kilobytes.
        Assert.All(steps, step => Assert.InRange(step.UsedBytes!.Value - steps[0].UsedBytes!.Value, 0, 8192));
        // Warm-up from 0 over a fifth, down from there.
        Assert.Equal(0, steps[0].LearningRates[ParameterRole.Private]);
        Assert.Equal(0.3, steps[20].LearningRates[ParameterRole.Private], 12);
        Assert.Equal(0.1, steps[20].LearningRates[ParameterRole.Router], 12);
        Assert.Contains(((PromptMethod)run.Prompts).Router!.Weights[0], static weight => Math.Abs(weight - 0.5) > 1e-3);
    }

    [Fact]
    public void Training_IsOfTheSeed()
    {
        Assert.Equal(Losses(1), Losses(1));
        Assert.NotEqual(Losses(1), Losses(2));

        static double[] Losses(int seed)
        {
            using TempFolder folder = new();
            using CpuBackend backend = new(2);
            using PreparedRun prepared = Prepare(
                folder, backend, $"\"seed\": {seed}, \"training\": {{ \"steps\": 5, \"batch\": 4 }}");
            using ComposedRun run = prepared.Compose();
            return [.. run.Train().Steps.Select(static step => step.Loss)];
        }
    }

    [Fact]
    public void Divergence_NamesTheStep_AndKeepsThePrompts()
    {
        using TempFolder folder = new();
        using CpuBackend backend = new(1);
        using PreparedRun prepared = Prepare(
            folder, backend, "\"training\": { \"steps\": 8, \"batch\": 4, \"warmup\": 0 }");
        using ComposedRun run = prepared.Compose();
        float[] good = [];
        Steps listener = new(step =>
        {
            if (step.Number == 2) good = TinyTraining.Value(run.Prompts, ParameterRole.Private).ToSingles();
            // As if the third update had gone wrong.
            if (step.Number == 3)
                backend.Elementwise.Fill(TinyTraining.Value(run.Prompts, ParameterRole.Private), double.NaN);
        });
        TrainingDivergedException error =
            Assert.Throws<TrainingDivergedException>(() => run.Train(listener: listener));
        Assert.Equal(4, error.Step);
        Assert.Contains("step 4: the loss is NaN", error.Message, StringComparison.Ordinal);
        // The third step's loss was finite, with the values that the second update left.
        Assert.Equal(good, TinyTraining.Value(run.Prompts, ParameterRole.Private).ToSingles());
    }

    private static PreparedRun Prepare(TempFolder folder, IBackend backend, string settings)
    {
        string path = TinyModel.WriteRun(folder, backend, settings);
        return PreparedRun.Load(RunConfiguration.Load(path, "router.start=zero"), backend);
    }

    private sealed class Steps(Action<TrainingStep> stepped) : IRunListener
    {
        public void Stepped(TrainingStep step) => stepped(step);
    }
}
