using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace CrossPT.Runner.Tests.Experiments.Sweeps;

/// <summary>Sweeps on Slurm itself: one machine, two slots.</summary>
public sealed class SlurmClusterTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Output => Path.Combine(_folder.FullName, "it's a sweep");

    public SlurmClusterTests()
    {
        string[] missing = [.. SlurmCluster.Programs.Where(static program => SlurmCluster.Find(program) is null)];
        Assert.SkipUnless(missing.Length == 0, $"Slurm is not installed here: no {string.Join(", ", missing)}.");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task AnElementKilled_IsHandedInAgain_AndTheTableIsTheLocalOne()
    {
        string grid = TinySweep.Write(
            _folder, "\"product\": { \"prompt.length\": [2, 3], \"seed\": [1, 2] }", steps: 700);
        string local = Path.Combine(_folder.FullName, "local");
        TinySweep.Run(grid, local);
        using SlurmCluster cluster = new(maxArraySize: 3);
        using Process process = cluster.Crosspt(
            "sweep", grid, "--out", Output, "--engine", "slurm", "--slurm", "--comment='two words'", "--follow");
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await KillOne(process);
        using CancellationTokenSource late = new(120_000);
        await process.WaitForExitAsync(late.Token);
        Assert.True(process.ExitCode == 0, await error + Logs());
        Assert.Contains("was killed at step ", await error, StringComparison.Ordinal);
        Assert.Contains("4 of 4 runs finished", await output, StringComparison.Ordinal);
        Assert.Equal(TinySweep.Results(local), TinySweep.Results(Output));
        // Four runs in arrays of three at most, and the killed one again.
        Assert.Equal(3, File.ReadLines(Path.Combine(Output, "slurm", "submissions.jsonl")).Count());
    }

    /// <summary>
    /// Takes over three minutes: a limit is a minute at least, and Slurm lets a requeued job wait two.
    /// </summary>
    [Fact]
    public async Task AnElementWhoseTimeIsOver_GoesOnByItself_AndTheTableIsTheLocalOne()
    {
        SkipUnlessLong();
        int steps = StepsOf(seconds: 120);
        string grid = TinySweep.Write(
            _folder,
            $$"""
            "variants": [ { "name": "long", "set": { "training.steps": {{steps}} } }, { "name": "short" } ],
            "product": { "seed": [1] }
            """, steps: 400);
        string local = Path.Combine(_folder.FullName, "local");
        TinySweep.Run(grid, local);
        using SlurmCluster cluster = new(maxArraySize: 1001);
        using Process process = cluster.Crosspt(
            "sweep", grid, "--out", Output, "--engine", "slurm", "--slurm", "--time=1", "--follow");
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        using CancellationTokenSource late = new(900_000);
        await process.WaitForExitAsync(late.Token);
        Assert.True(process.ExitCode == 0, await error + await output + Logs());
        Assert.Contains(
            "requeued", Attempts("long,seed=1").Select(static attempt => attempt.GetProperty("happened").GetString()));
        Assert.Equal(TinySweep.Results(local), TinySweep.Results(Output));
    }

    /// <summary>
    /// Takes about four minutes. The element whose time runs out is one that hangs: nothing else makes one of 24 equal
    /// runs last a minute.
    /// </summary>
    [Fact]
    public async Task TwentyFourRuns_OneKilledAndOneOutOfTime_EndWithTheLocalTable()
    {
        SkipUnlessLong();
        string grid = LongSweep.Write(_folder, steps: 200), local = Path.Combine(_folder.FullName, "local");
        string table = TinySweep.Run(grid, local);
        using SlurmCluster cluster = new(maxArraySize: 13);
        using Process process = cluster.Crosspt(
            "sweep", grid, "--out", Output, "--engine", "slurm", "--slurm", "--time=1", "--follow");
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        (string hanging, Task over) = await HangOne(process);
        string killed = await KillOne(process, but: hanging);
        await over;
        using CancellationTokenSource late = new(540_000);
        await process.WaitForExitAsync(late.Token);
        Assert.True(process.ExitCode == 0, await error + await output + Logs());
        Assert.Contains($"{killed}: its job", await error, StringComparison.Ordinal);
        Assert.Equal(["begun", "stopped", "requeued", "begun", "finished"], Happened(hanging));
        Assert.Equal(["begun", "begun", "finished"], Happened(killed));
        Assert.Equal(
            LongSweep.Runs - 2,
            Directory.GetDirectories(Path.Combine(Output, "runs")).Select(static run => Path.GetFileName(run))
                .Except([hanging, killed])
            .Count(run => Happened(run) is ["begun", "finished"]));
        Assert.Equal(table.Replace(local, Output, StringComparison.Ordinal), await output);
        Assert.Equal(TinySweep.Results(local), TinySweep.Results(Output));
        // 24 runs in arrays of 12 or 13, and the killed one again.
        Assert.Equal(3, File.ReadLines(Path.Combine(Output, "slurm", "submissions.jsonl")).Count());
    }

    /// <summary>Stops an element in the middle of its run until Slurm wants it to end.</summary>
    /// <returns>The run, and what ends when the element goes on.</returns>
    private static void SkipUnlessLong() => Assert.SkipUnless(
        Environment.GetEnvironmentVariable("CROSSPT_SLURM") == "long",
        "Waits minutes for time limits: CROSSPT_SLURM=long runs it.");

    private async Task<(string Run, Task Over)> HangOne(Process sweep)
    {
        while (true)
        {
            (string run, int process) = await AtWork(sweep, but: null);
            await Signal("STOP", process);
            if (!File.Exists(Path.Combine(Output, "runs", run, "metrics.json"))) return (run, GoOn(process));
            await Signal("CONT", process);
        }

        static async Task GoOn(int process)
        {
            string status = $"/proc/{process}/status";
            // Still stopped, and no SIGTERM waits for it.
            while (File.Exists(status) && File.ReadAllText(status) is var text
                && text.Contains("State:\tT", StringComparison.Ordinal) && !HasTerm(text)) await Task.Delay(200);
            await Signal("CONT", process);
        }

        static bool HasTerm(string status) =>
            status.Split('\n')
                .Where(
                    static line => line.StartsWith("SigPnd:", StringComparison.Ordinal)
                        || line.StartsWith("ShdPnd:", StringComparison.Ordinal))
            .Any(
                static line =>
                    (ulong.Parse(line.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                        & (1UL << 14)) != 0);
    }

    /// <summary>Steps that take about so long here.</summary>
    private int StepsOf(double seconds)
    {
        const int steps = 20000;
        string grid = TinySweep.Write(_folder, "\"product\": { \"seed\": [1] }", steps: steps);
        long start = Stopwatch.GetTimestamp();
        TinySweep.Run(grid, Path.Combine(_folder.FullName, "rate"));
        return (int)(steps * seconds / Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static async Task Signal(string name, int process)
    {
        using Process kill = Process.Start("/bin/sh", ["-c", $"kill -{name} {process}"]);
        await kill.WaitForExitAsync();
    }

    private async Task<string> KillOne(Process sweep, string? but = null)
    {
        (string run, int process) = await AtWork(sweep, but);
        using Process element = Process.GetProcessById(process);
        element.Kill();
        return run;
    }

    /// <summary>A run that is being done and has a checkpoint, and its process.</summary>
    private async Task<(string Run, int Process)> AtWork(Process sweep, string? but)
    {
        string runs = Path.Combine(Output, "runs");
        for (int i = 0; i < 1500 && !sweep.HasExited; i++)
        {
            foreach (string run in Directory.Exists(runs) ? Directory.GetDirectories(runs) : [])
            {
                if (!File.Exists(Path.Combine(run, "checkpoint", "state.safetensors"))
                    || File.Exists(Path.Combine(run, "metrics.json")) || Path.GetFileName(run) == but) continue;
                return (Path.GetFileName(run), Attempts(Path.GetFileName(run))[0].GetProperty("process").GetInt32());
            }
            await Task.Delay(20);
        }
        Assert.Fail("no element was at work");
        return default;
    }

    private string[] Happened(string run) =>
        [.. Attempts(run).Select(static attempt => attempt.GetProperty("happened").GetString()!)];

    private JsonElement[] Attempts(string run) =>
        [.. File.ReadLines(Path.Combine(Output, "runs", run, "attempts.jsonl"))
            .Select(static line => JsonDocument.Parse(line).RootElement)];

    private string Logs() =>
        string.Concat(Directory.GetFiles(Path.Combine(Output, "slurm"), "*.log").Select(File.ReadAllText));
}
