using System.Text.Json;
using CrossPT.TestKit;

namespace CrossPT.Transformer.Tests.Tokenization;

/// <summary>T5's vocabulary and text from the shared folder.</summary>
internal static class SharedFiles
{
    public static string Model => SharedFolder.Path("t5/spiece.model");

    public static string Json => SharedFolder.Path("t5/tokenizer.json");

    public static string Folder => SharedFolder.Path("t5");

    public static string Golden => SharedFolder.Path("fixtures/tokenizer.jsonl");

    /// <summary>The first texts of every GLUE task at hand.</summary>
    public static IEnumerable<string> GlueTexts(int perTask)
    {
        foreach (string file in Directory.EnumerateFiles(
            SharedFolder.Path("data/glue"), "*.jsonl", SearchOption.AllDirectories).Order())
        {
            foreach (string line in File.ReadLines(file).Take(perTask))
            {
                using JsonDocument row = JsonDocument.Parse(line);
                foreach (JsonProperty field in row.RootElement.EnumerateObject())
                    if (field.Value.ValueKind == JsonValueKind.String) yield return field.Value.GetString()!;
            }
        }
    }
}
