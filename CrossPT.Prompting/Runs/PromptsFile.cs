using CrossPT.Prompting.Composition;
using CrossPT.Prompting.Prompts;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Runs;

/// <summary>
/// <c>prompts.safetensors</c>: <c>target.TASK</c> [P, H], which is all that prediction reads; and what they were composed of, the parts of
/// <see cref="PromptPart"/>: <c>source.NAME</c> [P, H] as scaled for the run, <c>private.TASK</c> [P, H], <c>router.logits</c> [K, S] and the like.
/// </summary>
internal static class PromptsFile
{
    private const string Target = "target.";

    public static void Write(string path, PromptGraph prompts, TargetPrompts targets)
    {
        using TensorScope scope = new();
        IBackend backend = targets.Rows.Backend;
        SafetensorsWriter writer = new(new Dictionary<string, string> { ["format"] = "crosspt" });
        for (int task = 0; task < targets.Tasks.Count; task++) writer.Add(Target + targets.Tasks[task], targets[task]);
        foreach (PromptPart part in prompts.Parts(backend)) writer.Add(part.Name, part.Value);
        writer.Save(path);
    }

    public static TargetPrompts ReadTargets(string path, IReadOnlyList<string> tasks, int length, int width, IBackend backend)
    {
        using ITensorSource source = TensorFiles.Open(path);
        using TensorScope scope = new();
        Tensor rows = Tensor.Allocate(backend, tasks.Count * length, width);
        for (int task = 0; task < tasks.Count; task++)
            backend.Elementwise.Copy(Read(source, Target + tasks[task], new Shape(length, width), backend), rows.Slice(task * length, length));
        return new TargetPrompts(tasks, rows);
    }

    /// <summary>All parts by name, of the back end's compute type; they belong to the caller's scope.</summary>
    public static Dictionary<string, Tensor> ReadParts(string path, IBackend backend)
    {
        using ITensorSource file = TensorFiles.Open(path);
        return file.Entries.Where(static entry => !entry.Name.StartsWith(Target, StringComparison.Ordinal))
            .ToDictionary(static entry => entry.Name, entry => Read(file, entry.Name, entry.Shape, backend));
    }

    private static Tensor Read(ITensorSource source, string name, Shape expected, IBackend backend)
    {
        TensorEntry entry = source.Get(name);
        if (entry.Shape != expected || !entry.DType.IsFloatingPoint()) throw new TensorFileException(source.Path, $"holds {entry}, expected numbers {expected}");
        return source.ReadTensor(entry, backend);
    }
}
