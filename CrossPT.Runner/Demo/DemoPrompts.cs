using System.Runtime.InteropServices;
using CrossPT.Prompting.Runs;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Demo;

/// <summary>Writes the <c>prompts.safetensors</c> of one seed out of what was trained for all.</summary>
internal static class DemoPrompts
{
    private const string Target = "target.", Source = "source.";

    public static void Save(string path, DemoTask[] tasks, DemoTaskResult[] results, int width)
    {
        // What tasks share is in the parts of each of them.
        DemoPart[] shared =
        [
            .. results[0].Parts.Where(
                static part => !part.IsRow && !part.Name.EndsWith(DemoPart.Task, StringComparison.Ordinal)),
        ];
        string[] sources =
        [
            .. shared.Where(static part => part.Name.StartsWith(Source, StringComparison.Ordinal))
                .Select(static part => part.Name[Source.Length..]),
        ];
        SafetensorsWriter writer = new(PromptsFile.Metadata(sources));
        for (int i = 0; i < tasks.Length; i++)
        {
            if (results[i].Target is { } target)
                Add(Target + DemoConfiguration.NameOf(tasks[i]), target, new Shape(target.Length / width, width));
        }
        foreach (DemoPart part in shared) Add(part.Name, part.Values, part.Shape);
        for (int i = 0; i < tasks.Length; i++)
        {
            foreach (DemoPart part in results[i].Parts.Where(
                static part => part.Name.EndsWith(DemoPart.Task, StringComparison.Ordinal)))
                Add(
                    part.Name.Replace(DemoPart.Task, DemoConfiguration.NameOf(tasks[i]), StringComparison.Ordinal),
                    part.Values, part.Shape);
        }
        foreach (DemoPart table in results[0].Parts.Where(static part => part.IsRow))
            Add(
                table.Name,
                [.. results.SelectMany(result => result.Parts.First(part => part.Name == table.Name).Values)],
                new Shape(tasks.Length, table.Shape[1]));
        writer.Save(path);

        void Add(string name, float[] values, Shape shape) =>
            writer.Add(name, DType.Float32, shape, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
    }
}
