using System.Text.Json;
using CrossPT.Runner.Tests.Experiments.Sweeps;
using CrossPT.Runner.Tests.Net;

namespace CrossPT.Runner.Tests.Hub;

/// <summary>A name wherever a model folder does: a path first, then the cache, then the hub.</summary>
public sealed class HubModelNameTests
{
    private const string Text = """{"text": "a note to a neat tea"}""";

    [Fact]
    public void Pull_ThenGenerate_OnTheCommandLine()
    {
        using HubCase hub = new();
        CliRun pull = hub.Run("pull", HubCase.Name, "--json");
        Assert.True(pull.Code == 0, pull.Error);
        Assert.Equal(
            ("owner/tiny", "main", hub.Commit),
            (pull.Json.GetProperty("model").GetString(), pull.Json.GetProperty("revision").GetString(), pull.Json
                .GetProperty("commit").GetString()));
        Assert.Equal(3, pull.Json.GetProperty("files").GetArrayLength());
        Assert.Equal(
            HubCase.Files.Sum(static file => file.Value.Length), pull.Json.GetProperty("downloaded_bytes").GetInt64());
        Assert.Contains("owner/tiny/model.safetensors: done", pull.Error, StringComparison.Ordinal);
        string input = hub.Folder.Write("in.jsonl", Text), folder = pull.Json.GetProperty("folder").GetString()!;
        Dictionary<string, string> offline = hub.Variables;
        offline["HF_HUB_OFFLINE"] = "1";
        CliRun byName = CliRun.In(offline, "generate", "--model", HubCase.Name, "--input", input, "--max-tokens", "4");
        CliRun byPath = CliRun.In(offline, "generate", "--model", folder, "--input", input, "--max-tokens", "4");
        Assert.True(byName.Code == 0, byName.Error);
        Assert.Equal(byPath.Output, byName.Output);
        CliRun again = hub.Run("pull", HubCase.Name, "--quiet");
        Assert.Equal("", again.Error);
        Assert.Contains("here already", again.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Model_NotInTheCache_IsDownloadedWithOneLine()
    {
        using HubCase hub = new();
        string input = hub.Folder.Write("in.jsonl", Text);
        CliRun tokenize = hub.Run("tokenize", "--model", HubCase.Name, "--input", input);
        Assert.True(tokenize.Code == 0, tokenize.Error);
        Assert.Contains(
            "downloading it from", Assert.Single(tokenize.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        // Pieces need no weights.
        Assert.Empty(hub.Server.StorageRequests);
        CliRun generate = hub.Run("generate", "--model", HubCase.Name, "--input", input, "--max-tokens", "2");
        Assert.True(generate.Code == 0, generate.Error);
        Assert.Single(generate.Error.TrimEnd().Split('\n'));
        Assert.Equal("", hub.Run("generate", "--model", HubCase.Name, "--input", input, "--max-tokens", "2").Error);
    }

    [Fact]
    public void Path_WinsOverAName()
    {
        using HubCase hub = new();
        hub.Run("generate", "--model", Path.Combine(hub.Folder.FullName, "none")).AssertBadInput("no such folder");
        hub.Run("generate", "--model", "./none").AssertBadInput("no such folder");
        hub.Run("generate", "--model", hub.Folder.Write("file", "x")).AssertBadInput("is a file");
        Assert.Empty(hub.Server.Requests);
    }

    [Fact]
    public void Train_ByName_RecordsNameRevisionAndHash_AndFindsTheModelAgain()
    {
        using HubCase hub = new();
        string configuration = TinyRun.WriteConfiguration(hub.Folder);
        string output = Path.Combine(hub.Folder.FullName, "run");
        CliRun run = hub.Run(
            [
                "train", configuration, "--set", $"model={HubCase.Name}", "--set", "training.steps=2", "--out", output,
                "--threads", "1"]);
        Assert.True(run.Code == 0, run.Error);
        JsonElement model = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "config.json"))).RootElement
            .GetProperty("model");
        Assert.Equal(HubCase.Name, model.GetProperty("name").GetString());
        Assert.Equal(hub.Commit, model.GetProperty("revision").GetString());
        Assert.Equal(
            HubServer.EtagOf("model.safetensors", HubCase.Files["model.safetensors"]),
            model.GetProperty("sha256").GetString());
        Directory.Delete(hub.Cache, recursive: true);
        // The commit of the record, whatever main is now.
        Dictionary<string, byte[]> files = HubCase.Files;
        files["README.md"] = [1];
        hub.Server.Publish(HubCase.Name, files);
        CliRun evaluate = hub.Run("evaluate", "--run", output, "--threads", "1");
        Assert.True(evaluate.Code == 0, evaluate.Error);
        Assert.True(Directory.Exists(Path.Combine(hub.Cache, "models--owner--tiny", "snapshots", hub.Commit)));
        Assert.Equal(0, hub.Run("evaluate", "--run", output, "--model", HubCase.Name, "--threads", "1").Code);
    }

    [Fact]
    public void Sweep_ByName_DownloadsTheModelOnce()
    {
        using HubCase hub = new();
        string output = Path.Combine(hub.Folder.FullName, "sweep");
        string grid = TinySweep.Write(hub.Folder, "\"product\": { \"seed\": [1, 2] }", steps: 2);
        string configuration = Path.Combine(hub.Folder.FullName, "base.json");
        File.WriteAllText(
            configuration,
            File.ReadAllText(configuration)
                .Replace("\"model\": \"model\"", $"\"model\": \"{HubCase.Name}\"", StringComparison.Ordinal));
        CliRun run = hub.Run("sweep", grid, "--out", output, "--threads", "1", "--jobs", "1");
        Assert.True(run.Code == 0, run.Error);
        Assert.Single(hub.Server.StorageRequests);
        Assert.All(Directory.GetFiles(output, "config.json", SearchOption.AllDirectories), static path =>
            Assert.Equal(
                HubCase.Name,
                JsonDocument.Parse(File.ReadAllText(path)).RootElement.GetProperty("model").GetProperty("name")
                    .GetString()));
    }

    // A newer main that was pulled in between, and a cache that was emptied: every run has the commit of the first.
    [Fact]
    public void Sweep_GoesOnWithTheCommitItWasBegunWith()
    {
        using HubCase hub = new();
        string output = Path.Combine(hub.Folder.FullName, "sweep");
        Sweep("1");
        Dictionary<string, byte[]> files = HubCase.Files;
        files["model.safetensors"] = [.. files["model.safetensors"]];
        files["model.safetensors"][^1] ^= 1;
        string newer = hub.Server.Publish(HubCase.Name, files);
        Assert.Equal(0, hub.Run("pull", HubCase.Name, "--quiet").Code);
        Assert.Contains(
            $"owner/tiny: the sweep continues with the commit {hub.Commit}, with which it began; main is {newer} now",
            Sweep("1, 2").Error, StringComparison.Ordinal);
        Directory.Delete(hub.Cache, recursive: true);
        Sweep("1, 2, 3");
        string[] revisions = [.. Directory.GetFiles(output, "config.json", SearchOption.AllDirectories)
            .Select(static path =>
            JsonDocument.Parse(File.ReadAllText(path)).RootElement.GetProperty("model").GetProperty("revision")
                .GetString()!)];
        Assert.Equal(Enumerable.Repeat(hub.Commit, 3), revisions);
        // A revision that the configuration names is taken at its word.
        hub.Run("sweep", Write("1, 2, 3", $"{HubCase.Name}@{newer}"), "--out", output, "--resume", "--quiet")
            .AssertBadInput("other settings now", newer, hub.Commit);

        CliRun Sweep(string seeds)
        {
            CliRun run = hub.Run(["sweep", Write(seeds, HubCase.Name), "--out", output, "--threads", "1", "--resume"]);
            Assert.True(run.Code == 0, run.Error);
            return run;
        }

        string Write(string seeds, string model)
        {
            string grid = TinySweep.Write(hub.Folder, $"\"product\": {{ \"seed\": [{seeds}] }}", steps: 2);
            string configuration = Path.Combine(hub.Folder.FullName, "base.json");
            File.WriteAllText(
                configuration,
                File.ReadAllText(configuration)
                    .Replace("\"model\": \"model\"", $"\"model\": \"{model}\"", StringComparison.Ordinal));
            return grid;
        }
    }

    [Fact]
    public void Model_MT5_IsPulledAndRuns()
    {
        using HubCase hub = new();
        using TempFolder made = new();
        TinyModel.Write(made.FullName, gated: true, vocabulary: 32);
        Dictionary<string, byte[]> files = HubServer.FilesOf(made.FullName);
        string config = System.Text.Encoding.UTF8.GetString(files["config.json"]);
        // What an mT5's file leaves out: gated, head of its own.
        files["config.json"] = HubCase.Json(
            string.Join('\n', config.Replace("\"t5\"", "\"mt5\"", StringComparison.Ordinal).Split('\n')
            .Where(
                static line => !line.Contains("feed_forward_proj", StringComparison.Ordinal)
                    && !line.Contains("tie_word", StringComparison.Ordinal))));
        files["tokenizer.json"] = HubCase.Json(TinyRun.Tokenizer);
        files["tokenizer_config.json"] = HubCase.Json("""
            { "tokenizer_class": "T5Tokenizer", "extra_ids": 0, "additional_special_tokens": null,
            "sp_model_kwargs": {} }
            """);
        hub.Server.Publish("google/tiny-mt5", files);
        CliRun run = hub.Run(
            "generate", "--model", "google/tiny-mt5", "--input", hub.Folder.Write("in.jsonl", Text), "--max-tokens",
            "3");
        Assert.True(run.Code == 0, run.Error);
    }
}
