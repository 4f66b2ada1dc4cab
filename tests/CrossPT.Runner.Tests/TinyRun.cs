using System.Runtime.InteropServices;
using CrossPT.Prompting.Methods;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Files;
using CrossPT.Transformer;

namespace CrossPT.Runner.Tests;

/// <summary>
/// Everything a run needs, as small as it can be: a model, a tokenizer, two source prompts, rows of RTE and MRPC, and a
/// configuration.
/// </summary>
internal static class TinyRun
{
    public const int Width = 8, PromptLength = 3;

    public const string Tokenizer = """
        { "added_tokens": [ { "id": 0, "content": "<pad>", "special": true }, { "id": 1, "content": "</s>",
        "special": true }, { "id": 2, "content": "<unk>", "special": true } ],
          "pre_tokenizer": { "type": "Sequence", "pretokenizers": [ { "type": "WhitespaceSplit" },
          { "type": "Metaspace", "replacement": "\u2581", "add_prefix_space": true } ] },
          "model": { "type": "Unigram", "unk_id": 2, "vocab": [ ["<pad>", 0], ["</s>", 0], ["<unk>", 0], ["\u2581", -2],
          ["a", -3], ["e", -3], ["n", -3], ["o", -3], ["t", -3], ["_", -3],
            ["i", -3], ["l", -3], ["m", -3], ["q", -3], ["u", -3], ["v", -3] ] } }
        """;

    /// <summary>Writes it all for the default method.</summary>
    public static string WriteConfiguration(TempFolder folder) =>
        Write(folder, "\"sources\": [\"source.safetensors\"],");

    /// <summary>Writes it all for a method, with the source prompts it must be given.</summary>
    public static string WriteConfiguration(TempFolder folder, string method)
    {
        MethodDefinition definition = MethodDefinition.Find(method);
        string sources = definition.Sources == MethodSources.Required
            ? "\"sources\": [\"source.safetensors\", \"other.safetensors\"],"
            : "";
        string update = definition.Takes("prompt.updateRank") ? ", \"updateRank\": 2" : "";
        string length = definition.Takes("prompt.length")
            ? $"\"prompt\": {{ \"length\": {PromptLength}{update} }},"
            : "";
        return Write(folder, $"\"method\": \"{method}\", {sources} {length}");
    }

    /// <summary>Trains a method and returns the run's folder.</summary>
    public static string Train(TempFolder folder, string method = "crosspt", params string[] settings)
    {
        string output = Path.Combine(folder.FullName, "run");
        CliRun run = CliRun.Of(
            [
                "train", WriteConfiguration(folder, method), "--set", "training.steps=3", "--out", output, "--threads",
                "1", "--quiet", .. settings]);
        Assert.True(run.Code == 0, run.Error);
        return output;
    }

    /// <summary>Writes a source prompt of numbers that a seed makes.</summary>
    public static string WriteSource(
        TempFolder folder, string name, int length = PromptLength, int width = Width, double seed = 1)
    {
        string path = Path.Combine(folder.FullName, name);
        float[] rows = [.. Enumerable.Range(0, length * width).Select(i => (float)Math.Sin(seed * i))];
        new SafetensorsWriter()
            .Add("prompt", DType.Float32, new Shape(length, width), MemoryMarshal.AsBytes(rows.AsSpan()).ToArray())
            .Save(path);
        return path;
    }

    private static string Write(TempFolder folder, string settings)
    {
        string model = Path.Combine(folder.FullName, "model");
        using (CpuBackend backend = new(1))
        {
            T5Config config = new()
            {
                VocabularySize = 32,
                ModelWidth = Width,
                HeadWidth = 4,
                Heads = 2,
                FeedForwardWidth = 16,
                EncoderLayers = 1,
                DecoderLayers = 1,
            };
            using T5Model random = T5Model.Random(config, backend, seed: 1);
            random.Save(model);
        }
        File.WriteAllText(Path.Combine(model, "tokenizer.json"), Tokenizer);
        WriteSource(folder, "source.safetensors");
        WriteSource(folder, "other.safetensors", seed: 2);
        folder.Write("data.jsonl", string.Concat(Enumerable.Range(0, 8).Select(static i =>
            $$"""
                {"sentence1": "a {{(i % 2 == 0 ? "note" : "tea")}}", "sentence2": "a note", "label": {{i % 2}}}
                """ + "\n")));
        return folder.Write("config.json", $$"""
            { "model": "model", "tasks": [
                { "name": "rte", "shots": 6, "train": "data.jsonl", "validation": "data.jsonl" },
                { "name": "mrpc", "shots": 6, "train": "data.jsonl", "validation": "data.jsonl" } ],
              {{settings}} "training": { "steps": 11, "batch": 4 }, "evaluation": { "examples": 4 } }
            """);
    }
}
