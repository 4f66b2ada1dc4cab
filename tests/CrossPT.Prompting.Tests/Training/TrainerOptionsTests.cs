using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Tests.Training;

public sealed class TrainerOptionsTests
{
    // Every number of a task's own, after several updates under dropout, to the last bit; the router's row included,
    // for it is clipped by itself.
    [Theory]
    [InlineData(1.0)]
    [InlineData(1e-3)]
    public void PerTask_EveryTask_TrainsAsItWouldAlone(double clip)
    {
        TrainingSettings settings = new()
        {
            Steps = 6,
            Batch = 3,
            Warmup = 0,
            Batching = Batching.PerTask,
            Clip = clip,
        };
        using TinyTraining both = new(settings);
        List<TrainingStep> steps = Run(both);
        foreach ((string name, int task) in (ReadOnlySpan<(string, int)>)[("rte", 0), ("mrpc", 1)])
        {
            // Alone, mixed batches are its own too.
            using TinyTraining alone = new(settings with { Batching = Batching.Mixed }, tasks: [name]);
            List<TrainingStep> own = Run(alone);
            Assert.Equal(
                own.Select(static one => one.Loss),
                steps.Select(one => one.TaskLosses[name]).Select(static loss => loss), new Close());
            Assert.Equal(alone.Numbers[0], both.Numbers[task]);
            Assert.Equal(
                TinyTraining.Value(alone.Prompts, ParameterRole.Router).ToSingles(),
                TinyTraining.Value(both.Prompts, ParameterRole.Router).ToSingles()[(2 * task)..((2 * task) + 2)]);
        }
        Assert.All(steps, static one => Assert.Equal(one.TaskLosses.Values.Average(), one.Loss, tolerance: 5e-6));
    }

    [Fact]
    public void Mixed_TaskLosses_AreMeansOverTheirTokens()
    {
        using TinyTraining sut = new(new TrainingSettings { Steps = 3, Batch = 5 });
        TrainingStep step = sut.Trainer.Step();
        Assert.Equal(["rte", "mrpc"], step.TaskLosses.Keys);
        Assert.InRange(step.Loss, step.TaskLosses.Values.Min() - 1e-6, step.TaskLosses.Values.Max() + 1e-6);
        Assert.NotEqual(step.TaskLosses["rte"], step.TaskLosses["mrpc"]);
    }

    [Fact]
    public void Dropout_NullIsTheModels_AndANumberItsOwn()
    {
        TrainingSettings settings = new() { Steps = 3, Batch = 4, Warmup = 0 };
        float[][] model = Numbers(settings), none = Numbers(settings with { Dropout = 0 });
        Assert.Equal(model, Numbers(settings with { Dropout = 0.1 }));
        Assert.Equal(model, Numbers(settings, threads: 2));
        Assert.NotEqual(model, Numbers(settings with { Dropout = 0.2 }));
        Assert.NotEqual(model, none);
        Assert.Equal(none, Numbers(settings, dropoutRate: 0));
        Assert.Throws<ArgumentException>(() => Numbers(settings with { Dropout = 1 }));

        static float[][] Numbers(TrainingSettings settings, int threads = 1, double dropoutRate = 0.1)
        {
            using TinyTraining training = new(settings, threads: threads, dropoutRate: dropoutRate);
            Run(training);
            return training.Numbers;
        }
    }

    [Fact]
    public void LearningRates_LeftOpen_AreOfTheForm()
    {
        PromptSettings prompt = new()
        {
            Private = new PrivateSettings { Form = new FormSettings { Form = PromptForm.ResidualMlp } },
            Sources = new SourceSettings { Form = new FormSettings { Form = PromptForm.LowRank } },
            Target = new PrivateSettings { Form = new FormSettings { Form = PromptForm.Mlp } },
        };
        TrainingSettings sut = new TrainingSettings { LearningRates = new LearningRates { Source = 0.7 } }
            .Resolve(prompt);
        Assert.Equal(
            [0.7, 0.05, 0.05, 0.1, 0.001, 0.0001],
            ((ParameterRole[])[
                ParameterRole.Source, ParameterRole.Private, ParameterRole.Target, ParameterRole.Router,
                ParameterRole.Update, ParameterRole.Model]).Select(sut.LearningRate));
        Assert.Equal(
            0.3, new TrainingSettings().Resolve(prompt with { Private = new PrivateSettings() }).LearningRates.Private);
        Assert.Equal(0.3, TrainingSettings.DefaultLearningRate(ParameterRole.Source, PromptForm.LowRank));
    }

