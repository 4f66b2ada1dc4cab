using CrossPT.Autograd;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;
using CrossPT.Tensors.Reference;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Tests.Routing;

public sealed class SourceTrialsTests
{
    private static readonly TrainingTask[] s_tasks =
    [
        new("x", [Example([5, 9, 1], [8, 1]), Example([21, 1], [9, 10, 1]), Example([3, 3, 1], [8, 1])]),
        new("y", [Example([7, 1], [11, 1]), Example([4, 1], [12, 1])]),
    ];

    private static readonly TrainingSettings s_settings = new()
    {
        Steps = 10, Batch = 2, Batching = Batching.Together, Dropout = 0, Warmup = 0.1,
        LearningRates = new LearningRates { Private = 0.3 },
    };

    [Fact]
    public void Run_TriesTheSourcesOfLeastLossTheirBestMixtureAndNone_AndTakesTheLeastTrainingLoss()
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Random(TinyModel.Config, backend, seed: 5);
        PromptPlan plan = PlanOf(model, s_tasks);
        SourceEvidence evidence = SourceEvidence.Measure(model, plan.Sources, s_tasks, 2);
        SourceTrials sut = SourceTrials.Run(plan, evidence, s_tasks, s_settings);
        // Five candidates of two tasks, three steps of two examples; six mixtures of two sources.
        Assert.Equal(5 * 2 * 3 * 2, sut.Rows);
        Assert.Equal(6 * (3 + 2), sut.ForwardRows);
        for (int task = 0; task < 2; task++)
        {
            string[] names = [.. plan.Sources.Select(static source => source.Name)];
            string worst = names[Array.IndexOf(evidence.Losses[task], evidence.Losses[task].Max())];
            string mixture = BestMixture(model, plan, s_tasks[task]);
            Assert.Equal(
                names.Except([worst]).Append(mixture).Append("none").Order(),
                sut.Losses[task].Select(static one => one.Candidate).Order());
            string taken = sut.Losses[task].MinBy(static one => one.Loss).Candidate;
            string[] parts = taken.Split(" + ");
            Assert.Equal(
                names.Append("none").Select(name => parts.Contains(name) ? 1.0 / parts.Length : 0), sut.Weights[task]);
            Assert.Equal(Math.Log(1.0 / parts.Length), sut.Logits[task].Max(), 12);
            Assert.Equal(Math.Log(1e-4), sut.Logits[task].Min(), 12);
            // Behind sources the private prompt starts at zero.
            Assert.Equal(taken == "none", sut.Starts[task].RootMeanSquare > 0);
        }
    }

    // A mixture that answers better than any source is found, and is where the training starts.
    [Fact]
    public void Run_TakesAMixture_WhereItsTrialIsBest()
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Random(TinyModel.Config, backend, seed: 5);
        TrainingSettings still = s_settings with { LearningRates = new LearningRates { Private = 1e-12 } };
        PromptPlan plan = PlanOf(model, [s_tasks[1]]);
        // The best of many random prompts, which is only to be had as the middle of two others.
        SourcePrompt[] random =
        [
            .. Enumerable.Range(0, 60).Select(static i => TinyModel.Source($"{i}", 3, 2, (ulong)i)),
        ];
        SourceEvidence many = SourceEvidence.Measure(model, random, [s_tasks[1]], 2);
        float[] good = random[many.Best[0]].Rows.ToArray();
        float[] far = [.. Enumerable.Range(0, 48).Select(static i => i % 5 * 4f)];
        plan = plan with
        {
            Sources =
            [
                new SourcePrompt("up", [.. good.Zip(far, static (x, y) => x + y)], 16),
                new SourcePrompt("down", [.. good.Zip(far, static (x, y) => x - y)], 16),
            ],
        };
        SourceEvidence evidence = SourceEvidence.Measure(model, plan.Sources, [s_tasks[1]], 2);
        SourceTrials sut = SourceTrials.Run(plan, evidence, [s_tasks[1]], still);
        Assert.Equal("up + down", sut.Losses[0].MinBy(static one => one.Loss).Candidate);
        Assert.Equal([0.5, 0.5, 0], sut.Weights[0]);
        using PromptMethod method = PromptMethod.Create(sut.Plan(plan));
        using TargetPrompts target = TargetPrompts.Collapse(method, backend);
        for (int i = 0; i < 48; i++) Assert.Equal(good[i], target[0].ToSingles()[i], 1e-2f);
    }

    [Fact]
    public void Run_OfATask_DoesNotDependOnTheOthers()
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Random(TinyModel.Config, backend, seed: 5);
        SourceTrials both = Run(s_tasks), alone = Run([s_tasks[1]]);
        Assert.Equal(both.Weights[1], alone.Weights[0]);
        for (int i = 0; i < 5; i++) Assert.Equal(both.Losses[1][i].Loss, alone.Losses[0][i].Loss, 1e-9);

        SourceTrials Run(TrainingTask[] tasks)
        {
            PromptPlan plan = PlanOf(model, tasks);
            return SourceTrials.Run(plan, SourceEvidence.Measure(model, plan.Sources, tasks, 2), tasks, s_settings);
        }
    }

    [Fact]
    public void Mixed_GivesEachCandidateItsTasksShareOfABatch()
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Random(TinyModel.Config, backend, seed: 5);
        PromptPlan plan = PlanOf(model, s_tasks);
        SourceEvidence evidence = SourceEvidence.Measure(model, plan.Sources, s_tasks, 2);
        TrainingSettings mixed = s_settings with { Batching = Batching.Mixed, Batch = 3 };
        Assert.Equal(5 * 2 * 3 * 2, SourceTrials.Run(plan, evidence, s_tasks, mixed).Rows);
    }

    [Fact]
    public void Plan_ComposesToTheCandidatesTaken()
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Random(TinyModel.Config, backend, seed: 5);
        PromptPlan plan = PlanOf(model, s_tasks);
        float[] own = [.. Enumerable.Range(0, 48).Select(static i => (i - 24) / 24f)];
        SourceTrials sut = new(
            [[0, 1, 0, 0, 0], [0, 0, 0, 0, 1]],
            [new SourcePrompt("x", new float[48], 16), new SourcePrompt("y", own, 16)], [], 0, 0);
        using PromptMethod method = PromptMethod.Create(sut.Plan(plan));
        Assert.Equal(["a", "b", "c", "d", "none"], method.Sources);
        using TargetPrompts target = TargetPrompts.Collapse(method, backend);
        float[] source = plan.Sources[1].Rows.ToArray();
        for (int i = 0; i < 48; i++)
        {
            // Weights in place of 0 are a ten-thousandth.
            Assert.Equal(source[i], target[0].ToSingles()[i], 1e-2f);
            Assert.Equal(own[i], target[1].ToSingles()[i], 1e-2f);
        }
    }

    [Fact]
    public void Run_StopsWhenAsked()
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Random(TinyModel.Config, backend, seed: 5);
        PromptPlan plan = PlanOf(model, s_tasks);
        SourceEvidence evidence = SourceEvidence.Measure(model, plan.Sources, s_tasks, 2);
        Assert.Throws<OperationCanceledException>(
            () => SourceTrials.Run(
                plan, evidence, s_tasks, s_settings, cancellation: new CancellationToken(canceled: true)));
    }

    /// <summary>Of the mixtures of two sources, the one with the least loss.</summary>
    private static string BestMixture(T5Model model, PromptPlan plan, TrainingTask task)
    {
        SourcePrompt[] mixtures =
        [
            .. from first in plan.Sources
               from second in plan.Sources
               where first != second
               select new SourcePrompt(
                   $"{first.Name} + {second.Name}",
                   [.. first.Rows.ToArray().Zip(second.Rows.ToArray(), static (x, y) => (x / 2) + (y / 2))], 16),
        ];
        SourceEvidence all = SourceEvidence.Measure(model, mixtures, [task], 2);
        double[] single = SourceEvidence.Measure(model, plan.Sources, [task], 2).Losses[0];
        // The one of less loss is named first.
        string[] parts = mixtures[all.Best[0]].Name.Split(" + ");
        return string.Join(
            " + ", parts.OrderBy(name => single[plan.Sources.ToList().FindIndex(one => one.Name == name)]));
    }

    private static PromptPlan PlanOf(T5Model model, TrainingTask[] tasks) => new()
    {
        Router = new RouterSettings { Start = RouterStart.Trials },
        Prompt = new PromptSettings { Sources = new SourceSettings { Scale = SourceScale.None } },
        Model = model,
        Tasks = [.. tasks.Select(static task => task.Name)],
        Sources =
        [
            TinyModel.Source("a", 3, 1, 1), TinyModel.Source("b", 3, 2, 2), TinyModel.Source("c", 3, 1, 3),
            TinyModel.Source("d", 3, 9, 4),
        ],
        Seed = 3,
    };

    private static EncodedExample Example(int[] source, int[] target) => new(source, target, 0);
}
