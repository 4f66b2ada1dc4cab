using System.Text.Json;
using CrossPT.Runner.Tests.Cli;

namespace CrossPT.Runner.Tests.Commands;

/// <summary>The dry run's estimate of memory against what a run takes, each in a process of its own.</summary>
public sealed class DryRunMemoryTests
{
    [Theory]
    [InlineData("crosspt", "training.batch=64")]
    [InlineData("attempt", "evaluation.batch=16")]
    [InlineData("full", "training.checkpointEvery=5")]
    public void Estimate_IsWhatARunTakes_UpToThreeTenths(string method, string setting)
    {
        if (!OperatingSystem.IsLinux()) return;
        using TempFolder folder = new();
        string[] train = ["train", TinyRun.WriteConfiguration(folder, method), "--set", setting, "--json", "--quiet"];
        double estimate = Peak([.. train, "--dry-run"]);
        double taken = Peak([.. train, "--out", Path.Combine(folder.FullName, "run")]);
        Assert.InRange(estimate, taken, 1.3 * taken);
    }

    private static double Peak(string[] args)
    {
        (int code, string output, string error) = ProcessTests.Run(args);
        Assert.True(code == 0, error);
        using JsonDocument json = JsonDocument.Parse(output);
        return json.RootElement.GetProperty("peak_rss_mb").GetDouble();
    }
}
