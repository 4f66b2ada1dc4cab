using System.Text.Json;
using CrossPT.Runner.Experiments.Results;
using CrossPT.Runner.Experiments.Sweeps;
using CrossPT.Runner.Hub.Transfer;

namespace CrossPT.Runner.Tests.Experiments.Sweeps;

public sealed class SweepCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Output => Path.Combine(_folder.FullName, "sweep");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EveryRun_IsWhatTrainMakesOfItsConfiguration_HoweverManyAtATime()
    {
        string grid = TinySweep.Write(_folder);
        string table = TinySweep.Run(grid, Output, "--jobs", "3");
        Assert.Contains("6 of 6 runs finished", table);
        string alone = Path.Combine(_folder.FullName, "alone");
        CliRun run = CliRun.Of(
            "train", Path.Combine(_folder.FullName, "base.json"), "--set", "training.learningRate.private=0.05",
            "--set", "seed=2", "--out", alone, "--threads", "1", "--quiet");
        Assert.True(run.Code == 0, run.Error);
        string same = Path.Combine(Output, "runs", "training.learningRate.private=0.05,seed=2");
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(alone, "prompts.safetensors")),
            File.ReadAllBytes(Path.Combine(same, "prompts.safetensors")));
        Assert.Equal(TinySweep.Losses(alone), TinySweep.Losses(same));

        string second = Path.Combine(_folder.FullName, "second");
        TinySweep.Run(grid, second, "--jobs", "1");
        Assert.Equal(TinySweep.Results(Output), TinySweep.Results(second));
        Assert.Equal(6, TinySweep.Results(second).Values.Distinct().Count());
    }

    [Fact]
    public void SweepJson_SaysWhatTheSweepIs()
    {
        string grid = TinySweep.Write(
            _folder,
            "\"title\": \"Rates\", \"baseline\": { \"training.learningRate.private\": 0.3 }, " + TinySweep.SixRuns);
        TinySweep.Run(grid, Output);
        JsonElement sweep = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Output, "sweep.json"))).RootElement;
        Assert.Equal(
            ("grid", "Rates", "base.json"),
            (sweep.GetProperty("name").GetString(), sweep.GetProperty("title").GetString(), sweep.GetProperty("grid")
                .GetProperty("configuration").GetString()));
        Assert.Equal("0.3", sweep.GetProperty("baseline").GetProperty("training.learningRate.private").GetString());
        Assert.Equal(
            ["0.3", "0.05"],
            sweep.GetProperty("axes")[0].GetProperty("values").EnumerateArray()
                .Select(static value => value.GetString()));
        JsonElement run = sweep.GetProperty("runs")[5];
        Assert.Equal("runs/training.learningRate.private=0.05,seed=3", run.GetProperty("folder").GetString());
        Assert.Equal("3", run.GetProperty("settings").GetProperty("seed").GetString());
        Assert.True(File.Exists(Path.Combine(Output, run.GetProperty("folder").GetString()!, "metrics.json")));
    }

    [Fact]
    public void Json_IsOneDocument()
    {
        CliRun run = CliRun.Of("sweep", TinySweep.Write(_folder), "--out", Output, "--json");
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(6, run.Json.GetProperty("finished").GetInt32());
        Assert.All(
            run.Json.GetProperty("runs").EnumerateArray(),
            static one => Assert.InRange(one.GetProperty("tasks").GetProperty("rte").GetDouble(), 0, 1));
        Assert.Contains("[6/6] ", run.Error);
        Assert.Contains("6 runs in ", run.Error);
    }

    [Fact]
    public void AFailedRun_IsWrittenDown_AndTheRestGoesOn()
    {
        // Every step takes the prompts a million times as far to the other side.
        string grid = TinySweep.Write(
            _folder,
            "\"variants\": [ { \"name\": \"well\" }, { \"name\": \"badly\", \"set\": { "
                + "\"training.learningRate.private\": 1e3, \"training.weightDecay\": 1e3, \"training.warmup\": 0 } } "
                + "], \"product\": { \"seed\": [1, 2] }");
        CliRun run = CliRun.Of("sweep", grid, "--out", Output, "--quiet");
        SortedDictionary<string, string> results = TinySweep.Results(Output);
        Assert.Equal(1, run.Code);
        Assert.Equal(["diverged", "diverged"], [results["badly,seed=1"], results["badly,seed=2"]]);
        Assert.Contains("2 of 4 runs finished, 2 failed", run.Output);
        Assert.Contains("FAILED badly,seed=1: ", run.Output);

        // What diverged would diverge again: it is left, and so is what is finished.
        string before = Marks();
        CliRun again = CliRun.Of("sweep", grid, "--out", Output, "--quiet", "--resume");
        Assert.Equal((1, before), (again.Code, Marks()));
    }

    [Fact]
    public void AFailureThatNeedNotComeAgain_IsTriedAgain()
    {
        string grid = TinySweep.Write(_folder);
        TinySweep.Run(grid, Output);
        string run = Path.Combine(Output, "runs", "training.learningRate.private=0.3,seed=1");
        SortedDictionary<string, string> before = TinySweep.Results(Output);
        Directory.Delete(run, recursive: true);
        new RunFailure(RunFailure.Memory, "out of memory", DateTimeOffset.UtcNow).Write(run);
        TinySweep.Run(grid, Output, "--resume");
        Assert.False(File.Exists(Path.Combine(run, "failure.json")));
        Assert.Equal(before, TinySweep.Results(Output));
    }

    [Fact]
    public void ASweepThatExists_IsGoneOnWithOnlyIfAsked()
    {
        string grid = TinySweep.Write(_folder);
        TinySweep.Run(grid, Output);
        CliRun.Of("sweep", grid, "--out", Output).AssertBadInput("the sweep folder exists already", "--resume");
        string marks = Marks();
        Assert.Equal(TinySweep.Run(grid, Output, "--resume"), TinySweep.Run(grid, Output, "--resume"));
        Assert.Equal(marks, Marks());
        // The folder says all: the grid is not needed.
        CliRun byFolder = CliRun.Of("sweep", Output, "--resume", "--quiet");
        Assert.Equal(0, byFolder.Code);
        CliRun.Of("sweep", Output).AssertBadInput("is a folder", "--resume");
    }

    [Fact]
    public void AChangedGrid_ListsWhatChanged_AndMoreRunsAreTaken()
    {
        TinySweep.Run(TinySweep.Write(_folder), Output);
        string marks = Marks();
        Resume(TinySweep.SixRuns, steps: 13)
            .AssertBadInput("6 of its 6 runs have other settings now", "training.steps is 13, was 12");
        Resume(TinySweep.SixRuns.Replace("[1, 2, 3]", "[1, 2]", StringComparison.Ordinal))
            .AssertBadInput("2 of its runs are in the grid no longer", "seed=3");
        CliRun more = Resume(TinySweep.SixRuns.Replace("[1, 2, 3]", "[1, 2, 3, 4]", StringComparison.Ordinal));
        Assert.True(more.Code == 0, more.Error);
        Assert.Contains("the grid has 2 more runs now", more.Error);
        Assert.Contains("8 of 8 runs finished", more.Output);
        Assert.StartsWith(marks.Split('\n')[0], Marks());

        CliRun Resume(string axes, int steps = 12) =>
            CliRun.Of("sweep", TinySweep.Write(_folder, axes, steps: steps), "--out", Output, "--resume");
    }

    [Fact]
    public void OtherWeightsInTheSameFolder_AreNotTakenForTheSameModel()
    {
        TinySweep.Run(TinySweep.Write(_folder, "\"product\": { \"seed\": [1, 2] }"), Output);
        string grid = TinySweep.Write(_folder, "\"product\": { \"seed\": [1, 2, 3] }");
        string weights = Path.Combine(_folder.FullName, "model", "model.safetensors");
        byte[] bytes = File.ReadAllBytes(weights), changed = [.. bytes];
        changed[^1] ^= 1;
        File.WriteAllBytes(weights, changed);
        CliRun run = CliRun.Of("sweep", grid, "--out", Output, "--resume", "--quiet");
        Assert.Equal(1, run.Code);
        Assert.Contains("2 of 3 runs finished, 1 failed", run.Output, StringComparison.Ordinal);
        Assert.Contains("expected one model for all of them, or another --out", run.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Output, "runs", "seed=3", "config.json")));
        File.WriteAllBytes(weights, bytes);
        Assert.Contains("3 of 3 runs finished", TinySweep.Run(grid, Output, "--resume"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"model\": [\"none\"]", "no such model folder", "network is off")]
    [InlineData("\"sources\": [[\"none.safetensors\"]]", "none.safetensors", "does not exist")]
    [InlineData("\"tasks[0].train\": [\"none.jsonl\"]", "none.jsonl", "no such file")]
    [InlineData("\"training.batch\": [1]", "1 examples for 2 tasks", "(run training.batch=1)")]
    public void WhatIsWrongWithARun_IsToldBeforeAnyBegins(string axis, string found, string expected)
    {
        CliRun.Of("sweep", TinySweep.Write(_folder, $"\"product\": {{ {axis} }}"), "--out", Output)
            .AssertBadInput(found, expected);
        Assert.False(Directory.Exists(Output));
    }

    [Theory]
    [InlineData("--slurm", "-p x", "--slurm: without effect")]
    [InlineData("--follow", "", "--follow: without effect")]
    [InlineData("--engine", "cloud", "expected one of local, slurm")]
    [InlineData("--jobs", "0", "expected an integer from 1")]
    public void OptionsThatDoNothing_AreRefused(string option, string value, string found)
    {
        string[] words = value.Length == 0 ? [option] : [option, value];
        CliRun.Of(["sweep", TinySweep.Write(_folder), "--out", Output, .. words]).AssertBadInput(found);
    }

    [Fact]
    public void DryRun_ListsRunsWithTimeAndMemory_AndWritesNothing()
    {
        string grid = TinySweep.Write(_folder, "\"product\": { \"prompt.length\": [2, 3], \"seed\": [1, 2] }");
        CliRun text = CliRun.Of("sweep", grid, "--out", Output, "--dry-run");
        Assert.True(text.Code == 0, text.Error);
        Assert.Contains("4 to do; 2 shapes measured", text.Output);
        Assert.False(Directory.Exists(Output));
        JsonElement json = CliRun.Of("sweep", grid, "--out", Output, "--dry-run", "--json", "--quiet").Json;
        Assert.All(
            json.GetProperty("runs").EnumerateArray(),
            static run =>
                Assert.True(
                    run.GetProperty("seconds").GetDouble() >= 0 && run.GetProperty("memory_mb").GetInt64() > 0));
        TinySweep.Run(grid, Output);
        Assert.Contains("0 to do; 0 shapes measured", CliRun.Of("sweep", grid, "--out", Output, "--dry-run").Output);
    }

    [Fact]
    public void ASweepAtWork_IsNotWorkedOnByAnother()
    {
        string grid = TinySweep.Write(_folder);
        TinySweep.Run(grid, Output);
        using FileLock held = FileLock.TryTake(Path.Combine(Output, "sweep.lock"))!;
        CliRun.Of("sweep", grid, "--out", Output, "--resume")
            .AssertBadInput("another crosspt is at work on this sweep");
    }

    [Fact]
    public void ARunThatAnotherProcessHas_IsLeftToIt()
    {
        string grid = TinySweep.Write(_folder);
        TinySweep.Run(grid, Output);
        string name = "training.learningRate.private=0.3,seed=2", run = Path.Combine(Output, "runs", name);
        Directory.Delete(run, recursive: true);
        using (FileLock.TryTake(Path.Combine(Output, "locks", $"{name}.lock")))
        {
            CliRun other = CliRun.Of("sweep", grid, "--out", Output, "--resume");
            Assert.Equal(1, other.Code);
            Assert.Contains("left to another process", other.Error);
            Assert.False(Directory.Exists(run));
            Assert.Equal(0, CliRun.Of("sweep", Output, "--run", name).Code);
            Assert.False(Directory.Exists(run));
        }
        Assert.Equal(0, CliRun.Of("sweep", Output, "--run", name).Code);
        Assert.True(File.Exists(Path.Combine(run, "metrics.json")));
        CliRun.Of("sweep", Output, "--run", "seed=2").AssertBadInput("has no run 'seed=2'", "expected one of its");
    }

    /// <summary>Every process that worked on a run, run by run.</summary>
    private string Marks() =>
        string.Join(
            '\n',
            Directory.GetFiles(Output, "attempts.jsonl", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(File.ReadAllText));
}
