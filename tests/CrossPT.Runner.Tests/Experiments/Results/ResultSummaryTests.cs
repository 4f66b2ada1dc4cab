using System.Text;
using System.Text.Json;
using CrossPT.Prompting.Runs;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Consoles;
using CrossPT.Runner.Experiments.Results;

namespace CrossPT.Runner.Tests.Experiments.Results;

public sealed class ResultSummaryTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly WrittenRuns _runs;

    public ResultSummaryTests() => _runs = new WrittenRuns(_folder);

    public void Dispose() => _folder.Dispose();

    // PT is right on 6, 7, 8 of 10; SIL on one example more with each seed.
    private string WriteTwoVariants(string model = "tiny")
    {
        for (int seed = 1; seed <= 3; seed++)
        {
            foreach ((string variant, int more) in ((string, int)[])[("PT", 0), ("SIL", 1)])
            {
                int right = 5 + seed + more;
                _runs.Add($"variant={variant},seed={seed}", new() { ["variant"] = variant, ["seed"] = $"{seed}" }, new()
                {
                    ["rte"] = First(right), ["mrpc"] = First(right - 2),
                }, model);
            }
        }
        return _runs.Write("\"PT\"");
    }

    [Fact]
    public void Cells_AreMeanAndDeviationOverSeeds()
    {
        ResultSummary sut = ResultSummary.Of(ResultSet.Load([WriteTwoVariants()]));
        Assert.Equal(["PT", "SIL"], sut.Rows.Select(static row => row.Name));
        ResultCell rte = sut.Rows[0].Tasks["rte"];
        Assert.Equal((3, 0.7, 0.1), (rte.Count, Math.Round(rte.Mean, 12), Math.Round(rte.Deviation!.Value, 12)));
        Assert.Equal(0.6, sut.Rows[0].Average!.Mean, 12);
        Assert.InRange(rte.Interval!.Value.Low, 0.3, 0.6);
        Assert.InRange(rte.Interval!.Value.High, 0.8, 1);
        Assert.Equal(0.5, sut.MajorityOf("mrpc"));
        Assert.Equal("accuracy", sut.MetricOf("mrpc"));
        Assert.Equal(["rte", "mrpc"], sut.Tasks);
    }

    // Every pair differs by one example of ten, so the paired interval knows more than those of the two rows.
    [Fact]
    public void Differences_ArePaired()
    {
        ResultSummary sut = ResultSummary.Of(ResultSet.Load([WriteTwoVariants()]));
        Assert.True(sut.HasBaseline);
        Assert.True(sut.Rows[0].IsBaseline);
        Assert.Empty(sut.Rows[0].Differences);
        ResultCell difference = sut.Rows[1].Differences["rte"];
        Assert.Equal((3, 0.1), (difference.Count, Math.Round(difference.Mean, 12)));
        Assert.All(difference.Values, static one => Assert.Equal(0.1, one, 12));
        Interval paired = difference.Interval!.Value, own = sut.Rows[1].Tasks["rte"].Interval!.Value;
        Assert.InRange(paired.Low, 0, 0.1);
        Assert.True(paired.High - paired.Low < own.High - own.Low);
        Assert.Equal(0.1, sut.Rows[1].AverageDifference!.Mean, 12);
    }

    // Three seeds of accuracies a, b, c with all examples alike: the draws can only be means of three of them.
    [Fact]
    public void Interval_OverSeedsAlone_IsThatOfTheirMeans()
    {
        Interval interval = Resampling.IntervalOf([[0.0], [0.5], [1.0]])!.Value;
        Assert.Equal((0, 1), (interval.Low, interval.High));
        Assert.Null(Resampling.IntervalOf([[0.5]]));
        Assert.Null(Resampling.IntervalOf([]));
        Interval constant = Resampling.IntervalOf([[0.5], [0.5]])!.Value;
        Assert.Equal((0.5, 0.5), (constant.Low, constant.High));
    }

    // Of n examples with accuracy p, bootstrap means have the variance p(1 − p)/n.
    [Fact]
    public void Draws_OverExamples_HaveTheVarianceOfTheTextbook()
    {
        _runs.Add("a", new() { ["seed"] = "1" }, new() { ["rte"] = First(70, 100) });
        ResultSet set = ResultSet.Load([_runs.Write()]);
        double[] draws = new Resampling().Of(set.Runs[0], "rte")!;
        double mean = draws.Average(), variance = draws.Average(one => (one - mean) * (one - mean));
        Assert.Equal(0.7, mean, 2);
        Assert.InRange(variance, 0.8 * 0.0021, 1.2 * 0.0021);
        Assert.Same(new Resampling().Of(set.Runs[0], "wnli"), null);
    }

    [Fact]
    public void Counts_TellDivergedCollapsedFailedAndUnfinished()
    {
        bool[] even = [.. Enumerable.Range(0, 10).Select(static i => i % 2 == 0)];
        _runs.Add("s1", Seed(1), new() { ["rte"] = First(8) }).Add("s2", Seed(2), new() { ["rte"] = even })
            .AddFailure("s3", Seed(3), "diverged").AddFailure("s4", Seed(4), "memory", "no room")
            .AddWaiting("s5", Seed(5));
        ResultSummary sut = ResultSummary.Of(ResultSet.Load([_runs.Write()]));
        ResultRow row = Assert.Single(sut.Rows);
        Assert.Equal((2, 1, 1, 1, 1), (row.Finished, row.Diverged, row.Collapsed, row.Failed, row.Unfinished));
        Assert.Equal("2 of 5, 1 diverged, 1 collapsed, 1 failed, 1 unfinished", ResultText.Runs(row));
        Assert.Equal(0.65, row.Tasks["rte"].Mean, 12);
        Assert.Equal("no room", sut.Set.Runs[3].Message);
    }

    [Fact]
    public void BaselineOfSettings_NamesItsAxis()
    {
        foreach (string length in (string[])["5", "10"])
            _runs.Add(
                $"prompt.length={length},seed=1", new() { ["prompt.length"] = length, ["seed"] = "1" },
                new() { ["rte"] = First(length == "5" ? 5 : 8) });
        ResultSummary sut = ResultSummary.Of(ResultSet.Load([_runs.Write("{\"prompt.length\": 10}")]));
        Assert.Equal(-0.3, sut.Rows[0].Differences["rte"].Mean, 12);
        Assert.True(sut.Rows[1].IsBaseline);
        string[] lines = Written(sut).Split('\n');
        Assert.Contains("prompt.length", lines[0], StringComparison.Ordinal);
        Assert.Contains("50.0", lines[2], StringComparison.Ordinal);
        Assert.Contains("−30.0", lines[2], StringComparison.Ordinal);
        Assert.Contains("baseline", lines[3], StringComparison.Ordinal);
        Assert.StartsWith("majority baseline", lines[4], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("t5-base", true)]
    [InlineData("google-t5/t5-3b", true)]
    [InlineData("t5-v1_1-base", false)]
    [InlineData("my-t5-base", false)]
    [InlineData("mt5-base", false)]
    public void MultitaskBackbone_IsTold(string model, bool exposed)
    {
        ResultSummary sut = ResultSummary.Of(ResultSet.Load([WriteTwoVariants(model)]));
        Assert.Equal(
            exposed, Written(sut).Contains("rte, mrpc: pre-trained on this benchmark", StringComparison.Ordinal));
        Assert.True(
            BenchmarkExposure.Has(
                new ModelIdentity("a9723ea7f1b39c1eae772870f3b547bf6ef7e6c1", "/c/models--t5-base/snapshots/a97", "0"),
                "cola"));
        Assert.False(BenchmarkExposure.Has(new ModelIdentity("t5-base", "/t5-base", "0"), "imdb"));
    }

    // Two sweeps of equal settings: every run of the second against its own of the first.
    [Fact]
    public void Compare_PairsEqualSettings()
    {
        string first = WriteTwoVariants();
        using TempFolder other = new();
        WrittenRuns runs = new(other);
        for (int seed = 1; seed <= 3; seed++)
            runs.Add(
                $"b{seed}", new() { ["variant"] = "SIL", ["seed"] = $"{seed}" },
                new() { ["rte"] = First(9), ["mrpc"] = First(9) });
        ResultSummary sut = ResultSummary.Of(ResultSet.Compare(first, runs.Write(name: "small")));
        Assert.Equal(["small, PT", "small, SIL", "small (2), SIL"], sut.Rows.Select(static row => row.Name));
        Assert.Equal(
            [9 - 7, 9 - 8, 9 - 9],
            sut.Rows[2].Differences["rte"].Values.Select(static one => (int)Math.Round(10 * one)));
    }

    [Fact]
    public void RunFolders_AreLabelledByWhatTheyDifferIn()
    {
        foreach (string length in (string[])["4", "8"])
        {
            for (int seed = 1; seed <= 2; seed++)
                _runs.Add(
                    $"x{length}-{seed}", new() { ["prompt.length"] = length, ["seed"] = $"{seed}" },
                    new() { ["rte"] = First(5) });
        }
        string[] folders =
        [
            .. Directory.GetDirectories(Path.Combine(_runs.Sweep, "runs")).Order(StringComparer.Ordinal),
        ];
        ResultSet set = ResultSet.Load(folders);
        Assert.Equal(["prompt.length", "seed"], set.Axes.Select(static axis => axis.Name));
        Assert.Equal(["4", "8"], set.Axes[0].Values);
        Assert.Equal(2, ResultSummary.Of(set).Rows.Count);
        // The same folder twice is two runs, not one.
        Assert.Equal(2, ResultSummary.Of(ResultSet.Load([folders[0], folders[0]])).Rows.Count);
    }

    [Fact]
    public void RunsOfSeveralMethods_AreToldApartByTheMethod_AndWhatItDoesNotExplain()
    {
        string pt = TinyRun.Train(_folder, "pt"), moved = Path.Combine(_folder.FullName, "runs", "plain-1");
        Directory.CreateDirectory(Path.GetDirectoryName(moved)!);
        Directory.Move(pt, moved);
        string crossPt = Path.Combine(_folder.FullName, "runs", "cross-1");
        Directory.Move(TinyRun.Train(_folder, "crosspt"), crossPt);
        ResultSet set = ResultSet.Load([moved, crossPt]);
        Assert.Equal(["method"], set.Axes.Select(static axis => axis.Name));
        Assert.Equal(["pt", "crosspt"], set.Axes[0].Values);

        // A setting that one of them changed, and tasks, are named beside it.
        string longer = Path.Combine(_folder.FullName, "runs", "longer-2");
        Directory.Move(
            TinyRun.Train(_folder, "pt", "--set", "training.batch=2", "--set", "seed=2", "--set",
                "training.warmup=0.5", "--set", "training.clip=2", "--set", "tasks[0].shots=4", "--set",
                "tasks[1].shots=4"),
            longer);
        set = ResultSet.Load([moved, crossPt, longer]);
        Assert.Equal(
            ["method", "shots", "training.batch", "training.clip", "training.warmup"],
            set.Differences.Select(static one => one.Name).Order(StringComparer.Ordinal));
        Assert.Equal(["run", "seed"], set.Axes.Select(static axis => axis.Name));
        CliRun report = CliRun.Of(
            "report", Path.Combine(_folder.FullName, "runs"), "--out", Path.Combine(_folder.FullName, "r.html"));
        Assert.True(report.Code == 0, report.Error);
        Assert.Contains("The runs differ in method (crosspt / pt), ", report.Output, StringComparison.Ordinal);
        JsonElement json = CliRun.Of(
            "report", moved, crossPt, "--out", Path.Combine(_folder.FullName, "r.html"), "--json").Json;
        Assert.Equal("[\"pt\",\"crosspt\"]", json.GetProperty("differences").GetProperty("method").GetRawText());
        JsonElement row = json.GetProperty("rows")[1];
        Assert.Equal("crosspt", row.GetProperty("settings").GetProperty("method").GetString());
        Assert.Equal("accuracy", row.GetProperty("tasks").GetProperty("rte").GetProperty("metric").GetString());
        Assert.InRange(row.GetProperty("tasks").GetProperty("rte").GetProperty("value").GetDouble(), 0, 1);
        Assert.InRange(row.GetProperty("mean").GetProperty("interval")[1].GetDouble(), 0, 1);
        Assert.InRange(json.GetProperty("majority").GetProperty("mrpc").GetDouble(), 0.25, 1);
    }

    [Fact]
    public void BrokenFolders_AreNamed()
    {
        string sweep = WriteTwoVariants(), run = Path.Combine(sweep, "runs", "variant=PT,seed=1");
        string empty = Directory.CreateDirectory(Path.Combine(_folder.FullName, "empty")).FullName;
        Assert.Contains(
            "neither config.json nor sweep.json",
            Assert.Throws<IOException>(() => ResultSet.Load([empty])).Message, StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => ResultSet.Load([Path.Combine(_folder.FullName, "none")]));
        string metrics = Path.Combine(run, "metrics.json"), text = File.ReadAllText(metrics);
        File.WriteAllText(metrics, text.Replace("0.6", "0.9", StringComparison.Ordinal));
        Assert.Contains(
            "give accuracy 0.6, expected 0.9",
            Assert.Throws<IOException>(() => ResultSummary.Of(ResultSet.Load([sweep]))).Message,
            StringComparison.Ordinal);
        File.WriteAllText(metrics, "[1]");
        Assert.StartsWith(
            metrics, Assert.Throws<IOException>(() => ResultSet.Load([sweep])).Message, StringComparison.Ordinal);
        File.WriteAllText(metrics, text);
        foreach (string bad in (string[])[
            "{}",
            "{\"name\": \"x\", \"axes\": [], \"runs\": [{\"name\": \"a\", \"folder\": \"../elsewhere\", \"settings\": "
                + "{}}]}",
            "{\"name\": \"x\", \"axes\": [], \"runs\": [null]}",
            "{\"name\": \"x\", \"axes\": [null], \"runs\": []}",
            "{\"name\": \"x\", \"axes\": [{\"name\": \"a\", \"values\": [null]}], \"runs\": []}",
            "{\"name\": \"x\", \"axes\": [], \"runs\": [], \"baseline\": \"none\"}"])
        {
            File.WriteAllText(Path.Combine(sweep, "sweep.json"), bad);
            Assert.StartsWith(
                Path.Combine(sweep, "sweep.json"), Assert.Throws<IOException>(() => ResultSet.Load([sweep])).Message,
                StringComparison.Ordinal);
        }
    }

    // Matthews over drawn examples, and questions drawn whole.
    [Fact]
    public void Sample_MeasuresTheTasksOwnMetric()
    {
        bool[] right = [true, true, false, true, true, false];
        _runs.Add("cola", new() { ["seed"] = "1" }, new() { ["rte"] = right });
        ResultRun run = ResultSet.Load([_runs.Write()]).Runs[0];
        ExampleSample sample =
            ExampleSample.Of(CrossPT.Prompting.Tasks.BuiltInTasks.Find("rte")!, [.. run.Predictions["rte"]])!;
        Assert.Equal((6, 4.0 / 6), (sample.Units, sample.Whole));
        Assert.Equal(0.5, sample.Measure([0, 2]));
        SavedPrediction[] answers =
        [
            Row(0, "False", "False", "q1"), Row(1, "True", "False", "q1"), Row(2, "True", "True", "q2"),
            Row(3, "True", "True", "q3"),
        ];
        ExampleSample questions = ExampleSample.Of(CrossPT.Prompting.Tasks.BuiltInTasks.Find("multirc")!, answers)!;
        Assert.Equal(3, questions.Units);
        // f1a of True: q1 and q2 hold one found and one missed of two.
        Assert.Equal(2.0 / 3, questions.Measure([0, 1]), 12);
        Assert.Equal(1, questions.Measure([1, 1, 2]), 12);

        static SavedPrediction Row(int index, string target, string predicted, string group) =>
            new("multirc", index, "", target, predicted, 0) { Group = group };
    }

    private static string Written(ResultSummary summary)
    {
        using MemoryStream output = new();
        using StandardStreams streams = new(Stream.Null, output, TextWriter.Null);
        ResultTable.Write(new ConsoleOutput(streams, isQuiet: false), summary);
        streams.Flush();
        return Encoding.UTF8.GetString(output.ToArray());
    }

    private static Dictionary<string, string> Seed(int seed) => new() { ["seed"] = $"{seed}" };

    private static bool[] First(int right, int of = 10) => [.. Enumerable.Range(0, of).Select(i => i < right)];
}
