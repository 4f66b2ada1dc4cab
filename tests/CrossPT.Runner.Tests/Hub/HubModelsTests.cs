using CrossPT.Runner.Hub;
using CrossPT.Runner.Tests.Net;

namespace CrossPT.Runner.Tests.Hub;

/// <summary>What a pull leaves in the cache, and what it finds there.</summary>
public sealed class HubModelsTests
{
    [Fact]
    public void Pull_LaysTheCacheOutAsHuggingFaceDoes()
    {
        using HubCase hub = new();
        ModelPull pull = hub.Pull();
        string folder = Path.Combine(hub.Cache, "models--owner--tiny");
        Assert.Equal(Path.Combine(folder, "snapshots", hub.Commit), pull.Folder);
        Assert.Equal(hub.Commit, File.ReadAllText(Path.Combine(folder, "refs", "main")));
        foreach ((string file, byte[] bytes) in HubCase.Files)
        {
            string etag = HubServer.EtagOf(file, bytes), pointer = Path.Combine(pull.Folder, file);
            Assert.Equal(bytes, File.ReadAllBytes(Path.Combine(folder, "blobs", etag)));
            Assert.True(File.Exists(Path.Combine(hub.Cache, ".locks", "models--owner--tiny", $"{etag}.lock")));
            if (!OperatingSystem.IsWindows()) Assert.Equal($"../../blobs/{etag}", new FileInfo(pointer).LinkTarget);
            Assert.Equal(bytes, File.ReadAllBytes(pointer));
        }
        Assert.Equal(
            ["tokenizer_config.json"],
            Directory.GetFiles(Path.Combine(folder, ".no_exist", hub.Commit))
                .Select(static path => Path.GetFileName(path)).Order());
        Assert.Equal(
            ["config.json", "model.safetensors", "tokenizer.json"],
            pull.Files.Select(static file => file.Name).Order());
        Assert.All(pull.Files, static file => Assert.True(file.Downloaded));
        Assert.Empty(Directory.GetFiles(Path.Combine(folder, "blobs"), "*.incomplete"));
    }

    [Fact]
    public void Pull_AsksForPlainBytesWithTheTokenThatStorageNeverSees()
    {
        using HubCase hub = new();
        hub.Pull();
        Assert.All(
            hub.Server.Requests, static request => Assert.Equal("Bearer hf_secret", request.Headers["authorization"]));
        Assert.All(
            hub.Server.StorageRequests, static request => Assert.False(request.Headers.ContainsKey("authorization")));
        Assert.All(
            [.. hub.Server.Requests, .. hub.Server.StorageRequests],
            static request => Assert.Equal("identity", request.Headers["accept-encoding"]));
        Assert.NotEmpty(hub.Server.StorageRequests);
    }

    [Fact]
    public void Pull_OfWhatIsThere_AsksOnceAndDownloadsNothing()
    {
        using HubCase hub = new();
        hub.Pull();
        int before = hub.Server.Requests.Count();
        Assert.All(hub.Pull().Files, static file => Assert.False(file.Downloaded));
        Assert.Equal(before + 1, hub.Server.Requests.Count());
        hub.Pull($"{HubCase.Name}@{hub.Commit}");
        Assert.Equal(before + 1, hub.Server.Requests.Count());
    }

    [Fact]
    public void Pull_OfANewCommit_KeepsTheOldOneAndSharesWhatIsTheSame()
    {
        using HubCase hub = new();
        ModelPull old = hub.Pull();
        Dictionary<string, byte[]> files = HubCase.Files;
        files["config.json"] = [.. files["config.json"], (byte)'\n'];
        string commit = hub.Server.Publish(HubCase.Name, files);
        ModelPull pull = hub.Pull();
        Assert.Equal(commit, pull.Commit);
        Assert.Equal("config.json", Assert.Single(pull.Files, static file => file.Downloaded).Name);
        Assert.True(File.Exists(Path.Combine(old.Folder, "config.json")));
        Assert.Equal(
            old.Folder,
            new HubModels(hub.Settings, hub.Progress)
                .Find(HubName.Parse(HubCase.Name, hub.Commit), weights: true)!.Folder);
    }

    [Fact]
    public void Pull_OfAPullRequest_IsKeptUnderItsReference()
    {
        using HubCase hub = new();
        Dictionary<string, byte[]> files = HubCase.Files;
        files["README.md"] = [1];
        string commit = hub.Server.Publish(HubCase.Name, files, "refs/pr/2");
        ModelPull pull = hub.Pull($"{HubCase.Name}@refs/pr/2");
        Assert.Equal(commit, pull.Commit);
        Assert.Equal(
            commit, File.ReadAllText(Path.Combine(hub.Cache, "models--owner--tiny", "refs", "refs", "pr", "2")));
        Assert.Contains(
            hub.Server.Requests,
            static request => request.Target.Contains("/resolve/refs%2Fpr%2F2/config.json", StringComparison.Ordinal));
        Assert.DoesNotContain(pull.Files, static file => file.Name == "README.md");
    }

