using System.Diagnostics;
using System.Text.Json;
using CrossPT.Runner.Tests.Cli;

namespace CrossPT.Runner.Tests.Commands;

public sealed class TrainCommandTests
{
    [Fact]
    public void Json_HoldsTheFiguresOfTheRun_AndTheFolderItsFiles()
    {
        using TempFolder folder = new();
        string config = TinyRun.WriteConfiguration(folder), output = Path.Combine(folder.FullName, "run");
        CliRun run = CliRun.Of("train", config, "--set", "training.steps=12", "--out", output, "--threads", "1",
            "--json");
        Assert.True(run.Code == 0, run.Error);
        JsonElement json = run.Json;
        Assert.Equal(12, json.GetProperty("steps").GetInt32());
        Assert.Equal(json.GetProperty("loss_last").GetDouble() / json.GetProperty("loss_first").GetDouble(),
            json.GetProperty("loss_ratio").GetDouble(), 12);
        Assert.Equal(json.GetProperty("used_mb_first").GetDouble(), json.GetProperty("used_mb_last").GetDouble());
        Assert.True(json.GetProperty("reload_equal").GetBoolean());
        Assert.Equal(4, json.GetProperty("tasks").GetProperty("rte").GetProperty("examples").GetInt32());
        Assert.Contains("step 12/12  loss ", run.Error);
        string[] files =
            ["config.json", "events.out.tfevents.crosspt", "history.jsonl", "metrics.json", "predictions.jsonl",
                "prompts.safetensors", "router.json", "router.jsonl"];
        Assert.Equal(files, Directory.GetFiles(output).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Text_TellsLossesTimeMemoryAndMetrics()
    {
        using TempFolder folder = new();
        CliRun run = CliRun.Of("train", TinyRun.WriteConfiguration(folder), "--out",
            Path.Combine(folder.FullName, "run"), "--threads", "1", "--quiet");
        Assert.Equal((0, ""), (run.Code, run.Error));
        foreach (string words in new[] { "(first and last 10 steps)", "s a step", "MB in use after the first step",
            "same to the last bit", "saved" }) Assert.Contains(words, run.Output);
        Assert.Matches("rte +accuracy +[0-9.]+ +[0-9.]+ +4\n", run.Output);
    }

    [Fact]
    public void Summary_ComparesWithPromptTuningBesideIt_ShowsTheRouter_AndWhatComesNext()
    {
        using TempFolder folder = new();
        string runs = Path.Combine(folder.FullName, "runs"), config = TinyRun.WriteConfiguration(folder, "pt");
        string plain = Path.Combine(runs, "plain"), own = Path.Combine(runs, "own");
        string alone = Train(config, plain);
        Assert.DoesNotContain("prompt tuning", alone, StringComparison.Ordinal);
        Assert.DoesNotContain("router", alone, StringComparison.Ordinal);
        Assert.EndsWith(
            $"next      crosspt predict --run {plain} --task rte --text \"…\" --text \"…\"\n"
            + $"          crosspt report {plain}\n", alone, StringComparison.Ordinal);

        config = TinyRun.WriteConfiguration(folder, "crosspt");
        string compared = Train(config, own);
        Assert.Matches(@"rte +accuracy( +[0-9.]+){3} +[+−]?[0-9.]+ +\[[^\]]*\]\n", compared);
        Assert.Contains($"prompt tuning: {plain}; ", compared, StringComparison.Ordinal);
        Assert.Matches(
            @"router: how much of each source prompt a task takes, in percent\n +source +other +none", compared);
        Assert.Matches(@"\nmrpc( +[ ░▒▓█]+ [0-9]+){3}\n", compared);
        Assert.EndsWith($"          crosspt report --compare {plain} {own}\n", compared, StringComparison.Ordinal);
        // Of another seed it is no comparison.
        string other = Train(config, Path.Combine(runs, "other"), "--set", "seed=2");
        Assert.DoesNotContain("prompt tuning", other, StringComparison.Ordinal);

        static string Train(string config, string output, params string[] more)
        {
            CliRun run = CliRun.Of(
                ["train", config, "--set", "training.steps=3", "--out", output, "--threads", "1", "--quiet", .. more]);
            Assert.True(run.Code == 0, run.Error);
            return run.Output;
        }
    }

    [Fact]
    public void ExistingFolder_IsRefused_BeforeAnythingIsLoaded()
    {
        using TempFolder folder = new();
        CliRun.Of("train", folder.Write("c.json", """
            { "model": "none", "tasks": [ { "name": "rte" } ], "sources": ["none.pt"] }
            """), "--out", folder.FullName).AssertBadInput("exists already");
    }

    [Theory]
    [InlineData("taining.steps=1", "unknown key \"taining\"", "\"training\"")]
    [InlineData("training.steps=-1", "training.steps: found -1", "expected an integer")]
    [InlineData("model=none", "none", "model folder")]
    [InlineData("sources=[\"none.pt\"]", "none.pt", "does not exist")]
    [InlineData("tasks[0].train=none.jsonl", "none.jsonl", "no such file")]
    public void BadSetting_IsOneLine(string setting, string found, string expected)
    {
        using TempFolder folder = new();
        string output = Path.Combine(folder.FullName, "run");
        CliRun.Of("train", TinyRun.WriteConfiguration(folder), "--set", setting, "--out", output).AssertBadInput(
            found, expected);
        Assert.False(Directory.Exists(output));
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task Signal_EndsWithItsCode_AndACheckpoint(string signal, int code)
    {
        if (OperatingSystem.IsWindows()) return;
        using TempFolder folder = new();
        string config = TinyRun.WriteConfiguration(folder), output = Path.Combine(folder.FullName, "run"),
            history = Path.Combine(output, "history.jsonl");
        using Process process = ProcessTests.Start(
            "train", config, "--set", "training.steps=1000000", "--set", "training.checkpointEvery=0", "--out", output,
            "--threads", "1", "--quiet");
        Task<string> error = process.StandardError.ReadToEndAsync();
        for (int i = 0; i < 600 && !(File.Exists(history) && new FileInfo(history).Length > 1000)
            && !process.HasExited; i++) await Task.Delay(100);
        await ProcessTests.EndBySignal(process, signal);
        // The checkpoint is of the last step in the history.
        int step = File.ReadLines(history).Count();
        string state = File.ReadAllText(Path.Combine(output, "checkpoint", "state.safetensors"));
        Assert.Contains($"\\\"Step\\\":{step},", state, StringComparison.Ordinal);
        Assert.Equal(
            $"crosspt: interrupted with a checkpoint of step {step} of 1000000; to continue: "
            + $"crosspt train {output} --resume --threads 1", (await error).TrimEnd());
        Assert.Equal(code, process.ExitCode);
    }

    [Fact]
    public void BadRow_IsOneLine_WithFileAndLine()
    {
        using TempFolder folder = new();
        string config = TinyRun.WriteConfiguration(folder);
        string data = folder.Write(
            "rte.jsonl",
            "{\"sentence1\": \"a\", \"sentence2\": \"b\", \"label\": 0}\n{\"sentence1\": \"a\", \"label\": 0}\n");
        CliRun.Of("train", config, "--set", $"tasks[0].train={data}", "--out",
            Path.Combine(folder.FullName, "run")).AssertBadInput("rte.jsonl:2:", "\"sentence2\"");
    }

    [Fact]
    public void LabelWords_WithoutPieces_AreWarnedOf_InEveryPlace()
    {
        using TempFolder folder = new();
        string config = TinyRun.WriteConfiguration(folder);
        folder.Write("own.json", """
            { "name": "own", "fields": ["sentence1"], "labels": { "0": "ten\u00f6", "1": "note" } }
            """);
        string[] own =
        [
            config, "--threads", "1", "--set",
            """tasks=[{ "name": "own", "declaration": "own.json", """
                + """ "train": "data.jsonl", "validation": "data.jsonl" }]""",
            "--set", "tasks[0].shots=6",
        ];
        const string Words = "the vocabulary has no piece for 'ö' in the label word 'tenö'";
        CliRun dry = CliRun.Of(["train", .. own, "--dry-run", "--json"]);
        Assert.Contains($"warning: task 'own': {Words}", dry.Error, StringComparison.Ordinal);
        Assert.Contains(Words, dry.Json.GetProperty("warnings")[0].GetString(), StringComparison.Ordinal);

        string output = Path.Combine(folder.FullName, "run");
        CliRun run = CliRun.Of(["train", .. own, "--out", output, "--json"]);
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains($"warning: task 'own': {Words}", run.Error, StringComparison.Ordinal);
        Assert.Contains(Words, run.Json.GetProperty("warnings")[0].GetString(), StringComparison.Ordinal);
        string metrics = File.ReadAllText(Path.Combine(output, "metrics.json"));
        Assert.Contains("\"warnings\"", metrics, StringComparison.Ordinal);
        CliRun evaluation = CliRun.Of("evaluate", "--run", output, "--threads", "1");
        Assert.Contains(Words, evaluation.Error, StringComparison.Ordinal);
    }

    /// <summary>All eight rows have the two texts that are trained and tested on.</summary>
    [Theory]
    [InlineData("training.evaluateEvery=2")]
    [InlineData("training.selection=best")]
    [InlineData("training.patience=3")]
    public void Train_NoRowsLeftToChooseBy_IsRefusedBeforeItTrains(string setting)
    {
        using TempFolder folder = new();
        string output = Path.Combine(folder.FullName, "run");
        CliRun run = CliRun.Of(
            "train", TinyRun.WriteConfiguration(folder), "--set", setting, "--out", output, "--threads", "1");
        Assert.Equal(2, run.Code);
        Assert.Contains("'rte' has no rows left to evaluate while it trains", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(output));
    }
}
