using System.Diagnostics;
using System.Text.Json;

namespace CrossPT.Runner.Tests.Sweeps;

/// <summary>Sweeps on Slurm itself: one machine, two slots.</summary>
public sealed class SlurmClusterTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Output => Path.Combine(_folder.FullName, "it's a sweep");

    public void Dispose() => _folder.Dispose();

    [SlurmFact]
    public async Task AnElementKilled_IsHandedInAgain_AndTheTableIsTheLocalOne()
    {
        string grid = TinySweep.Write(_folder, "\"product\": { \"prompt.length\": [2, 3], \"seed\": [1, 2] }", steps: 700), local = Path.Combine(_folder.FullName, "local");
        TinySweep.Run(grid, local);
        using SlurmCluster cluster = new(maxArraySize: 3);
        using Process process = cluster.Crosspt("sweep", grid, "--out", Output, "--engine", "slurm", "--slurm", "--comment='two words'", "--follow");
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

    /// <summary>Takes over three minutes: a limit is a minute at least, and Slurm lets a requeued job wait two.</summary>
    [SlurmFact(takesMinutes: true)]
    public async Task AnElementWhoseTimeIsOver_GoesOnByItself_AndTheTableIsTheLocalOne()
    {
        string grid = TinySweep.Write(_folder, "\"variants\": [ { \"name\": \"long\", \"set\": { \"training.steps\": 90000 } }, { \"name\": \"short\" } ], \"product\": { \"seed\": [1] }", steps: 400);
        string local = Path.Combine(_folder.FullName, "local");
        TinySweep.Run(grid, local);
        using SlurmCluster cluster = new(maxArraySize: 1001);
        using Process process = cluster.Crosspt("sweep", grid, "--out", Output, "--engine", "slurm", "--slurm", "--time=1", "--follow");
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        using CancellationTokenSource late = new(900_000);
        await process.WaitForExitAsync(late.Token);
        Assert.True(process.ExitCode == 0, await error + await output + Logs());
        Assert.Contains("requeued", Attempts("long,seed=1").Select(static attempt => attempt.GetProperty("happened").GetString()));
        Assert.Equal(TinySweep.Results(local), TinySweep.Results(Output));
    }

    private async Task KillOne(Process sweep)
    {
        string runs = Path.Combine(Output, "runs");
        for (int i = 0; i < 600 && !sweep.HasExited; i++)
        {
            foreach (string run in Directory.Exists(runs) ? Directory.GetDirectories(runs) : [])
            {
                if (!File.Exists(Path.Combine(run, "checkpoint", "state.safetensors")) || File.Exists(Path.Combine(run, "metrics.json"))) continue;
                using Process element = Process.GetProcessById(Attempts(Path.GetFileName(run))[0].GetProperty("process").GetInt32());
                element.Kill();
                return;
            }
            await Task.Delay(50);
        }
        Assert.Fail("no element was at work");
    }

    private JsonElement[] Attempts(string run) => [.. File.ReadLines(Path.Combine(Output, "runs", run, "attempts.jsonl")).Select(static line => JsonDocument.Parse(line).RootElement)];

    private string Logs() => string.Concat(Directory.GetFiles(Path.Combine(Output, "slurm"), "*.log").Select(File.ReadAllText));
}