    // The folder keeps the name that was asked for; either is found under both.
    [Theory]
    [InlineData("t5-base", "google-t5/t5-base", "models--t5-base")]
    [InlineData("google-t5/t5-base", "t5-base", "models--google-t5--t5-base")]
    public void Pull_OfARenamedRepository_IsFoundUnderBothNames(string asked, string other, string folder)
    {
        using HubCase hub = new();
        hub.Server.Publish("google-t5/t5-base", HubCase.Files);
        hub.Server.Rename("t5-base", "google-t5/t5-base");
        ModelPull pull = hub.Pull(asked);
        Assert.StartsWith(Path.Combine(hub.Cache, folder), pull.Folder, StringComparison.Ordinal);
        Assert.Equal(pull.Folder, hub.Pull(other).Folder);
        Assert.Equal(
            pull.Folder,
            new HubModels(hub.Settings with { Offline = true }, hub.Progress)
                .Find(HubName.Parse(other, null), weights: true)!.Folder);
    }

    [Fact]
    public void Find_WhatPythonDownloaded_NeedsNoNetwork()
    {
        using HubCase hub = new();
        string folder = Path.Combine(hub.Cache, "models--google--tiny-t5");
        string commit = new('a', 40);
        string snapshot = Path.Combine(folder, "snapshots", commit);
        Directory.CreateDirectory(Path.Combine(folder, "blobs"));
        Directory.CreateDirectory(Path.Combine(folder, "refs"));
        Directory.CreateDirectory(snapshot);
        File.WriteAllText(Path.Combine(folder, "refs", "main"), commit);
        foreach ((string file, byte[] bytes) in HubCase.Files)
        {
            string etag = HubServer.EtagOf(file, bytes);
            File.WriteAllBytes(Path.Combine(folder, "blobs", etag), bytes);
            File.CreateSymbolicLink(Path.Combine(snapshot, file), $"../../blobs/{etag}");
        }
        HubModels models = new(hub.Settings with { Offline = true }, hub.Progress);
        HubName name = HubName.Parse("google/tiny-t5", null);
        Assert.Equal(snapshot, models.Find(name, weights: true)!.Folder);
        // A link to nothing, as an interrupted clean-up leaves it, is no file.
        File.Delete(
            Path.Combine(folder, "blobs", HubServer.EtagOf("model.safetensors", HubCase.Files["model.safetensors"])));
        Assert.Null(models.Find(name, weights: true));
        Assert.NotNull(models.Find(name, weights: false));
        Assert.Empty(hub.Server.Requests);
    }

    [Fact]
    public void Link_WhereThereAreNone_IsTheFileItself()
    {
        using TempFolder folder = new();
        HubCache sut = new(folder.FullName)
        {
            MakeLink = static (_, _) => throw new IOException("a privilege is missing"),
        };
        string blob = sut.BlobOf("a/b", "etag");
        string pointer = Path.Combine(sut.SnapshotOf("a/b", new('1', 40)), "config.json");
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        File.WriteAllText(blob, "x");
        sut.Link("a/b", new('1', 40), "config.json", "etag");
        Assert.Equal("x", File.ReadAllText(pointer));
        Assert.Null(new FileInfo(pointer).LinkTarget);
        Assert.False(File.Exists(blob));
    }

