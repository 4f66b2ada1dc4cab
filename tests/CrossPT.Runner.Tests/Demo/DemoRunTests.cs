using System.Text.Json;
using CrossPT.Prompting.Runs;

namespace CrossPT.Runner.Tests.Demo;

/// <summary>A run on what comes with the program, through every command that a run of one's own goes through.</summary>
public sealed class DemoRunTests
{
    private const string Configuration = """
        { "model": "demo", "tasks": [ { "name": "demo/mood-harbour", "shots": 32 },
        { "name": "demo/sentiment-and-acceptability", "shots": 8 } ],
          "sources": [ "demo/mood", "demo/sentiment", { "train": { "name": "demo/number", "shots": 16 }, "steps": 2 } ],
          "training": { "steps": 3, "batch": 4, "learningRate": { "private": 0.001, "router": 0.001 } },
          "evaluation": { "examples": 40, "batch": 40 } }
        """;

    [Fact]
    public void Run_NeedsNoFile_AndIsEvaluatedPredictedAndChanged()
    {
        using TempFolder folder = new();
        string run = Path.Combine(folder.FullName, "run");
        CliRun train = CliRun.Of(
            "train", folder.Write("c.json", Configuration), "--out", run, "--threads", "1", "--json");
        Assert.True(train.Code == 0, train.Error);
        double accuracy = Accuracy(train.Json, "demo/mood-harbour");
        // The source of the same skill in other domains, hardly changed.
        Assert.InRange(accuracy, 0.7, 1);
        JsonElement record = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "config.json"))).RootElement;
        Assert.Equal("demo", record.GetProperty("model").GetProperty("name").GetString());
        Assert.Equal("demo", record.GetProperty("configuration").GetProperty("model").GetString());
        Assert.Equal(
            accuracy,
            Accuracy(CliRun.Of("evaluate", "--run", run, "--threads", "1", "--json").Json, "demo/mood-harbour"));
        Assert.Contains(
            "\"prediction\":",
            CliRun.With(
                "{\"text\": \"the\"}\n", "predict", "--run", run, "--task", "demo/mood-harbour", "--threads",
                "1").Output);
        Assert.Equal(0, CliRun.Of("prompts", "remove", "--run", run, "demo/number", "--threads", "1").Code);
        Assert.Equal(0, CliRun.Of("prompts", "list", run).Code);
    }

    // A record may come from another machine, where the model lay elsewhere.
    [Fact]
    public void Model_IsFoundByItsName_WhereItsPathIsGone()
    {
        using TempFolder folder = new();
        string run = Path.Combine(folder.FullName, "run"), config = Path.Combine(run, "config.json");
        Assert.Equal(
            0,
            CliRun.Of("train", folder.Write("c.json", Configuration), "--out", run, "--threads", "1", "--quiet").Code);
        string text = File.ReadAllText(config);
        string path = JsonDocument.Parse(text).RootElement.GetProperty("model").GetProperty("path").GetString()!;
        File.WriteAllText(
            config, text.Replace($"\"path\": \"{path}\"", "\"path\": \"/nowhere/demo\"", StringComparison.Ordinal));
        Assert.Equal(0, CliRun.Of("evaluate", "--run", run, "--threads", "1").Code);
        Assert.Equal(0, CliRun.Of("evaluate", "--run", run, "--model", "demo", "--threads", "1").Code);
    }

    // The prefixes of pretraining say which task it is: another task's in its place leads the model astray.
    [Fact]
    public void Prefixes_AreEvaluatedUnder_AndSplitsAreUnlike()
    {
        using TempFolder folder = new();
        string config = folder.Write("c.json", """
            { "model": "demo", "tasks": [ { "name": "demo/sentiment-market" }, { "name": "demo/number-farm" } ],
            "method": "pt", "prompt": { "length": 1 },
              "eachTask": { "shots": 8, "prefix": "instruction" }, "training": { "steps": 1, "batch": 2,
              "learningRate": { "private": 0 } },
              "evaluation": { "examples": 200, "batch": 100, "prefixes": [ "none", { "task": "demo/number-farm",
              "kind": "instruction" } ], "verifyReload": false } }
            """);
        string run = Path.Combine(folder.FullName, "run"), other = Path.Combine(folder.FullName, "other");
        CliRun train = CliRun.Of("train", config, "--out", run, "--threads", "1", "--json");
        Assert.True(train.Code == 0, train.Error);
        TaskUnderPrefixes[] tasks = [.. TaskUnderPrefixes.Read(Path.Combine(run, RunFolder.PrefixesName)).Values];
        string[] prefixes = ["none", "demo/number-farm (instruction)"];
        Assert.Equal(prefixes, tasks[0].Under.Keys);
        Assert.Equal(Accuracy(train.Json, "demo/sentiment-market"), tasks[0].Own);
        Assert.InRange(tasks[0].Own - tasks[0].Under[prefixes[1]], 0.15, 1);
        Assert.Equal(tasks[1].Own, tasks[1].Under[prefixes[1]]);
        JsonElement validation = CliRun.Of(
            "train", config, "--set", "evaluation.split=validation", "--set", "evaluation.prefixes=null", "--out",
            other, "--threads", "1", "--json").Json;
        Assert.NotEqual(tasks[0].Own, Accuracy(validation, "demo/sentiment-market"));
        Assert.False(File.Exists(Path.Combine(other, RunFolder.PrefixesName)));
    }

    [Fact]
    public void UnknownPrefix_IsRefused_BeforeAnythingIsTrained()
    {
        using TempFolder folder = new();
        string run = Path.Combine(folder.FullName, "run");
        CliRun.Of(
            "train", folder.Write("c.json", Configuration), "--set", """evaluation.prefixes=[{ "task": "nothing" }]""",
            "--out", run).AssertBadInput("'nothing', which is no task here");
        Assert.False(Directory.Exists(run));
    }

    [Fact]
    public void Command_TakesTheModelByName() =>
        Assert.Equal(0, CliRun.With("{\"text\": \"the\"}\n", "generate", "--model", "demo", "--threads", "1").Code);

    private static double Accuracy(JsonElement json, string task) =>
        json.GetProperty("tasks").GetProperty(task).GetProperty("accuracy").GetDouble();
}
