using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Pretraining;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Files;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Tests.Pretraining;

public sealed class PretrainingRunTests
{
    private const string Language = """
        { "language": { "seed": 1 }, "model": { "d_model": 16, "d_kv": 8, "num_heads": 2, "d_ff": 24, "num_layers": 1 },
          "training": { "steps": 12, "batch": 8, "learningRate": 0.01, "checkpointEvery": 5 } }
        """;

    [Fact]
    public void Folder_IsAModel_ThatOthersLoad()
    {
        using TempFolder folder = new();
        using CpuBackend backend = new(1);
        Train(folder, backend, "model", Language);
        using T5Model model = T5Model.Load(folder.PathOf("model"), backend);
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(folder.PathOf("model"));
        Assert.Equal(tokenizer.VocabularySize, model.Config.VocabularySize);
        Assert.Equal((16, 8, 2, 24, 1, 1), (
            model.Config.ModelWidth, model.Config.HeadWidth, model.Config.Heads, model.Config.FeedForwardWidth,
            model.Config.EncoderLayers, model.Config.DecoderLayers));
        Assert.Equal(12, File.ReadAllLines(folder.PathOf("model/history.jsonl")).Length);
    }

    [Fact]
    public void Threads_DoNotMatter()
    {
        using TempFolder folder = new();
        using CpuBackend one = new(1), three = new(3);
        Train(folder, one, "one", Language);
        Train(folder, three, "three", Language);
        Assert.Equal(
            File.ReadAllBytes(folder.PathOf("one/model.safetensors")),
            File.ReadAllBytes(folder.PathOf("three/model.safetensors")));
    }