    [Theory]
    [InlineData("""{ "weight_map": { "a": "../../up.safetensors" } }""", "expected a file beside it")]
    [InlineData("""{ "weight_map": { "a": "/etc/up.safetensors" } }""", "expected a file beside it")]
    [InlineData("""{ "weight_map": { "a": "run.sh" } }""", "expected a file beside it")]
    [InlineData("""{ "weight_map": {} }""", "names no shard")]
    [InlineData("""[1]""", "is no index of shards")]
    public void Pull_OfAnIndexThatIsNone_IsRefused(string index, string words)
    {
        using HubCase hub = new();
        Dictionary<string, byte[]> files = HubCase.Files;
        files.Remove("model.safetensors");
        files["model.safetensors.index.json"] = HubCase.Json(index);
        hub.Server.Publish("owner/trick", files);
        Assert.Contains(words, hub.Fail("owner/trick").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pull_TakesShardsThatTheIndexNames()
    {
        using HubCase hub = new();
        Dictionary<string, byte[]> files = HubCase.Files;
        byte[] weights = files["model.safetensors"];
        files.Remove("model.safetensors");
        (files["model-1.safetensors"], files["model-2.safetensors"], files["other.safetensors"]) =
            (weights[..99], weights[99..], [1, 2]);
        files["model.safetensors.index.json"] = HubCase.Json("""
            { "weight_map": { "a": "model-1.safetensors", "b": "model-2.safetensors", "c": "model-1.safetensors" } }
            """);
        files["pytorch_model.bin"] = weights;
        hub.Server.Publish("owner/sharded", files);
        ModelPull pull = hub.Pull("owner/sharded");
        Assert.Equal(
            [
                "config.json", "tokenizer.json", "model.safetensors.index.json", "model-1.safetensors",
                "model-2.safetensors"], pull.Files.Select(static file => file.Name));
        File.Delete(Path.Combine(pull.Folder, "model-2.safetensors"));
        Assert.Equal(
            "model-2.safetensors",
            Assert.Single(hub.Pull("owner/sharded").Files, static file => file.Name == "model-2.safetensors").Name);
    }

    [Fact]
    public void Pull_OfPyTorchWeightsAlone_TakesThem()
    {
        using HubCase hub = new();
        Dictionary<string, byte[]> files = HubCase.Files;
        files["pytorch_model.bin"] = files["model.safetensors"];
        files.Remove("model.safetensors");
        hub.Server.Publish("owner/old", files);
        Assert.Contains(
            hub.Pull("owner/old").Files, static file => file is { Name: "pytorch_model.bin", Downloaded: true });
    }

    [Theory]
    [InlineData("""{ "model_type": "bert" }""", null, "type 'bert'")]
    [InlineData("""{ "model_type": "umt5" }""", null, "type 'umt5'")]
    [InlineData("""{ "model_type": "t5", "tokenizer_class": "ByT5Tokenizer" }""", null, "ByT5")]
    [InlineData("""{ "model_type": "t5" }""", """{ "tokenizer_class": "RobertaTokenizer" }""", "CodeT5")]
    [InlineData("""{ "model_type": "t5" }""", """{ "tokenizer_class": "LlamaTokenizer" }""", "'LlamaTokenizer'")]
    [InlineData("""{ "d_model": 8 }""", null, "no model_type")]
    [InlineData("not JSON", null, "no JSON")]
    [InlineData("""{ "model_type": "t5", "d_model": -3 }""", null, "d_model")]
    public void Pull_OfAnotherKindOfModel_IsRefusedBeforeItsWeights(string config, string? tokenizer, string reason)
    {
        using HubCase hub = new();
        Dictionary<string, byte[]> files = HubCase.Files;
        files["config.json"] = HubCase.Json(config);
        if (tokenizer is not null) files["tokenizer_config.json"] = HubCase.Json(tokenizer);
        hub.Server.Publish("owner/other", files);
        CliRun run = hub.Run("pull", "owner/other", "--quiet");
        run.AssertBadInput(reason);
        Assert.Empty(hub.Server.StorageRequests);
    }

    [Fact]
    public void Pull_WithoutAPieceTokenizer_IsRefusedBeforeItsWeights()
    {
        using HubCase hub = new();
        Dictionary<string, byte[]> files = HubCase.Files;
        files.Remove("tokenizer.json");
        files["vocab.json"] = HubCase.Json("{}");
        hub.Server.Publish("owner/words", files);
        Assert.Contains(
            "neither tokenizer.json nor spiece.model", hub.Fail("owner/words").Message, StringComparison.Ordinal);
        files["tokenizer.json"] = HubCase.Json("""{ "model": { "type": "BPE", "vocab": {}, "merges": [] } }""");
        hub.Server.Publish("owner/pairs", files);
        hub.Run("pull", "owner/pairs", "--quiet").AssertBadInput("'BPE'");
        Assert.Empty(hub.Server.StorageRequests);
    }

    [Fact]
    public async Task Pull_ByTwoAtOnce_DownloadsEachFileOnce()
    {
        using HubCase hub = new();
        hub.Server.StorageFault = static _ =>
        {
            Thread.Sleep(150);
            return null;
        };
        ModelPull[] pulls = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => hub.Pull())));
        Assert.All(
            pulls,
            pull => Assert.Equal(
                HubCase.Files["model.safetensors"], File.ReadAllBytes(Path.Combine(pull.Folder, "model.safetensors"))));
        Assert.Single(hub.Server.StorageRequests);
        Assert.Single(
            pulls.SelectMany(static pull => pull.Files),
            static file => file is { Name: "model.safetensors", Downloaded: true });
    }
}
