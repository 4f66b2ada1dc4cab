using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using CrossPT.Runner.Tests.Cli;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Files;
using CrossPT.Transformer;

namespace CrossPT.Runner.Tests.Commands;

public sealed class TrainCommandTests
{
    private const string Tokenizer = """
        { "added_tokens": [ { "id": 0, "content": "<pad>", "special": true }, { "id": 1, "content": "</s>", "special": true }, { "id": 2, "content": "<unk>", "special": true } ],
          "pre_tokenizer": { "type": "Sequence", "pretokenizers": [ { "type": "WhitespaceSplit" }, { "type": "Metaspace", "replacement": "\u2581", "add_prefix_space": true } ] },
          "model": { "type": "Unigram", "unk_id": 2, "vocab": [ ["<pad>", 0], ["</s>", 0], ["<unk>", 0], ["\u2581", -2], ["a", -3], ["e", -3], ["n", -3], ["o", -3], ["t", -3], ["_", -3] ] } }
        """;

    [Fact]
    public void Json_HoldsTheFiguresOfTheRun_AndTheFolderItsFiles()
    {
        using TempFolder folder = new();
        string config = WriteConfiguration(folder), output = Path.Combine(folder.FullName, "run");
        CliRun run = CliRun.Of("train", config, "--set", "training.steps=12", "--out", output, "--threads", "1", "--json");
        Assert.True(run.Code == 0, run.Error);
        JsonElement json = run.Json;
        Assert.Equal(12, json.GetProperty("steps").GetInt32());
        Assert.Equal(json.GetProperty("loss_last").GetDouble() / json.GetProperty("loss_first").GetDouble(), json.GetProperty("loss_ratio").GetDouble(), 12);
        Assert.Equal(json.GetProperty("used_mb_first").GetDouble(), json.GetProperty("used_mb_last").GetDouble());
        Assert.True(json.GetProperty("reload_equal").GetBoolean());
        Assert.Equal(4, json.GetProperty("tasks").GetProperty("rte").GetProperty("examples").GetInt32());
        Assert.Contains("step 12/12  loss ", run.Error);
        Assert.Equal(["config.json", "history.jsonl", "metrics.json", "prompts.safetensors", "router.json"], Directory.GetFiles(output).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Text_TellsLossesTimeMemoryAndMetrics()
    {
        using TempFolder folder = new();
        CliRun run = CliRun.Of("train", WriteConfiguration(folder), "--out", Path.Combine(folder.FullName, "run"), "--threads", "1", "--quiet");
        Assert.Equal((0, ""), (run.Code, run.Error));
        foreach (string words in new[] { "over the first 10 steps", "s a step", "MB in use after the first step", "rte       accuracy", "same to the last bit", "saved" }) Assert.Contains(words, run.Output);
    }

    [Fact]
    public void ExistingFolder_IsRefused_BeforeAnythingIsLoaded()
    {
        using TempFolder folder = new();
        CliRun.Of("train", folder.Write("c.json", """{ "model": "none", "tasks": [ { "name": "rte" } ], "sources": ["none.pt"] }"""), "--out", folder.FullName).AssertBadInput("exists already");
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
        CliRun.Of("train", WriteConfiguration(folder), "--set", setting, "--out", output).AssertBadInput(found, expected);
        Assert.False(Directory.Exists(output));
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task Signal_EndsWithItsCode_AndACheckpoint(string signal, int code)
    {
        if (OperatingSystem.IsWindows()) return;
        using TempFolder folder = new();
        using CancellationTokenSource late = new();
        string config = WriteConfiguration(folder), output = Path.Combine(folder.FullName, "run"), history = Path.Combine(output, "history.jsonl");
        using Process process = ProcessTests.Start("train", config, "--set", "training.steps=1000000", "--set", "training.checkpointEvery=0", "--out", output, "--threads", "1", "--quiet");
        Task<string> error = process.StandardError.ReadToEndAsync();
        for (int i = 0; i < 600 && !(File.Exists(history) && new FileInfo(history).Length > 1000) && !process.HasExited; i++) await Task.Delay(100);
        using Process kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} {process.Id}"]);
        late.CancelAfter(20_000);
        await process.WaitForExitAsync(late.Token);
        Assert.Equal((code, "crosspt: interrupted"), (process.ExitCode, (await error).TrimEnd()));
        // The checkpoint is of the last step in the history.
        string state = File.ReadAllText(Path.Combine(output, "checkpoint", "state.safetensors"));
        Assert.Contains($"\\\"Step\\\":{File.ReadLines(history).Count()},", state, StringComparison.Ordinal);
    }

    [Fact]
    public void BadRow_IsOneLine_WithFileAndLine()
    {
        using TempFolder folder = new();
        string config = WriteConfiguration(folder);
        string data = folder.Write("rte.jsonl", "{\"sentence1\": \"a\", \"sentence2\": \"b\", \"label\": 0}\n{\"sentence1\": \"a\", \"label\": 0}\n");
        CliRun.Of("train", config, "--set", $"tasks[0].train={data}", "--out", Path.Combine(folder.FullName, "run")).AssertBadInput("rte.jsonl:2:", "\"sentence2\"");
    }

    private static string WriteConfiguration(TempFolder folder)
    {
        string model = Path.Combine(folder.FullName, "model");
        using (CpuBackend backend = new(1))
        {
            T5Config config = new() { VocabularySize = 32, ModelWidth = 8, HeadWidth = 4, Heads = 2, FeedForwardWidth = 16, EncoderLayers = 1, DecoderLayers = 1 };
            using T5Model random = T5Model.Random(config, backend, seed: 1);
            random.Save(model);
        }
        File.WriteAllText(Path.Combine(model, "tokenizer.json"), Tokenizer);
        float[] rows = [.. Enumerable.Range(0, 24).Select(static i => (float)Math.Sin(i))];
        new SafetensorsWriter().Add("prompt", DType.Float32, new Shape(3, 8), MemoryMarshal.AsBytes(rows.AsSpan()).ToArray()).Save(Path.Combine(folder.FullName, "source.safetensors"));
        string data = folder.Write("data.jsonl", string.Concat(Enumerable.Range(0, 8).Select(static i => $$"""{"sentence1": "a {{(i % 2 == 0 ? "note" : "tea")}}", "sentence2": "a note", "label": {{i % 2}}}""" + "\n")));
        return folder.Write("config.json", $$"""
            { "model": "model", "tasks": [ { "name": "rte", "shots": 6, "train": "data.jsonl", "validation": "data.jsonl" }, { "name": "mrpc", "shots": 6, "train": "data.jsonl", "validation": "data.jsonl" } ],
              "sources": ["source.safetensors"], "training": { "steps": 11, "batch": 4 }, "evaluation": { "examples": 4 } }
            """);
    }
}
