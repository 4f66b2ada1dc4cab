using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Pretraining;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Prompting.Tests.Pretraining;

public sealed class PretrainingConfigurationTests
{
    private const string Least = """{ "language": {}, "model": { "num_layers": 1 } }""";

    [Fact]
    public void Absent_MeansTheDefaults()
    {
        using TempFolder folder = new();
        PretrainingConfiguration sut = PretrainingConfiguration.Load(folder.Write("c.json", Least));
        Assert.Equal(new LanguageSelection { Seed = 1, TextShare = 0.2, TaskShare = 0.8 }, sut.Language);
        Assert.Equal(new PretrainingSettings(), sut.Training);
        Assert.Equal((0.15, 3.0, 256, 1L), (sut.Spans.Density, sut.Spans.MeanLength, sut.SourceLength, sut.Seed));
        Assert.Equal(
            (1, 1, 512, 2048),
            (sut.Model.EncoderLayers, sut.Model.DecoderLayers, sut.Model.ModelWidth, sut.Model.FeedForwardWidth));
    }

    [Fact]
    public void WrittenSettings_AreReadTheSame()
    {
        using TempFolder folder = new();
        folder.Write("t.txt", "a b");
        PretrainingConfiguration sut = PretrainingConfiguration.Load(
            folder.Write("c.json", """
                { "tokenizer": "tok", "corpus": { "files": ["t.txt"], "share": 2 },
                "tasks": [ { "declaration": "d.json", "train": "d.jsonl", "prefix": "p :" } ], "model": {} }
                """),
            "model.feed_forward_proj=gated-gelu", "training.decayTo=0.5", "spans.density=0.3");
        using (FileStream file = File.Create(folder.PathOf("again.json")))
        using (System.Text.Json.Utf8JsonWriter json = new(file)) sut.Write(json);
        PretrainingConfiguration read = PretrainingConfiguration.Load(folder.PathOf("again.json"));
        Assert.Equal(
            (sut.Model, sut.Training, sut.Tokenizer, sut.Spans),
            (read.Model, read.Training, read.Tokenizer, read.Spans));
        Assert.Equal(
            (sut.Tasks[0], sut.Corpus!.Files[0], 2.0), (read.Tasks[0], read.Corpus!.Files[0], read.Corpus.Share));
        Assert.Empty(sut.DifferencesFrom(read));
        PretrainingConfiguration other = sut with { Seed = 2, Training = sut.Training with { Steps = 5 } };
        Assert.Equal(["training.steps is 5, was 10000", "seed is 2, was 1"], other.DifferencesFrom(read));
    }

    [Theory]
    [InlineData("trainin.steps=1", "unknown key \"trainin\"; the nearest known one is \"training\"")]
    [InlineData("model.dmodel=1", "unknown key \"model.dmodel\"; the nearest known one is \"d_model\"")]
    [InlineData("model.vocab_size=1", "unknown key \"model.vocab_size\"")]
    [InlineData("model.d_model=0", "model.d_model: found 0, expected an integer from 1")]
    [InlineData("model.feed_forward_proj=gelu", "expected one of relu, gated-gelu")]
    [InlineData("training.decayTo=2", "training.decayTo: found 2, expected a number from 0 to 1")]
    [InlineData("training.warmup=-1", "training.warmup: found -1")]
    [InlineData("spans.density=1", "spans.density: found 1")]
    [InlineData("language.task=1", "nearest known one is \"tasks\"")]
    [InlineData("language={\"texts\": 0, \"tasks\": 0}", "a share above 0")]
    [InlineData("language=null", "nothing to train on")]
    [InlineData("tokenizer=t.json", "tokenizer: found \"t.json\", expected none beside \"language\"")]
    [InlineData("corpus.files=[]", "corpus.files: found a list of 0")]
    [InlineData("tasks=[{}]", "tasks[0]: no \"declaration\"")]
    [InlineData("tasks=[{\"declaration\": \"d\", \"train\": \"t\", \"share\": 0}]", "tasks[0].share: found 0")]
    public void BadSetting_IsTold(string setting, string problem)
    {
        using TempFolder folder = new();
        string path = folder.Write("c.json", Least);
        Assert.Contains(
            problem, Assert.Throws<ConfigurationException>(() => PretrainingConfiguration.Load(path, setting)).Message);
    }

    [Fact]
    public void WhatDoesNotFitTheData_IsTold()
    {
        using TempFolder folder = new();
        using CpuBackend backend = new(1);
        folder.Write("t.txt", "a b c\n");
        using (FileStream stream = File.Create(folder.PathOf("tokenizer.json")))
            CrossPT.Transformer.Tokenization.WordTokenizerFile.Write(stream, ["a", "b", "c"], 3);
        string path = folder.Write("c.json", """
            { "tokenizer": "tokenizer.json", "corpus": { "files": ["t.txt"] }, "model": { "d_model": 8, "d_kv": 4,
            "num_heads": 2, "d_ff": 8, "num_layers": 1 } }
            """);
        Assert.Contains("sourceLength: 256 tokens, expected 30 at most", Fails());
        folder.Write("d.json", """{ "name": "x", "fields": ["t"], "labels": { "0": "d", "1": "e" } }""");
        folder.Write("d.jsonl", """{"t": "a", "label": 0}""");
        // More than any machine's: refused before it is asked for.
        Assert.Contains("MB of memory", Fails("model.d_model=100000", "model.d_ff=500000", "model.num_layers=4000"));
        Assert.Contains(
            "are the same tokens",
            Fails("sourceLength=16", "tasks=[{\"declaration\": \"d.json\", \"train\": \"d.jsonl\"}]"));

        string Fails(params string[] settings) =>
            Assert.Throws<ConfigurationException>(
                () => PretrainingRun.Prepare(PretrainingConfiguration.Load(path, settings), backend)).Message;
    }
}
