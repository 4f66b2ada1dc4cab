using System.Text.Json;
using CrossPT.Prompting.Configuration;
using CrossPT.Tensors;

namespace CrossPT.Samples;

/// <summary>
/// The files of lessons 7 and 8: a tokenizer of ten words, a task of one's own, whose texts have good words only or bad
/// words only, and a configuration that tunes a prompt for it. They are removed at the end.
/// </summary>
internal sealed class ToyRun : IDisposable
{
    private static readonly string[] s_good = ["sun", "joy", "gift", "song"], s_bad = ["rain", "loss", "debt", "noise"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("crosspt-lesson-");

    public ToyRun()
    {
        // A tokenizer.json of whole words; "\u2581" is the mark that SentencePiece puts for a space.
        object[][] pieces =
        [
            ["<pad>", 0], ["</s>", 0], ["<unk>", 0],
            .. ((string[])["good", "bad", .. s_good, .. s_bad]).Select(static word => (object[])[$"\u2581{word}", -1]),
        ];
        Write("tokenizer.json", JsonSerializer.Serialize(new
        {
            added_tokens = ((string[])["<pad>", "</s>", "<unk>"])
                .Select(static (content, id) => new { id, content, special = true }),
            pre_tokenizer = new { type = "Sequence", pretokenizers = new object[]
            {
                new { type = "WhitespaceSplit" },
                new { type = "Metaspace", replacement = "\u2581", add_prefix_space = true },
            } },
            model = new { type = "Unigram", unk_id = 2, vocab = pieces },
        }));
        Write("mood.json", """
            { "name": "mood", "fields": ["text"], "template": "{text}", "labels": { "0": "bad", "1": "good" },
            "splits": "halves",
              "files": { "train": ["train.jsonl"], "validation": ["validation.jsonl"] } }
            """);
        Write("train.jsonl", Rows(64, seed: 1));
        Write("validation.jsonl", Rows(128, seed: 2));
        Configuration = RunConfiguration.Load(Write("toy.json", $$"""
            { "model": {{JsonSerializer.Serialize(Lesson.TinyModel)}}, "method": "pt", "tasks": [ { "name": "mood",
            "declaration": "mood.json", "shots": 32 } ], "prompt": { "length": 8 },
              "training": { "steps": 100, "batch": 32, "learningRate": { "private": 0.1 }, "checkpointEvery": 0 },
              "data": { "folder": ".", "tokenizer": "tokenizer.json" } }
            """));
    }

    /// <summary>What <c>crosspt train</c> would be told.</summary>
    public RunConfiguration Configuration { get; }

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);

    private static string Rows(int count, ulong seed)
    {
        CounterRandom random = new(seed);
        return string.Concat(
            Enumerable.Range(0, count)
                .Select(i => $$"""{"text": "{{Text(i % 2 == 1 ? s_good : s_bad)}}", "label": {{i % 2}}}""" + "\n"));

        string Text(string[] words) =>
            string.Join(' ', Enumerable.Range(0, 3 + random.NextInt32(4)).Select(_ => words[random.NextInt32(4)]));
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }
}
