using System.Text.Json;

namespace CrossPT.Runner.Tests.Experiments.Sweeps;

/// <summary>A grid over the tiniest of runs.</summary>
internal static class TinySweep
{
    /// <summary>Six runs: two learning rates, three seeds.</summary>
    public const string SixRuns =
        "\"product\": { \"training.learningRate.private\": [0.3, 0.05], \"seed\": [1, 2, 3] }";

    /// <summary>Writes a grid over a configuration file beside it.</summary>
    public static string Write(
        TempFolder folder, string axes = SixRuns, string method = "crosspt", int steps = 12, string name = "grid.json")
    {
        string text = File.ReadAllText(TinyRun.WriteConfiguration(folder, method))
            .Replace("\"steps\": 11,", $"\"steps\": {steps}, \"checkpointEvery\": 7,", StringComparison.Ordinal);
        folder.Write("base.json", text);
        return folder.Write(name, $"{{ \"configuration\": \"base.json\", // what all start from\n {axes} }}");
    }

    /// <summary>Runs a sweep without progress, which must end well.</summary>
    public static string Run(string grid, string output, params string[] more)
    {
        CliRun run = CliRun.Of(["sweep", grid, "--out", output, "--threads", "2", "--quiet", .. more]);
        Assert.True(run.Code == 0, run.Error + run.Output);
        return run.Output;
    }

    /// <summary>What a sweep came to, run by run: all that must not depend on how it was done.</summary>
    public static SortedDictionary<string, string> Results(string sweep)
    {
        SortedDictionary<string, string> results = new(StringComparer.Ordinal);
        foreach (string run in Directory.GetDirectories(Path.Combine(sweep, "runs")))
        {
            string metrics = Path.Combine(run, "metrics.json"), failure = Path.Combine(run, "failure.json");
            string text = File.Exists(failure)
                ? JsonDocument.Parse(File.ReadAllBytes(failure)).RootElement.GetProperty("kind").GetString()!
                : JsonDocument.Parse(File.ReadAllBytes(metrics)).RootElement.GetProperty("tasks").GetRawText()
                    + Convert.ToHexString(File.ReadAllBytes(Path.Combine(run, "prompts.safetensors")))
                + string.Join(' ', Losses(run));
            results.Add(Path.GetFileName(run), text);
        }
        return results;
    }

    /// <summary>The losses of a run's history, in its order.</summary>
    public static double[] Losses(string run) =>
        [.. File.ReadLines(Path.Combine(run, "history.jsonl"))
            .Select(static line => JsonDocument.Parse(line).RootElement)
        .Where(static line => line.TryGetProperty("loss", out _))
        .Select(static line => line.GetProperty("loss").GetDouble())];
}
