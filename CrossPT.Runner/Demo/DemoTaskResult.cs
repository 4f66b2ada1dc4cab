using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Tensors;

namespace CrossPT.Runner.Demo;

/// <summary>What a method made of one task.</summary>
/// <param name="Evaluation">On the test examples.</param>
/// <param name="Target">Rows of the finished prompt, end to end; null where it depends on the text.</param>
/// <param name="Parts">What it was composed of.</param>
internal sealed record DemoTaskResult(TaskEvaluation Evaluation, float[]? Target, IReadOnlyList<DemoPart> Parts);

/// <summary>A part of a task's prompt, as run folders keep it.</summary>
/// <param name="Name">As <see cref="PromptPart"/> has it, the task's own name in it replaced by
/// <see cref="Task"/>.</param>
/// <param name="IsRow">Whether it is the task's row of a table of all tasks.</param>
/// <param name="Values">Numbers, row after row.</param>
/// <param name="Shape">Its sizes; of a row, one row of that many columns.</param>
internal sealed record DemoPart(string Name, bool IsRow, float[] Values, Shape Shape)
{
    /// <summary>Stands for the task in a part's name.</summary>
    public const string Task = "{task}";

    private static readonly string[] s_own = ["private.", "added.", "update."];

    /// <summary>The parts of one task.</summary>
    public static IReadOnlyList<DemoPart> Of(PromptMethod prompts, int task, IBackend backend)
    {
        using TensorScope scope = new();
        List<DemoPart> parts = [];
        foreach (PromptPart part in prompts.Parts(backend))
        {
            string? own = s_own.FirstOrDefault(kind => part.Name.StartsWith(kind, StringComparison.Ordinal));
            int columns = part.Value.Columns;
            if (own is not null && part.Name != own + prompts.Tasks[task]) continue;
            if (part.Name == TaskRouter.LogitsName)
                parts.Add(
                    new DemoPart(
                        part.Name, true, part.Value.ToSingles()[(task * columns)..((task + 1) * columns)],
                        new Shape(1, columns)));
            else
                parts.Add(
                    new DemoPart(
                        own is null ? part.Name : own + Task, false, part.Value.ToSingles(), part.Value.Shape));
        }
        return parts;
    }
}
