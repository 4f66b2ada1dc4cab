using System.Text.Json;
using CrossPT.Prompting.Prompts;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Tests.Kit;

/// <summary>A T5 that computes in microseconds, its tokenizer of single letters, and prompts and data for it.</summary>
internal static class TinyModel
{
    public static T5Config Config { get; } = new()
    {
        VocabularySize = 64, ModelWidth = 16, HeadWidth = 4, Heads = 4, FeedForwardWidth = 24, EncoderLayers = 2,
        DecoderLayers = 2, RelativeBuckets = 8, RelativeMaxDistance = 16,
    };

    /// <summary>A tokenizer file: special pieces, the space, letters, digits and some marks.</summary>
    public static string TokenizerJson
    {
        get
        {
            object[][] pieces =
            [
                ["<pad>", 0], ["</s>", 0], ["<unk>", 0], ["\u2581", -2],
                .. "abcdefghijklmnopqrstuvwxyz0123456789_:.,".Select(static c => (object[])[c.ToString(), -3]),
            ];
            object[] added =
            [
                .. ((string[])["<pad>", "</s>", "<unk>"])
                    .Select(static (content, id) => new { id, content, special = true }),
            ];
            return JsonSerializer.Serialize(new
            {
                added_tokens = added,
                pre_tokenizer = new { type = "Sequence", pretokenizers = new object[]
                {
                    new { type = "WhitespaceSplit" },
                    new { type = "Metaspace", replacement = "\u2581", add_prefix_space = true },
                } },
                model = new { type = "Unigram", unk_id = 2, vocab = pieces },
            });
        }
    }

    /// <summary>A source prompt of normally distributed numbers.</summary>
    public static SourcePrompt Source(string name, int length, double scale, ulong seed, int? width = null)
    {
        int columns = width ?? Config.ModelWidth;
        return new SourcePrompt(name, Gaussians(length * columns, scale, seed), columns);
    }

    public static float[] Gaussians(int count, double scale, ulong seed)
    {
        CounterRandom random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(scale * random.NextGaussian()))];
    }

    /// <summary>
    /// A folder with model, tokenizer, two source prompts, data of RTE and MRPC, and a configuration that trains on
    /// them.
    /// </summary>
    public static string WriteRun(TempFolder folder, IBackend backend, string settings = "")
    {
        using (T5Model model = T5Model.Random(Config, backend, seed: 3)) model.Save(folder.PathOf("model"));
        folder.Write("model/tokenizer.json", TokenizerJson);
        for (int i = 0; i < 2; i++)
        {
            SourcePrompt source = Source($"s{i}", 5, 1 + (3 * i), (ulong)i + 10);
            byte[] bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(source.Rows).ToArray();
            new SafetensorsWriter().Add("prompt", DType.Float32, new Shape(source.Length, source.Width), bytes)
                .Save(folder.PathOf($"s{i}.safetensors"));
        }
        foreach (string task in (string[])["rte", "mrpc"])
        {
            foreach (string split in (string[])["train", "validation"])
                folder.Write($"data/glue/{task}/{split}.jsonl", Rows(24));
        }
        return folder.Write("tiny.json", $$"""
            { "model": "model", "tasks": [ { "name": "rte", "shots": 8 }, { "name": "mrpc", "shots": 7 } ],
            "sources": ["s0.safetensors", "s1.safetensors"],
              "data": { "folder": "data" }, {{settings}} }
            """);
    }

    /// <summary>JSON lines of two sentences: label 1 where they are the same.</summary>
    public static string Rows(int count) => string.Concat(Enumerable.Range(0, count).Select(static i =>
    {
        string first = Letter(i), second = Letter(i % 2 == 0 ? i + 1 : i);
        return $$"""{"sentence1": "a{{first}} dog", "sentence2": "a{{second}} dog", "label": {{i % 2}}, "idx": {{i}}}"""
            + "\n";
    }));

    private static string Letter(int number) => ((char)('a' + (number % 7))).ToString();
}
