using System.Text.Json;

namespace CrossPT.Runner.Tests.Demo;

/// <summary>A run on what comes with the program, through every command that a run of one's own goes through.</summary>
public sealed class DemoRunTests
{
    private const string Configuration = """
        { "model": "demo", "tasks": [ { "name": "demo/mood-harbour", "shots": 32 }, { "name": "demo/sentiment-and-acceptability", "shots": 8 } ],
          "sources": [ "demo/mood", "demo/sentiment", { "train": { "name": "demo/number", "shots": 16 }, "steps": 2 } ],
          "training": { "steps": 3, "batch": 4, "learningRate": { "private": 0.001, "router": 0.001 } }, "evaluation": { "examples": 40, "batch": 40 } }
        """;

    [Fact]
    public void Run_NeedsNoFile_AndIsEvaluatedPredictedAndChanged()
    {
        using TempFolder folder = new();
        string run = Path.Combine(folder.FullName, "run");
        CliRun train = CliRun.Of("train", folder.Write("c.json", Configuration), "--out", run, "--threads", "1", "--json");
        Assert.True(train.Code == 0, train.Error);
        double accuracy = Accuracy(train.Json, "demo/mood-harbour");
        // The source of the same skill in other domains, hardly changed.
        Assert.InRange(accuracy, 0.7, 1);
        JsonElement record = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "config.json"))).RootElement;
        Assert.Equal("demo", record.GetProperty("model").GetProperty("name").GetString());
        Assert.Equal("demo", record.GetProperty("configuration").GetProperty("model").GetString());
        Assert.Equal(accuracy, Accuracy(CliRun.Of("evaluate", "--run", run, "--threads", "1", "--json").Json, "demo/mood-harbour"));
        Assert.Contains("\"prediction\":", CliRun.With("{\"text\": \"the\"}\n", "predict", "--run", run, "--task", "demo/mood-harbour", "--threads", "1").Output);
        Assert.Equal(0, CliRun.Of("prompts", "remove", "--run", run, "demo/number", "--threads", "1").Code);
        Assert.Equal(0, CliRun.Of("prompts", "list", run).Code);
    }

    // A record may come from another machine, where the model lay elsewhere.
    [Fact]
    public void Model_IsFoundByItsName_WhereItsPathIsGone()
    {
        using TempFolder folder = new();
        string run = Path.Combine(folder.FullName, "run"), config = Path.Combine(run, "config.json");
        Assert.Equal(0, CliRun.Of("train", folder.Write("c.json", Configuration), "--out", run, "--threads", "1", "--quiet").Code);
        string text = File.ReadAllText(config), path = JsonDocument.Parse(text).RootElement.GetProperty("model").GetProperty("path").GetString()!;
        File.WriteAllText(config, text.Replace($"\"path\": \"{path}\"", "\"path\": \"/nowhere/demo\"", StringComparison.Ordinal));
        Assert.Equal(0, CliRun.Of("evaluate", "--run", run, "--threads", "1").Code);
        Assert.Equal(0, CliRun.Of("evaluate", "--run", run, "--model", "demo", "--threads", "1").Code);
    }

    [Fact]
    public void Command_TakesTheModelByName() => Assert.Equal(0, CliRun.With("{\"text\": \"the\"}\n", "generate", "--model", "demo", "--threads", "1").Code);

    private static double Accuracy(JsonElement json, string task) => json.GetProperty("tasks").GetProperty(task).GetProperty("accuracy").GetDouble();
}
