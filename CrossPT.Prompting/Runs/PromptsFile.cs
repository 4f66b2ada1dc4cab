using System.Text.Json;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Runs;

/// <summary>
/// <c>prompts.safetensors</c>: <c>target.TASK</c> [P, H], which is all that prediction reads where the prompts do not
/// depend on the text; and the parts they were composed of, collapsed, each under its name
/// (<see cref="PromptMethod.Parts"/>). The order of the source prompts is in the metadata: one file, written whole or
/// not at all, says everything.
/// </summary>
internal static class PromptsFile
{
    /// <summary>All source prompts together: in the metadata, and as a part that evaluation leaves out.</summary>
    public const string Sources = "sources";

    private const string Target = "target.";

    public static Dictionary<string, string> Metadata(IReadOnlyList<string> sources) => new()
    {
        ["format"] = "crosspt",
        [Sources] = JsonSerializer.Serialize([.. sources], RunTypes.Default.StringArray),
    };

    public static void Write(string path, PromptMethod prompts, IBackend backend)
    {
        using TensorScope scope = new();
        SafetensorsWriter writer = new(Metadata(prompts.Sources));
        if (HasTargets(prompts))
        {
            using TargetPrompts targets = TargetPrompts.Collapse(prompts, backend);
            for (int task = 0; task < targets.Tasks.Count; task++)
                writer.Add(Target + targets.Tasks[task], targets[task]);
        }
        foreach (PromptPart part in prompts.Parts(backend)) writer.Add(part.Name, part.Value);
        writer.Save(path);
    }

    /// <summary>
    /// Whether finished target prompts say all: nothing of them depends on the text, and nothing is added to it.
    /// </summary>
    public static bool HasTargets(PromptMethod prompts) => !prompts.ReadsTexts && prompts.TextUpdateLength == 0;

    /// <summary>The finished target prompts, or null where the file has none.</summary>
    /// <exception cref="TensorFileException">Their tasks or sizes are not the record's.</exception>
    public static TargetPrompts? ReadTargets(string path, RunRecord record, IBackend backend)
    {
        using ITensorSource source = TensorFiles.Open(path);
        string[] tasks =
        [
            .. source.Entries.Where(static entry => entry.Name.StartsWith(Target, StringComparison.Ordinal))
                .Select(static entry => entry.Name[Target.Length..]),
        ];
        if (tasks.Length == 0) return null;
        if (!tasks.ToHashSet().SetEquals(record.TaskNames))
        {
            string found = string.Join(", ", tasks), expected = string.Join(", ", record.TaskNames);
            throw new TensorFileException(
                path, $"has prompts of {found}, expected {expected}, the tasks of {RunFolder.ConfigName}");
        }
        using TensorScope scope = new();
        int length = record.PromptLength;
        Tensor rows = Tensor.Allocate(backend, record.Tasks.Count * length, record.Width);
        for (int task = 0; task < record.Tasks.Count; task++)
        {
            TensorEntry entry = source.Get(Target + record.Tasks[task].Name);
            Shape expected = new(length, record.Width);
            if (entry.Shape != expected || !entry.DType.IsFloatingPoint())
                throw new TensorFileException(source.Path, $"holds {entry}, expected numbers {expected}");
            backend.Elementwise.Copy(source.ReadTensor(entry, backend), rows.Slice(task * length, length));
        }
        return new TargetPrompts(record.TaskNames, rows, record.Configuration.Prompt.Position);
    }

    /// <summary>
    /// The source prompts' names in the order of the router's columns, and the parts by name; they belong to the
    /// caller's scope.
    /// </summary>
    public static (IReadOnlyList<string> Sources, Dictionary<string, Tensor> Parts) ReadParts(
        string path, IBackend backend)
    {
        using ITensorSource source = TensorFiles.Open(path);
        if (source is not SafetensorsFile file || !file.Metadata.TryGetValue(Sources, out string? names))
            throw new TensorFileException(path, $"says nothing of \"{Sources}\", expected the prompts of a run");
        Dictionary<string, Tensor> parts = source.Entries
            .Where(
                static entry => !entry.Name.StartsWith(Target, StringComparison.Ordinal)
                    && entry.DType.IsFloatingPoint())
            .ToDictionary(static entry => entry.Name, entry => source.ReadTensor(entry, backend));
        return (ReadNames(path, names), parts);
    }

    private static string[] ReadNames(string path, string names)
    {
        try
        {
            string[] sources = JsonSerializer.Deserialize(names, RunTypes.Default.StringArray) ?? [];
            return sources.Contains(null) ? throw new JsonException() : sources;
        }
        catch (JsonException error)
        {
            throw new TensorFileException(path, $"has \"{Sources}\" that are no list of names", error);
        }
    }
}
