using System.Text.Json;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Samples;

/// <summary>
/// The files of lessons 7 and 8: a tokenizer of ten words, a task whose texts have good words only or bad words only,
/// and a configuration that tunes a prompt for it. They are deleted at the end.
/// </summary>
internal sealed class ToyRun : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("crosspt-lesson-");

    public ToyRun()
    {
        Write("tokenizer.json", ToyTexts.Tokenizer());
        Write("mood.json", """
            { "name": "mood", "fields": ["text"], "template": "{text}", "labels": { "0": "bad", "1": "good" },
              "splits": "halves", "files": { "train": ["train.jsonl"], "validation": ["validation.jsonl"] } }
            """);
        Write("train.jsonl", ToyTexts.Rows(64, seed: 1));
        Write("validation.jsonl", ToyTexts.Rows(128, seed: 2));
        Configuration = RunConfiguration.Load(Write("toy.json", $$"""
            { "model": {{JsonSerializer.Serialize(Lesson.TinyModel)}}, "method": "pt", "prompt": { "length": 8 },
              "tasks": [ { "name": "mood", "declaration": "mood.json", "shots": 32 } ],
              "training": { "steps": 100, "batch": 32, "learningRate": { "private": 0.1 }, "checkpointEvery": 0 },
              "data": { "folder": ".", "tokenizer": "tokenizer.json" } }
            """));
    }

    public RunConfiguration Configuration { get; }

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);

    private string Write(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }
}
