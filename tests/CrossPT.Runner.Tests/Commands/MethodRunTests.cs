using System.Text.Json;
using CrossPT.Prompting.Methods;

namespace CrossPT.Runner.Tests.Commands;

/// <summary>Every method from its configuration to predictions.</summary>
public sealed class MethodRunTests
{
    public static TheoryData<string> Methods => [.. MethodDefinition.Names];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Trains_Evaluates_AndPredicts(string method)
    {
        using TempFolder folder = new();
        string output = Path.Combine(folder.FullName, "run");
        CliRun run = CliRun.Of(
            "train", TinyRun.WriteConfiguration(folder, method), "--set", "training.steps=3", "--out", output,
            "--threads", "1", "--quiet", "--json");
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.True(run.Json.GetProperty("reload_equal").GetBoolean());
        Assert.Equal(["rte", "mrpc"], run.Json.GetProperty("tasks").EnumerateObject().Select(static task => task.Name));

        CliRun evaluated = CliRun.Of("evaluate", "--run", output, "--threads", "1", "--json");
        Assert.Equal((0, ""), (evaluated.Code, evaluated.Error));
        // Files and memory come to the same numbers.
        Assert.Equal(Metrics(run.Json, "rte"), Metrics(evaluated.Json, "rte"));

        string source = SourceOf(output);
        CliRun without = CliRun.Of("evaluate", "--run", output, "--without", source, "--threads", "1", "--json");
        if (method == "full") without.AssertBadInput("no prompts to leave out");
        else if (method is "pt" or "mpt" or "pi" or "spot" or "dept" or "joint-pt")
            without.AssertBadInput("no part 'sources', only private");
        else Assert.Equal((0, ""), (without.Code, without.Error));

        CliRun predicted = CliRun.With(
            "{\"sentence1\": \"a note\", \"sentence2\": \"a tea\"}\n", "predict", "--run", output, "--task", "mrpc",
            "--threads", "1");
        Assert.Equal((0, ""), (predicted.Code, predicted.Error));
        Assert.Contains(
            predicted.Json.GetProperty("prediction").GetString(), (string[])["equivalent", "not_equivalent"]);
    }

    [Theory]
    [InlineData("pt", "router.temperature=2", "router.temperature", "\"pt\"")]
    [InlineData("pt", "training.learningRate.router=0.1", "training.learningRate.router", "\"pt\"")]
    [InlineData("full", "prompt.length=4", "prompt.length", "\"full\"")]
    [InlineData("attempt", "router.topK=1", "router.topK", "\"attempt\"")]
    [InlineData("crosspt", "prompt.updateRank=2", "prompt.updateRank", "\"crosspt\"")]
    [InlineData("pt", "sources=[\"source.safetensors\"]", "sources", "\"pt\"")]
    [InlineData("crosspt", "sources=null", "no \"sources\"", "\"crosspt\"")]
    [InlineData("crosspt", "sources=[]", "sources", "one source prompt or more")]
    [InlineData("pt", "training.evaluateEvery=12", "training.evaluateEvery", "11 at most, the steps of the training")]
    [InlineData("crosspt", "method=corsspt", "\"corsspt\"", "crosspt")]
    public void OptionThatDoesNotApply_IsBadInput(string method, string setting, string option, string words)
    {
        using TempFolder folder = new();
        string output = Path.Combine(folder.FullName, "run");
        CliRun.Of("train", TinyRun.WriteConfiguration(folder, method), "--set", setting, "--out", output)
            .AssertBadInput(option, words);
        Assert.False(Directory.Exists(output));
    }

    [Fact]
    public void Spot_SaysWhichSourceItChose()
    {
        using TempFolder folder = new();
        string output = Path.Combine(folder.FullName, "run");
        CliRun run = CliRun.Of(
            "train", TinyRun.WriteConfiguration(folder, "spot"), "--set", "training.steps=3", "--out", output,
            "--threads", "1");
        Assert.Equal(0, run.Code);
        JsonElement record = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(output, "metrics.json"))).RootElement;
        JsonElement budget = record.GetProperty("budget");
        Assert.Equal(["rte", "mrpc"], budget.GetProperty("starts").EnumerateObject().Select(static task => task.Name));
        foreach (JsonProperty start in budget.GetProperty("starts").EnumerateObject())
        {
            JsonProperty least = budget.GetProperty("evidence_losses").GetProperty(start.Name).EnumerateObject()
                .MinBy(static loss => loss.Value.GetDouble());
            Assert.Equal(least.Name, start.Value.GetString());
            Assert.Contains(
                $"{start.Name} starts from {least.Name}, the source prompt with the least loss", run.Error,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void DryRun_ShowsTwoExamplesOfATask_AndWritesNothing()
    {
        using TempFolder folder = new();
        string config = TinyRun.WriteConfiguration(folder, "crosspt"), output = Path.Combine(folder.FullName, "run");
        string[] before = Files();
        CliRun json = CliRun.Of("train", config, "--dry-run", "--out", output, "--threads", "1", "--json");
        // Both tasks read one little file, in training and in test: that is told, and nothing else.
        Assert.Equal((0, string.Concat(json.Json.GetProperty("warnings").EnumerateArray().Select(
            static one => $"warning: {one.GetString()}\n"))), (json.Code, json.Error.ReplaceLineEndings("\n")));
        Assert.Contains("test rows have a text that is trained on", json.Error, StringComparison.Ordinal);
        Assert.Equal(
            ["rte", "rte", "mrpc", "mrpc"],
            json.Json.GetProperty("examples").EnumerateArray()
                .Select(static one => one.GetProperty("task").GetString()));
        // Two private prompts [3, 8] and the logits [2, 3], those of the null column among them.
        Assert.Equal((2 * 3 * 8) + 6, json.Json.GetProperty("trainable_numbers").GetInt32());
        CliRun text = CliRun.Of("train", config, "--dry-run", "--out", output, "--threads", "1");
        Assert.Equal(0, text.Code);
        Assert.Equal(
            4,
            text.Output.Split('\n')
                .Count(static line => line.StartsWith("  pieces  [3 prompt rows] ", StringComparison.Ordinal)));
        foreach (string word in (string[])["method    crosspt", "trains    54 numbers", "s a step", "MB resident"])
            Assert.Contains(word, text.Output);
        Assert.Equal(before, Files());

        string[] Files() =>
            [.. Directory.GetFileSystemEntries(folder.FullName, "*", SearchOption.AllDirectories).Order()];
    }

    private static string Metrics(JsonElement document, string task) =>
        document.GetProperty("tasks").GetProperty(task).GetRawText();

    private static string SourceOf(string run)
    {
        JsonElement configuration = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(run, "config.json"))).RootElement
            .GetProperty("configuration");
        if (!File.Exists(Path.Combine(run, "router.json"))
            || !configuration.TryGetProperty("sources", out JsonElement sources)) return "sources";
        JsonElement first = sources[0];
        return first.TryGetProperty("random", out JsonElement random)
            ? random.GetString()!
            : first.GetProperty("name").GetString()!;
    }
}
