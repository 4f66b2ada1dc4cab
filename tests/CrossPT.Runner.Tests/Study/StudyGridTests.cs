using System.Text.Json;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Runs;
using CrossPT.Runner.Experiments.Sweeps;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Runner.Tests.Study;

/// <summary>
/// The study's grids: every run of each is a configuration that is read, unlike every other, with the seeds and sizes
/// that the study says.
/// </summary>
public sealed class StudyGridTests
{
    private const int MostDemoRuns = 60;

    public static TheoryData<string> Grids =>
        [.. Enumerable.Range(1, 9)
            .SelectMany(static number => new[] { $"e{number}", $"demo/e{number}" }), "demo/trials"];

    public static TheoryData<string> DemoGrids =>
        [.. Enumerable.Range(1, 9).Select(static number => $"demo/e{number}")];

    [Theory]
    [MemberData(nameof(Grids))]
    public void Grid_IsReadRunByRun(string name)
    {
        SweepGrid grid = Read(name);
        SweepPlan plan = SweepPlan.Expand(grid);
        Assert.Equal(Path.GetFileName(name), plan.Name);
        Assert.False(string.IsNullOrEmpty(plan.Title));
        Assert.InRange(plan.About!.Length, 60, 600);
        bool isDemo = name.StartsWith("demo/", StringComparison.Ordinal), isTrials = name == "demo/trials";
        if (isDemo && !isTrials) Assert.InRange(plan.Runs.Count, 9, MostDemoRuns);
        RunConfiguration[] configurations = [.. plan.Runs.Select(static run => run.Configuration)];
        Assert.All(configurations, configuration => Assert.Equal(isDemo ? "demo" : "t5-base", configuration.ModelText));
        Assert.Equal(!isTrials, plan.Baseline is { Count: > 0 });
        // Rates were chosen on seeds, and on rows, that nothing is reported of.
        Assert.Equal(
            isTrials ? [101, 102] : [1, 2, 3],
            configurations.Select(static configuration => configuration.Seed).Distinct().Order());
        Assert.All(
            configurations,
            configuration => Assert.Equal(isTrials, configuration.Evaluation.Split == EvaluationSplit.Validation));
    }

    // What contradicts itself shows when prompts are built, not when a configuration is read.
    [Theory]
    [MemberData(nameof(DemoGrids))]
    public void DemoRuns_BuildTheirPrompts(string name)
    {
        using CpuBackend backend = new(1);
        using SharedModels models = new(backend);
        foreach (SweepRun run in SweepPlan.Expand(Read(name)).Runs.Where(static run => run.Configuration.Seed == 1)
            .DistinctBy(static run => run.Settings.GetValueOrDefault("variant", run.Name)))
        {
            RunConfiguration few = run.Configuration with { Tasks = [.. run.Configuration.Tasks.Take(1)] };
            using PreparedRun prepared = PreparedRun.Load(few, backend, models);
            using ComposedRun sut = prepared.ComposeForMeasuring();
            Assert.InRange(sut.TrainableNumbers, 1, 1_000_000);
        }
    }

    [Fact]
    public void SmallGrid_RunsToItsEnd_AndIsNotRunTwice()
    {
        using TempFolder folder = new();
        string output = Path.Combine(folder.FullName, "sweep");
        string grid = folder.Write("g.json", $$"""
            { "configuration": {{JsonSerializer.Serialize(RepositoryFolder.PathOf("examples/study/demo/base.json"))}},
              "variants": [ { "name": "PT", "set": { "method": "pt", "sources": null,
              "training.learningRate.router": null } }, { "name": "CrossPT",
              "set": { "evaluation.contribution": true } } ],
              "product": { "training.steps": [2], "eachTask.shots": [8], "evaluation.examples": [10], "seed": [1, 2] },
              "baseline": "PT" }
            """);
        CliRun first = CliRun.Of("sweep", grid, "--out", output, "--jobs", "1", "--threads", "1");
        Assert.True(first.Code == 0, first.Error);
        string[] runs = Directory.GetDirectories(Path.Combine(output, "runs"));
        Assert.Equal(4, runs.Length);
        Assert.All(runs, static run => Assert.True(RunFolder.IsFinished(run)));
        Assert.Equal(2, runs.Count(static run => File.Exists(Path.Combine(run, RunFolder.ContributionName))));
        DateTime[] written =
        [
            .. runs.Select(static run => File.GetLastWriteTimeUtc(Path.Combine(run, RunFolder.MetricsName))),
        ];
        CliRun second = CliRun.Of("sweep", grid, "--out", output, "--jobs", "1", "--threads", "1", "--resume");
        Assert.True(second.Code == 0, second.Error);
        Assert.Equal(
            written, runs.Select(static run => File.GetLastWriteTimeUtc(Path.Combine(run, RunFolder.MetricsName))));
    }

    private static SweepGrid Read(string name) =>
        SweepGrid.Load(RepositoryFolder.PathOf($"examples/study/{name}.json"));
}