    [Fact]
    public void EarlyEnd_AfterEvaluationsWithoutABetterOne_KeepsTheBest()
    {
        TrainingSettings settings = new()
        {
            Steps = 20,
            Batch = 4,
            EvaluateEvery = 2,
            Patience = 3,
            Selection = PromptSelection.Best,
        };
        using TinyTraining sut = new(settings);
        Dictionary<int, float[][]> seen = [];
        List<TrainingEvaluation> evaluations = [];
        sut.Trainer.Run(new TrainingHooks
        {
            Evaluate = _ =>
            {
                seen[sut.Trainer.StepCount] = sut.Numbers;
                return sut.Trainer.StepCount switch { 2 => 0.5, 4 => 0.7, 6 => 0.7, 8 => double.NaN, _ => 0.6 };
            },
            Evaluated = evaluations.Add,
        });
        Assert.Equal(10, sut.Trainer.StepCount);
        Assert.Equal([true, true, false, false, false], evaluations.Select(static one => one.IsBest));
        Assert.Equal((4, 0.7), sut.Trainer.Best);
        Assert.Equal(seen[4], sut.Numbers);
        Assert.NotEqual(seen[10], sut.Numbers);
    }

    [Fact]
    public void Evaluations_NobodyMakes_AreRefused()
    {
        using TinyTraining sut = new(new TrainingSettings { EvaluateEvery = 2, Batch = 2 });
        Assert.Throws<ArgumentException>(() => sut.Trainer.Run(new TrainingHooks()));
        Assert.Throws<ArgumentException>(() => new TinyTraining(new TrainingSettings { Patience = 2, Batch = 2 }));
    }

    [Fact]
    public void ClipGlobal_IsAnother_AndEveryGroupByItselfLeavesSmallOnes()
    {
        TrainingSettings settings = new()
        {
            Steps = 4,
            Batch = 4,
            Warmup = 0,
            Clip = 1e-3,
            Optimizer = OptimizerKind.Adafactor,
        };
        Assert.NotEqual(Run(settings), Run(settings with { ClipScope = ClipScope.Global }));
        Assert.NotEqual(Run(settings), Run(settings with { Optimizer = OptimizerKind.AdamW }));

        static float[][] Run(TrainingSettings settings)
        {
            using TinyTraining training = new(settings);
            TrainerOptionsTests.Run(training);
            return training.Numbers;
        }
    }

    [Fact]
    public void Estimate_LeavesEverything_AndKnowsTheLongestBatch()
    {
        TrainingSettings settings = new() { Steps = 6, Batch = 4, Warmup = 0 };
        using TinyTraining sut = new(settings), other = new(settings);
        sut.Trainer.Step();
        other.Trainer.Step();
        TrainingEstimate estimate = sut.Trainer.Estimate();
        Assert.Equal(other.Numbers, sut.Numbers);
        List<TrainingStep> steps = Run(other);
        List<TrainingStep> own = Run(sut);
        Assert.Equal(steps.Select(static one => one.Loss), own.Select(static one => one.Loss));
        Assert.Equal(other.Numbers, sut.Numbers);
        Assert.True(estimate.LongestTokens >= steps.Max(static one => one.Tokens));
        Assert.InRange(estimate.SecondsPerStep, 1e-6, estimate.LongestStepSeconds);
        Assert.Equal(6 * estimate.SecondsPerStep, estimate.TotalSeconds, 9);
        Assert.True(estimate.PeakBytes > estimate.ReservedBytes);
    }

    // Batches of every length up to the longest, which comes first: nothing grows any more.
    [Fact]
    public void Memory_After300Steps_IsThatAfterTheFirst()
    {
        using TinyTraining sut = new(new TrainingSettings { Steps = 302, Batch = 8 });
        sut.Trainer.Estimate();
        TrainingStep first = sut.Trainer.Step(), last = first;
        while (!sut.Trainer.IsDone) last = sut.Trainer.Step();
        Assert.Equal((first.ReservedBytes, first.UsedBytes), (last.ReservedBytes, last.UsedBytes));
    }

    private static List<TrainingStep> Run(TinyTraining training)
    {
        List<TrainingStep> steps = [];
        training.Trainer.Run(new TrainingHooks { Progress = steps.Add });
        return steps;
    }

    private sealed class Close : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) < 1e-5;

        public int GetHashCode(double value) => 0;
    }
}