    [Theory]
    // Before the first checkpoint, at one, between two.
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(8)]
    public void Interrupted_GoesOn_ToTheSameBits(int stopAfter)
    {
        using TempFolder folder = new();
        using CpuBackend backend = new(1);
        Train(folder, backend, "whole", Language);
        PretrainingConfiguration configuration = PretrainingConfiguration.Load(folder.PathOf("whole.json"));
        PretrainingFolder part = PretrainingFolder.Create(folder.PathOf("part"));
        using (CancellationTokenSource stop = new())
        {
            if (stopAfter == 0) stop.Cancel();
            using PretrainingRun run = PretrainingRun.Prepare(configuration, backend);
            run.Begin(part);
            Assert.Throws<OperationCanceledException>(() => run.Train(part, step =>
            {
                if (step.Number == stopAfter) stop.Cancel();
            }, stop.Token));
            Assert.Equal(stopAfter, run.StepsDone);
        }
        PretrainingFolder again = PretrainingFolder.Open(folder.PathOf("part"), configuration);
        using (PretrainingRun run = PretrainingRun.Prepare(configuration, backend))
        {
            run.Resume(again);
            Assert.Equal(stopAfter, run.StepsDone);
            run.Train(again);
            run.SaveModel(again);
        }
        Assert.Equal(
            File.ReadAllBytes(folder.PathOf("whole/model.safetensors")),
            File.ReadAllBytes(folder.PathOf("part/model.safetensors")));
        Assert.Equal(
            File.ReadAllBytes(folder.PathOf("whole/checkpoint/state.safetensors")),
            File.ReadAllBytes(folder.PathOf("part/checkpoint/state.safetensors")));
        Assert.Equal(Losses("whole"), Losses("part"));

        string[] Losses(string name) =>
            [.. File.ReadAllLines(folder.PathOf($"{name}/history.jsonl"))
                .Select(static line => line[..line.IndexOf("\"seconds\"", StringComparison.Ordinal)])];
    }

    [Fact]
    public void HistoryBeyondTheCheckpoint_IsDroppedOnResuming()
    {
        using TempFolder folder = new();
        using CpuBackend backend = new(1);
        PretrainingFolder output = Train(folder, backend, "model", Language);
        File.AppendAllText(output.PathOf("history.jsonl"), "{\"step\":13}\n{\"st");
        using PretrainingRun run = PretrainingRun.Prepare(
            PretrainingConfiguration.Load(folder.PathOf("model.json")), backend);
        run.Resume(output);
        Assert.Equal(12, File.ReadAllLines(output.PathOf("history.jsonl")).Length);
    }

    [Fact]
    public void CheckpointOfAnotherModel_IsRefused()
    {
        using TempFolder folder = new();
        using CpuBackend backend = new(1);
        PretrainingFolder output = Train(folder, backend, "model", Language);
        string wider = folder.Write(
            "wider.json", Language.Replace("\"d_ff\": 24", "\"d_ff\": 32", StringComparison.Ordinal));
        using PretrainingRun run = PretrainingRun.Prepare(PretrainingConfiguration.Load(wider), backend);
        Assert.Contains("state.safetensors", Assert.Throws<TensorFileException>(() => run.Resume(output)).Message);
        Assert.Contains(
            "model.d_ff is 32, was 24",
            Assert.Throws<ConfigurationException>(
                () => PretrainingFolder.Open(output.FullPath, PretrainingConfiguration.Load(wider))).Message);
    }

    [Fact]
    public void Loss_Falls_OnTextFilesAndTasksOfOnesOwn()
    {
        using TempFolder folder = new();
        using CpuBackend backend = new(1);
        folder.Write("tokenizer.json", TokenizerOf("a", "b", "c", "d", "same", "other", "is", ":"));
        folder.Write("text.txt", string.Concat(Enumerable.Repeat("a b c d a b c d a b c d a b c d a b c d\n", 5)));
        folder.Write("task.json", """
            { "name": "same", "fields": ["x"], "template": "{x}", "labels": { "0": "other", "1": "same" } }
            """);
        folder.Write("task.jsonl", """
            {"x": "a a", "label": 1}
            {"x": "a b", "label": 0}
            """);
        PretrainingFolder output = Train(folder, backend, "model", """
            { "tokenizer": "tokenizer.json", "model": { "d_model": 16, "d_kv": 8, "num_heads": 2, "d_ff": 24,
            "num_layers": 1 }, "sourceLength": 12,
              "corpus": { "files": ["text.txt"] }, "tasks": [ { "declaration": "task.json", "train": "task.jsonl",
              "prefix": "is :" } ],
              "training": { "steps": 80, "batch": 16, "learningRate": 0.01 } }
            """);
        double[] losses =
        [
            .. File.ReadAllLines(output.PathOf("history.jsonl"))
                .Select(
                    static line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("loss")
                        .GetDouble()),
        ];
        Assert.True(
            losses[^10..].Average() < 0.35 * losses[..10].Average(),
            $"{losses[..10].Average()} to {losses[^10..].Average()}");
        Assert.True(File.Exists(output.PathOf("tokenizer.json")));
    }

    [Fact]
    public void Divergence_IsTold_WithItsStep()
    {
        using TempFolder folder = new();
        using CpuBackend backend = new(1);
        Exception? error = Record.Exception(
            () => Train(
                folder, backend, "model",
                Language.Replace("0.01", "1000, \"warmup\": 0, \"clip\": 0", StringComparison.Ordinal)
                    .Replace("12", "300", StringComparison.Ordinal)));
        PretrainingDivergedException diverged = Assert.IsType<PretrainingDivergedException>(error);
        Assert.Contains($"step {diverged.Step}: the ", diverged.Message);
    }

    private static PretrainingFolder Train(TempFolder folder, CpuBackend backend, string name, string configuration)
    {
        PretrainingConfiguration read = PretrainingConfiguration.Load(folder.Write($"{name}.json", configuration));
        using PretrainingRun run = PretrainingRun.Prepare(read, backend);
        PretrainingFolder output = PretrainingFolder.Create(folder.PathOf(name));
        run.Begin(output);
        run.Train(output);
        run.SaveModel(output);
        return output;
    }

    private static string TokenizerOf(params string[] words)
    {
        using MemoryStream json = new();
        WordTokenizerFile.Write(json, words, sentinels: 10);
        return System.Text.Encoding.UTF8.GetString(json.ToArray());
    }
}
