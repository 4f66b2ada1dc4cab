using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Prompting.Tracking;
using CrossPT.Tensors.Cpu;
using CrossPT.TestKit;

namespace CrossPT.Prompting.Tests.Runs;

/// <summary>
/// What a run leaves beside its metrics: predictions, what parts are worth, the router in the course of training,
/// TensorBoard's file.
/// </summary>
public sealed class SavedEvaluationTests : IDisposable
{
    private const string Settings =
        "\"training\": { \"steps\": 6, \"batch\": 6, \"evaluateEvery\": 2 }, \"evaluation\": { \"examples\": 9, "
            + "\"batch\": 4, \"contribution\": true }";

    private readonly TempFolder _folder = new();
    private readonly CpuBackend _backend = new(1);

    public void Dispose()
    {
        _backend.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Files_HoldWhatWasMeasured()
    {
        RunConfiguration configuration =
            RunConfiguration.Load(TinyModel.WriteRun(_folder, _backend, Settings)) with { Out = _folder.PathOf("run") };
        using PreparedRun prepared = PreparedRun.Load(configuration, _backend);
        RunFolder saved = RunFolder.Create(configuration.OutFolder);
        using ComposedRun run = prepared.Compose(saved);
        prepared.SaveRecord(saved, run.Prompts.Length);
        run.Train(saved);
        run.SavePrompts(saved);
        IReadOnlyList<TaskEvaluation> evaluations = run.Evaluate();
        run.SaveEvaluation(saved, 6, evaluations);
        // As when it is killed before the metrics and goes on.
        run.SaveEvaluation(saved, 6, evaluations);

        SavedPrediction[] predictions = [.. PredictionsFile.Read(saved.PathOf(RunFolder.PredictionsName))];
        for (int task = 0; task < evaluations.Count; task++)
        {
            SavedPrediction[] own = [.. predictions.Where(one => one.Task == evaluations[task].Task.Name)];
            Assert.Equal(Enumerable.Range(0, evaluations[task].Actual.Count), own.Select(static one => one.Index));
            Assert.Equal(evaluations[task].Metrics[0].Value, own.Average(static one => one.Score), 12);
            Assert.All(own, one => Assert.Equal(one.Score == 1, one.Target == one.Predicted));
            Assert.All(own, one => Assert.Equal(
                one.Predicted, one.Scores!.MaxBy(static score => score.Value).Key));
            Assert.All(own, static one => Assert.Equal(1, one.Scores!.Sum(static score => score.Value), 5));
        }

        PromptMethod graph = Assert.IsAssignableFrom<PromptMethod>(run.Prompts);
        IReadOnlyDictionary<string, TaskContribution> byTask =
            TaskContribution.Read(saved.PathOf(RunFolder.ContributionName));
        IEnumerable<TaskContribution> contributions = byTask.Values;
        Assert.Equal(evaluations.Select(static one => (one.Task.Name, one.Metrics[0].Value)),
            byTask.Select(static one => (one.Key, one.Value.Whole)));
        for (int source = 0; source < graph.Sources.Count; source++)
        {
            IReadOnlyList<TaskEvaluation> without =
                run.Evaluate(new PromptMask { WithoutSources = new HashSet<string> { graph.Sources[source] } });
            Assert.Equal(without.Select(static one => one.Metrics[0].Value),
                contributions.Select(one => one.WithoutSource[graph.Sources[source]]));
        }
        IReadOnlyList<TaskEvaluation> sources = run.Evaluate(new PromptMask { WithoutPrivate = true }),
            own2 = run.Evaluate(new PromptMask { WithoutSources = graph.Sources.ToHashSet() });
        Assert.Equal(sources.Select(static one => (double?)one.Metrics[0].Value),
            contributions.Select(static one => one.WithoutPrivate));
        Assert.Equal(sources.Select(static one => (double?)one.Metrics[0].Value),
            contributions.Select(static one => one.OnlySources));
        Assert.Equal(own2.Select(static one => (double?)one.Metrics[0].Value),
            contributions.Select(static one => one.OnlyPrivate));

        IReadOnlyList<RouterMoment> moments = RouterHistory.Read(saved.PathOf(RunFolder.RouterHistoryName));
        Assert.Equal([0, 2, 4, 6], moments.Select(static one => one.Step));
        Assert.Equal(graph.Router!.Weights[0], moments[^1].Weights["rte"].Values);
        Assert.NotEqual(moments[0].Weights["rte"].Values, moments[^1].Weights["rte"].Values);

        IReadOnlyList<TensorBoardPoint> events = TensorBoardFolder.Read(saved.FullPath);
        Assert.Equal([1L, 2, 3, 4, 5, 6], Steps("loss"));
        Assert.Equal([1L, 2, 3, 4, 5, 6], Steps("learning_rate/private"));
        Assert.Equal([2L, 4, 6], Steps("validation/score"));
        Assert.Equal([0L, 2, 4, 6], Steps($"router/rte/{graph.Sources[0]}"));
        Assert.Equal([6L], Steps("test/rte/accuracy"));

        long[] Steps(string tag) => [.. events.Where(one => one.Tag == tag).Select(static one => one.Step)];
    }

    [Fact]
    public void Contribution_WithoutAPrompt_IsRefused()
    {
        string path = _folder.Write("full.json",
            "{ \"model\": \"m\", \"method\": \"full\", \"tasks\": [ { \"name\": \"rte\" } ],\n  \"evaluation\": { "
                + "\"contribution\": true } }");
        Assert.Contains("evaluation.contribution: found true, expected false, for the method \"full\" has no prompt",
            Assert.Throws<ConfigurationException>(() => RunConfiguration.Load(path)).Message, StringComparison.Ordinal);
    }
}
