using System.Text.Json;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Samples.Tests;

/// <summary>The study's grids: every run of each is a configuration that is read, unlike every other, with the seeds and sizes that the study says.</summary>
public sealed class StudyGridTests
{
    private const int MostDemoRuns = 60;

    private static readonly JsonDocumentOptions s_comments = new() { CommentHandling = JsonCommentHandling.Skip };

    public static TheoryData<string> Grids =>
        [.. Enumerable.Range(1, 9).SelectMany(static number => new[] { $"examples/study/e{number}.json", $"examples/study/demo/e{number}.json" }), "examples/study/demo/trials.json"];

    [Theory]
    [MemberData(nameof(Grids))]
    public void Grid_IsReadRunByRun(string file)
    {
        JsonElement grid = Read(file);
        Assert.NotEmpty(grid.GetProperty("title").GetString()!);
        Assert.InRange(grid.GetProperty("about").GetString()!.Length, 60, 600);
        (string Label, string[] Settings)[] runs = [.. Expand(grid)];
        bool isDemo = file.Contains("/demo/", StringComparison.Ordinal), isTrials = file.EndsWith("trials.json", StringComparison.Ordinal);
        if (isDemo && !isTrials) Assert.InRange(runs.Length, 9, MostDemoRuns);
        RunConfiguration[] configurations = [.. runs.Select(run => Load(file, grid, run.Settings))];
        Assert.Equal(runs.Length, configurations.Select(JsonOf).Distinct().Count());
        Assert.All(configurations, configuration => Assert.Equal(isDemo ? "demo" : "t5-base", configuration.ModelText));
        // Rates were chosen on seeds, and on rows, that nothing is reported of.
        long[] seeds = [.. configurations.Select(static configuration => configuration.Seed).Distinct().Order()];
        Assert.Equal(isTrials ? [101, 102] : [1, 2, 3], seeds);
        Assert.All(configurations, configuration => Assert.Equal(isTrials, configuration.Evaluation.Split == Prompting.Evaluation.EvaluationSplit.Validation));
    }

    [Theory]
    [MemberData(nameof(Grids))]
    public void Baseline_IsOneOfTheRuns(string file)
    {
        JsonElement grid = Read(file);
        if (!grid.TryGetProperty("baseline", out JsonElement baseline)) return;
        string[] names = [.. Axes(grid).SelectMany(static axis => axis).Select(static choice => choice.Label)];
        if (baseline.ValueKind == JsonValueKind.String) Assert.Contains(baseline.GetString(), names);
        else Assert.All(baseline.EnumerateObject(), one => Assert.Contains(one.Value.ToString(), names));
    }

    private static RunConfiguration Load(string file, JsonElement grid, string[] settings)
    {
        JsonElement configuration = grid.GetProperty("configuration");
        if (configuration.ValueKind == JsonValueKind.String)
            return RunConfiguration.Load(Repository.PathOf(Path.Combine(Path.GetDirectoryName(file)!, configuration.GetString()!)), settings);
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, configuration.GetRawText());
            return RunConfiguration.Load(path, settings);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>All of a configuration that its runs can differ in.</summary>
    private static string JsonOf(RunConfiguration configuration) => JsonSerializer.Serialize(
        new { configuration.Method.Name, configuration.Seed, configuration.Tasks, configuration.Sources, configuration.Prompt, configuration.Router, configuration.Training, configuration.Evaluation });

    private static IEnumerable<(string Label, string[] Settings)> Expand(JsonElement grid)
    {
        IEnumerable<(string Label, string[] Settings)> runs = [("", [])];
        foreach ((string Label, string[] Settings)[] axis in Axes(grid))
            runs = runs.SelectMany(run => axis.Select(choice => ($"{run.Label},{choice.Label}", (string[])[.. run.Settings, .. choice.Settings]))).ToArray();
        return runs;
    }

    private static IEnumerable<(string Label, string[] Settings)[]> Axes(JsonElement grid)
    {
        if (grid.TryGetProperty("variants", out JsonElement variants))
        {
            JsonElement[] lists = variants[0].ValueKind == JsonValueKind.Array ? [.. variants.EnumerateArray()] : [variants];
            foreach (JsonElement list in lists)
            {
                yield return [.. list.EnumerateArray().Select(static variant => (
                    variant.GetProperty("name").GetString()!,
                    // A section before what is set inside it.
                    (string[])[.. variant.GetProperty("set").EnumerateObject().OrderBy(static one => one.Name.Length).Select(static one => $"{one.Name}={one.Value.GetRawText()}")]))];
            }
        }
        foreach (JsonProperty axis in grid.GetProperty("product").EnumerateObject())
            yield return [.. axis.Value.EnumerateArray().Select(value => (value.ToString(), new[] { $"{axis.Name}={value.GetRawText()}" }))];
    }

    private static JsonElement Read(string file) => JsonDocument.Parse(File.ReadAllText(Repository.PathOf(file)), s_comments).RootElement;
}
