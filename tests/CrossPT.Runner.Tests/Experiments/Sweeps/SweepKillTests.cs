using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using CrossPT.Runner.Tests.Cli;

namespace CrossPT.Runner.Tests.Experiments.Sweeps;

/// <summary>Sweeps that are stopped, the hard way and the soft, and go on.</summary>
public sealed class SweepKillTests : IDisposable
{
    /// <summary>
    /// How many times a sweep is killed: <c>CROSSPT_KILLS</c> asks for more than the suite has time for.
    /// </summary>
    private static readonly int? s_kills = int.TryParse(
        Environment.GetEnvironmentVariable("CROSSPT_KILLS"), CultureInfo.InvariantCulture, out int kills)
            ? kills
            : null;

    private readonly TempFolder _folder = new();

    private string Killed => Path.Combine(_folder.FullName, "killed");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Killed_EndsWithTheSameTable_AndNoRunIsDoneTwice() =>
        Kill(
            TinySweep.Write(_folder, "\"product\": { \"prompt.length\": [2, 3], \"seed\": [1, 2, 3] }", steps: 200),
            runs: 6, steps: 200, s_kills ?? 2);

    [Fact]
    public void TwentyFourRuns_KilledTenTimes_EndWithTheSameTable()
    {
        bool asked = Environment.GetEnvironmentVariable("CROSSPT_SWEEP") == "long";
        Assert.SkipUnless(asked, "Takes over a minute: CROSSPT_SWEEP=long runs it.");
        Kill(LongSweep.Write(_folder, steps: 100), LongSweep.Runs, steps: 100, s_kills ?? 10);
    }

    private void Kill(string grid, int runs, int steps, int kills)
    {
        string whole = Path.Combine(_folder.FullName, "whole");
        long start = Stopwatch.GetTimestamp();
        (int code, string table, string error) = ProcessTests.Run("sweep", grid, "--out", whole, "--quiet");
        Assert.True(code == 0, error);
        TimeSpan duration = Stopwatch.GetElapsedTime(start);

        int seed = Environment.TickCount, done = 0;
        Random random = new(seed);
        Dictionary<string, string> finished = [];
        while (done < kills)
        {
            using Process process = Start(grid);
            // All of them in one sweep, mostly, at moments spread over the whole of it.
            if (process.WaitForExit((0.2 + (1.2 * random.NextDouble())) / kills * duration))
            {
                // Whole before it could be killed often enough: looked at, and begun anew.
                Check();
                continue;
            }
            process.Kill();
            process.WaitForExit();
            done++;
            foreach (string metrics in Directory.Exists(Killed)
                ? Directory.GetFiles(Killed, "metrics.json", SearchOption.AllDirectories)
                : [])
            {
                string run = Path.GetDirectoryName(metrics)!;
                finished.TryAdd(run, Marks(run));
            }
        }
        Check();

        void Check()
        {
            (int last, string again, string problem) = ProcessTests.Run(
                "sweep", grid, "--out", Killed, "--resume", "--quiet");
            Assert.True(last == 0, $"seed {seed}: {problem}");
            Assert.Equal(table.Replace(whole, Killed, StringComparison.Ordinal), again);
            Assert.Equal(TinySweep.Results(whole), TinySweep.Results(Killed));
            // No process touched a run again that was finished when another was killed.
            foreach ((string run, string marks) in finished) Assert.Equal(marks, Marks(run));
            Assert.Equal(runs, Directory.GetDirectories(Path.Combine(Killed, "runs")).Length);
            foreach (string run in Directory.GetDirectories(Path.Combine(Killed, "runs")))
            {
                Assert.Equal(steps, TinySweep.Losses(run).Length);
                Assert.True(
                    Attempts(run).Count(static happened => happened == "finished") <= 1,
                    $"seed {seed}: {run} was done twice");
            }
            finished.Clear();
            Directory.Delete(Killed, recursive: true);
        }

        static string Marks(string run) => File.ReadAllText(Path.Combine(run, "attempts.jsonl"));
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task ASignal_LeavesCheckpoints_AndTheSweepGoesOn(string signal, int code)
    {
        if (OperatingSystem.IsWindows()) return;
        string grid = TinySweep.Write(_folder, "\"product\": { \"seed\": [1, 2, 3] }", steps: 1_000_000);
        using Process process = Start(grid, "--jobs", "2");
        Task<string> error = process.StandardError.ReadToEndAsync();
        for (int i = 0; i < 600 && Histories() < 2 && !process.HasExited; i++) await Task.Delay(50);
        await ProcessTests.EndBySignal(process, signal);
        Assert.Equal((code, "crosspt: interrupted"), (process.ExitCode, (await error).TrimEnd()));
        string[] begun = Directory.GetDirectories(Path.Combine(Killed, "runs"));
        Assert.Equal(2, begun.Length);
        foreach (string run in begun)
        {
            Assert.Contains(
                $"\\\"Step\\\":{TinySweep.Losses(run).Length},",
                File.ReadAllText(Path.Combine(run, "checkpoint", "state.safetensors")), StringComparison.Ordinal);
            Assert.Equal(["begun", "stopped"], Attempts(run));
        }

        int Histories() =>
            Directory.Exists(Killed)
                ? Directory.GetFiles(Killed, "history.jsonl", SearchOption.AllDirectories)
                    .Count(static file => new FileInfo(file).Length > 1000)
                : 0;
    }

    [Fact]
    public void StoppedWhileTheFolderWasMade_BeginsAgain()
    {
        string grid = TinySweep.Write(_folder, "\"product\": { \"seed\": [1, 2] }");
        Directory.CreateDirectory(Killed);
        _folder.Write(Path.Combine("killed", "sweep.lock"), "");
        _folder.Write(Path.Combine("killed", ".crosspt-x.tmp"), "half");
        TinySweep.Run(grid, Killed, "--resume");
        _folder.Write(
            Path.Combine(Directory.CreateDirectory(Path.Combine(_folder.FullName, "mine")).FullName, "letter.txt"),
            "dear");
        CliRun.Of("sweep", grid, "--out", Path.Combine(_folder.FullName, "mine"), "--resume")
            .AssertBadInput("no sweep.json in it, expected the folder of a sweep, or none");
    }

    private Process Start(string grid, params string[] more) =>
        ProcessTests.Start(["sweep", grid, "--out", Killed, "--resume", "--quiet", .. more]);

    private static string[] Attempts(string run) =>
        [.. File.ReadLines(Path.Combine(run, "attempts.jsonl"))
            .Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("happened").GetString()!)];
}
