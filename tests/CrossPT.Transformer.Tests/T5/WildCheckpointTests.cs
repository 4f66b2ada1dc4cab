using System.Text.Json.Nodes;
using CrossPT.Autograd;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;
using CrossPT.Tensors.Reference;
using CrossPT.TestKit;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Transformer.Tests.T5;

/// <summary>Model folders as public bug reports have them, against the golden values of the models they are.</summary>
public sealed class WildCheckpointTests : IDisposable
{
    private readonly ReferenceBackend _backend = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("crosspt-wild-");

    public void Dispose()
    {
        _backend.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void TinyV11_AsTransformers5WritesIt_KeepsItsHead()
    {
        Copy("tiny_v11", "model.safetensors");
        WriteConfig("tiny_v11", config =>
        {
            config["tie_word_embeddings"] = true;
            config["scale_decoder_outputs"] = false;
            config["dtype"] = "float32";
            config.AsObject().Remove("torch_dtype");
        });
        Check("tiny_v11", factor: 1);
    }

    [Fact]
    public void TinyV10_TiedAndUnscaled_HasLogitsOfTheStatesThemselves()
    {
        Copy("tiny_v10", "model.safetensors");
        WriteConfig("tiny_v10", config => config["scale_decoder_outputs"] = false);
        Check("tiny_v10", factor: Math.Sqrt(32));
    }

    [Fact]
    public void SharedConfig_TiedAndUnscaled_HasLogitsOfTheStatesThemselves()
    {
        Copy("tiny_v10", "model.safetensors");
        File.Copy(SharedFolder.Path("fixtures/wild/config-v5-tied-unscaled.json"), PathOf("config.json"));
        Check("tiny_v10", factor: Math.Sqrt(32));
    }

    [Fact]
    public void SharedIndex_ThatListsTiedNames_Loads() =>
        Check("tiny_v10", 1, SharedFolder.Path("fixtures/wild/stale-index"));

    [Theory]
    [InlineData("encoder.embed_tokens.weight")]
    [InlineData("encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight")]
    public void Index_ThatListsTiedNamesNoShardHolds_Loads(params string[] names)
    {
        Copy("tiny_v10", "model.safetensors", "model-00001-of-00001.safetensors");
        WriteConfig("tiny_v10", static _ => { });
        WriteIndex(names);
        Check("tiny_v10", factor: 1);
    }

    [Fact]
    public void Index_ThatListsAnUntiedHeadNoShardHolds_IsRefused()
    {
        Copy("tiny_v10", "model.safetensors", "model-00001-of-00001.safetensors");
        WriteConfig("tiny_v10", static config => config["tie_word_embeddings"] = false);
        WriteIndex("lm_head.weight");
        string message = Assert.Throws<T5FormatException>(() => T5Model.Load(_folder.FullName, _backend)).Message;
        Assert.Contains("lm_head.weight [128, 32] is missing", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Index_ThatListsAnyOtherNameNoShardHolds_IsRefused()
    {
        Copy("tiny_v10", "model.safetensors", "model-00001-of-00001.safetensors");
        WriteConfig("tiny_v10", static _ => { });
        WriteIndex("encoder.block.9.layer.0.layer_norm.weight");
        string message = Assert.Throws<TensorFileException>(() => T5Model.Load(_folder.FullName, _backend)).Message;
        Assert.Contains("which does not have it", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Index_ThatForgetsTheHeadItsShardsHold_UsesIt()
    {
        foreach (string shard in Directory.GetFiles(Fixture.PathOf("tiny_v11_sharded"), "*.safetensors"))
            File.Copy(shard, PathOf(Path.GetFileName(shard)));
        WriteConfig("tiny_v11", static _ => { });
        JsonNode index =
            JsonNode.Parse(File.ReadAllText(Fixture.PathOf("tiny_v11_sharded", "model.safetensors.index.json")))!;
        Assert.True(index["weight_map"]!.AsObject().Remove("lm_head.weight"));
        File.WriteAllText(PathOf("model.safetensors.index.json"), index.ToJsonString());
        Check("tiny_v11", factor: 1);
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 5\n", "is a git-lfs pointer")]
    [InlineData("../../blobs/4d7ab31e", "a link's target")]
    [InlineData("<html><body>Sign in</body></html>", "is an HTML page")]
    [InlineData("{\"error\": \"Invalid username or password.\"}", "is a server's error in JSON")]
    public void OtherFilesInPlaceOfAModels_AreNamed(string content, string expected)
    {
        Copy("tiny_v10", "model.safetensors");
        File.WriteAllText(PathOf("config.json"), content);
        Assert.Contains(
            expected, Assert.Throws<T5FormatException>(() => T5Model.Load(_folder.FullName, _backend)).Message,
            StringComparison.Ordinal);
        foreach (string name in (string[])["tokenizer.json", "spiece.model"])
        {
            File.WriteAllText(PathOf(name), content);
            string message =
                Assert.Throws<TokenizerFormatException>(() => SentencePieceTokenizer.Load(_folder.FullName)).Message;
            Assert.Contains(expected, message, StringComparison.Ordinal);
        }
        WriteConfig("tiny_v10", static _ => { });
        File.WriteAllText(PathOf("model.safetensors"), content);
        Assert.Contains(
            expected, Assert.Throws<TensorFileException>(() => T5Model.Load(_folder.FullName, _backend)).Message,
            StringComparison.Ordinal);
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private void Copy(string fixture, string name, string? other = null)
        => File.Copy(Fixture.PathOf(fixture, name), PathOf(other ?? name));

    private void WriteConfig(string fixture, Action<JsonNode> change)
    {
        JsonNode config = JsonNode.Parse(File.ReadAllText(Fixture.PathOf(fixture, "config.json")))!;
        change(config);
        File.WriteAllText(PathOf("config.json"), config.ToJsonString());
    }

    private void WriteIndex(params string[] alsoListed)
    {
        const string shard = "model-00001-of-00001.safetensors";
        using ITensorSource source = TensorFiles.Open(PathOf(shard));
        JsonObject map = [];
        foreach (string name in source.Entries.Select(static entry => entry.Name).Concat(alsoListed)) map[name] = shard;
        File.WriteAllText(
            PathOf("model.safetensors.index.json"), new JsonObject { ["weight_map"] = map }.ToJsonString());
    }

    private void Check(string golden, double factor, string? folder = null)
    {
        using Fixture fixture = new(golden);
        GoldenCase plain = new(fixture, "plain");
        using TensorScope scope = new();
        using T5Model model = T5Model.Load(folder ?? _folder.FullName, _backend);
        using Tape tape = new(_backend, recording: false);
        Variable states = model.Encode(tape, model.Embed(tape, plain.Ids), plain.Sources);
        Numbers.Near(plain.Golden("encoder_last_hidden_state"), states.Value.ToDoubles(), 1e-6, "states");
        double[] logits = Array.ConvertAll(plain.Golden("logits"), value => value * factor);
        Numbers.Near(
            logits, model.Decode(tape, plain.Targets, states, plain.Sources).Value.ToDoubles(), 1e-6, "logits");
        Assert.Empty(model.Warnings);
    }
}
