using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Runs;

/// <summary>
/// <c>prompts.safetensors</c>: <c>target.TASK</c> [P, H], which is all that prediction reads; and what they were composed of, <c>private.TASK</c> [P, H],
/// <c>source.NAME</c> [P, H] as scaled for the run, <c>router.logits</c> [K, S].
/// </summary>
internal static class PromptsFile
{
    private const string Target = "target.", Private = "private.", Source = "source.", Logits = "router.logits";

    public static void Write(string path, RoutedPrompts prompts, TargetPrompts targets)
    {
        using TensorScope scope = new();
        IBackend backend = targets.Rows.Backend;
        SafetensorsWriter writer = new(new Dictionary<string, string> { ["format"] = "crosspt" });
        for (int task = 0; task < targets.Tasks.Count; task++) writer.Add(Target + targets.Tasks[task], targets[task]);
        for (int task = 0; task < prompts.Tasks.Count; task++) writer.Add(Private + prompts.Tasks[task], prompts.Privates[task].Value);
        foreach (SourcePrompt source in prompts.Sources) writer.Add(Source + source.Name, TensorData.FromSingles(backend, source.Rows, source.Length, source.Width));
        writer.Add(Logits, prompts.Router.Logits.Value);
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

    public static RoutedPrompts ReadRouted(
        string path, IReadOnlyList<string> tasks, IReadOnlyList<string> sources, int length, int width, double temperature, IBackend backend)
    {
        using ITensorSource file = TensorFiles.Open(path);
        using TensorScope scope = new();
        Shape prompt = new(length, width);
        float[] logits = Read(file, Logits, new Shape(tasks.Count, sources.Count), backend).ToSingles();
        return new RoutedPrompts(
            backend, tasks,
            [.. sources.Select(name => new SourcePrompt(name, Read(file, Source + name, prompt, backend).ToSingles(), width))],
            [.. tasks.Select(name => Read(file, Private + name, prompt, backend).ToSingles())],
            new Router(backend, logits, tasks.Count, sources.Count, temperature));
    }

    private static Tensor Read(ITensorSource source, string name, Shape expected, IBackend backend)
    {
        TensorEntry entry = source.Get(name);
        if (entry.Shape != expected || !entry.DType.IsFloatingPoint()) throw new TensorFileException(source.Path, $"holds {entry}, expected numbers {expected}");
        return source.ReadTensor(entry, backend);
    }
}
