using System.Text.Json;

namespace CrossPT.Runner.Tests.Experiments.Sweeps;

/// <summary>
/// The engine against programs that play Slurm's part, also badly. Against Slurm itself:
/// <see cref="SlurmClusterTests"/>.
/// </summary>
public sealed class SlurmEngineTests : IDisposable
{
    private const string FiveRuns = "\"product\": { \"seed\": [1, 2, 3, 4, 5] }";

    private readonly TempFolder _folder = new();
    private readonly SlurmFakes _slurm;

    public SlurmEngineTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Slurm does not run on Windows.");
        _slurm = new SlurmFakes(_folder);
    }

    private string Output => Path.Combine(_folder.FullName, "sweep");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Elements_AreSplitAtTheClustersLimit_AndComeToWhatTheLocalEngineDoes()
    {
        string grid = TinySweep.Write(_folder, "\"product\": { \"seed\": [1, 2, 3] }");
        string local = Path.Combine(_folder.FullName, "local");
        _slurm.Write("scontrol", "echo 'Configuration data as of now'; echo 'MaxArraySize            = 2'");
        CliRun run = Sweep(grid, "--slurm", "-p short --comment='two words'", "--jobs", "1", "--follow");
        Assert.True(run.Code == 0, run.Error);
        TinySweep.Run(grid, local);
        Assert.Equal(TinySweep.Results(local), TinySweep.Results(Output));
        Assert.Equal(
            ["0-0%1", "0-1%1"],
            Directory.GetFiles(Path.Combine(Output, "slurm"), "*.sh").Select(ArrayOf).Order(StringComparer.Ordinal));
        Assert.Contains("[-p]\n[short]\n[--comment=two words]\n", _slurm.Words);
        Assert.Contains("3 of 3 runs finished", run.Output);
        // Every run once, each by the element that it was.
        string[] jobs = [.. Directory.GetFiles(Output, "attempts.jsonl", SearchOption.AllDirectories)
            .SelectMany(File.ReadLines)
            .Select(static line => JsonDocument.Parse(line).RootElement)
            .Where(static line => line.GetProperty("happened").GetString() == "begun")
            .Select(static line => line.GetProperty("job").GetString()!)];
        Assert.Equal(["41_0", "41_1", "42_0"], jobs.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Resume_HandsInWhatIsNeitherDoneNorInTheQueue()
    {
        string grid = TinySweep.Write(_folder, FiveRuns);
        // What was refused at first is submitted later, and all of it.
        _slurm.Write("sbatch", "exit 1");
        Assert.Equal(1, Sweep(grid).Code);
        _ = new SlurmFakes(_folder);
        CliRun first = Sweep(grid, [("NOTHING_RUNS", "1")], "--resume");
        Assert.True(first.Code == 0, first.Error);
        Assert.Contains("5 of 5 runs submitted", first.Output);
        // Two are alive, one of an array that is none of this sweep's; the line of another cluster is no element.
        _slurm.Write("squeue", "printf 'CLUSTER: here\\n41 0 RUNNING\\n41 3 PENDING\\n7 1 RUNNING\\n9 N/A RUNNING\\n'");
        CliRun second = Sweep(grid, [("NOTHING_RUNS", "1")], "--resume");
        Assert.True(second.Code == 0, second.Error);
        Assert.Contains("2 runs are in the queue already", second.Error);
        Assert.Equal(["seed=2", "seed=3", "seed=5"], File.ReadLines(Path.Combine(Output, "slurm", "array-3.txt")));
    }

    [Fact]
    public void Follow_LeavesWhatNeverBegan_AndSaysSo()
    {
        CliRun run = Sweep(
            TinySweep.Write(_folder, "\"product\": { \"seed\": [1, 2] }"), [("NOTHING_RUNS", "1")], "--follow");
        Assert.Equal(1, run.Code);
        Assert.Contains(
            "seed=1: its job 41_0 left the queue before it began (cancelled, or see slurm/41_0.log); --resume "
                + "resubmits it", run.Error);
        Assert.Contains("0 of 2 runs finished", run.Output);
    }

    [Fact]
    public void Follow_ResubmitsWhatWasKilled_UntilItGetsNoFurther()
    {
        // An element that begins and is killed at once, every time.
        _slurm.Write(
            "killed",
            "echo '{\"happened\": \"begun\", \"job\": \"'$SLURM_ARRAY_JOB_ID'_0\"}' >> runs/$1/attempts.jsonl");
        string grid = TinySweep.Write(_folder, "\"product\": { \"seed\": [1] }");
        _slurm.Write("sbatch", """
            for word in "$@"; do case "$word" in --chdir=*) cd "${word#--chdir=}";; esac; done
            job=$(( $(cat "$FAKES/job" 2>/dev/null || echo 40) + 1 )); echo $job > "$FAKES/job"
            mkdir -p runs/seed=1
            echo '{"happened": "begun", "job": "'$job'_0"}' >> runs/seed=1/attempts.jsonl
            echo "$job;here"
            """);
        CliRun run = Sweep(grid, "--follow");
        Assert.Equal(1, run.Code);
        Assert.Contains("seed=1: its job 41_0 was killed at step 0; resubmitted", run.Error);
        Assert.Contains("seed=1: its job 42_0 was killed at step 0; resubmitted", run.Error);
        Assert.Contains("FAILED seed=1: its job was killed 3 times at step 0: see slurm/43_0.log", run.Output);
        Assert.Equal(3, File.ReadLines(Path.Combine(Output, "slurm", "submissions.jsonl")).Count());
    }

    [Theory]
    [InlineData(
        "sbatch", "echo 'sbatch: error: Batch job submission failed: Invalid account' >&2; exit 1",
        "sbatch: error: Batch job submission failed: Invalid account")]
    [InlineData(
        "sbatch", "echo 'Submitted batch job 12'",
        "sbatch: answered 'Submitted batch job 12', expected the number of a job")]
    [InlineData("sbatch", "exit 3", "sbatch: ended with 3")]
    [InlineData(
        "scontrol", "echo 'slurm_load_ctl_conf error: Unable to contact slurm controller' >&2; exit 1",
        "scontrol: slurm_load_ctl_conf error: Unable to contact")]
    [InlineData("scontrol", "echo hello", "says no MaxArraySize")]
    [InlineData("scontrol", "echo 'MaxArraySize = 0'", "MaxArraySize is 0, expected a cluster that takes job arrays")]
    public void WhatSlurmRefuses_IsOneLine(string program, string script, string found)
    {
        string grid = TinySweep.Write(_folder, "\"product\": { \"seed\": [1, 2] }");
        _slurm.Write(program, script);
        CliRun run = Sweep(grid);
        Assert.Equal((1, ""), (run.Code, run.Output));
        run.AssertOneLine(found);
        Assert.Equal(program != "scontrol", Directory.Exists(Output));
        Assert.False(File.Exists(Path.Combine(Output, "slurm", "submissions.jsonl")));
    }

    [Fact]
    public void AQueueThatSaysNonsense_IsNotTakenForAnEmptyOne()
    {
        string grid = TinySweep.Write(_folder, "\"product\": { \"seed\": [1, 2] }");
        Assert.Equal(0, Sweep(grid, ("NOTHING_RUNS", "1")).Code);
        _slurm.Write("squeue", "echo 'what queue?'");
        CliRun run = Sweep(grid, "--resume");
        Assert.Equal(1, run.Code);
        run.AssertOneLine("squeue: answered 'what queue?', expected a job, its index and its state");
    }

    [Fact]
    public void WithoutSlurm_OneLineSaysWhatIsMissing_AndNothingIsLeft()
    {
        string grid = TinySweep.Write(_folder, "\"product\": { \"seed\": [1, 2] }");
        string none = Directory.CreateDirectory(Path.Combine(_folder.FullName, "none")).FullName;
        CliRun run = _slurm.Run(["sweep", grid, "--out", Output, "--engine", "slurm"], ("PATH", none));
        run.AssertBadInput("scontrol: cannot be run", "expected Slurm's programs on the path");
        Assert.False(Directory.Exists(Output));
    }

    private CliRun Sweep(string grid, params string[] more) => Sweep(grid, [], more);

    private CliRun Sweep(string grid, (string Name, string Value) environment) => Sweep(grid, [environment]);

    private CliRun Sweep(string grid, (string Name, string Value)[] environment, params string[] more) =>
        _slurm.Run(["sweep", grid, "--out", Output, "--engine", "slurm", .. more], environment);

    private static string ArrayOf(string script) =>
        File.ReadLines(script)
            .First(
                static line => line.StartsWith(
                    "#SBATCH --array=", StringComparison.Ordinal))["#SBATCH --array=".Length..];
}
