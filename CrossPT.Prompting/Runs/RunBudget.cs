using System.Text.Json;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;

namespace CrossPT.Prompting.Runs;

/// <summary>A run's cost before its own training.</summary>
/// <param name="Stages">Prompts that were tuned first.</param>
/// <param name="Evidence">The losses behind every source prompt, where they were measured.</param>
/// <param name="Sources">Names of the source prompts, in the order of the losses.</param>
public sealed record RunBudget(
    IReadOnlyList<StageBudget> Stages, SourceEvidence? Evidence, IReadOnlyList<string> Sources)
{
    /// <summary>Nothing.</summary>
    public static RunBudget None { get; } = new([], null, []);

    /// <summary>
    /// The source prompt that each task starts from because its loss was the least; empty for other starts.
    /// </summary>
    public IReadOnlyDictionary<string, string> Starts { get; init; } = new Dictionary<string, string>();

    /// <summary>The trials that chose where each task starts; null for other starts.</summary>
    public SourceTrials? Trials { get; init; }

    /// <summary>Writes the object <c>budget</c>.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="tasks">Names of the tasks, in the order of the losses.</param>
    /// <param name="rows">Examples that went forward and backward through the model in the training itself.</param>
    public void Write(Utf8JsonWriter json, IReadOnlyList<string> tasks, long rows)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(tasks);
        json.WriteStartObject("budget");
        json.WriteNumber("training_rows", rows);
        json.WriteStartArray("tuned_first");
        foreach (StageBudget stage in Stages)
        {
            json.WriteStartObject();
            json.WriteString("name", stage.Name);
            json.WriteNumber("steps", stage.Steps);
            json.WriteNumber("examples", stage.Examples);
            json.WriteNumber("rows", stage.Rows);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (Evidence is not null)
        {
            json.WriteNumber("evidence_forward_rows", Evidence.ForwardRows);
            json.WriteStartObject("evidence_losses");
            for (int task = 0; task < tasks.Count; task++)
            {
                json.WriteStartObject(tasks[task]);
                for (int source = 0; source < Sources.Count; source++)
                    json.WriteNumber(Sources[source], Evidence.Losses[task][source]);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        if (Trials is not null) WriteTrials(json, tasks, Trials);
        if (Starts.Count > 0)
        {
            json.WriteStartObject("starts");
            foreach ((string task, string source) in Starts) json.WriteString(task, source);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void WriteTrials(Utf8JsonWriter json, IReadOnlyList<string> tasks, SourceTrials trials)
    {
        json.WriteNumber("trial_rows", trials.Rows);
        json.WriteNumber("trial_forward_rows", trials.ForwardRows);
        json.WriteStartObject("trial_losses");
        for (int task = 0; task < tasks.Count; task++)
        {
            json.WriteStartObject(tasks[task]);
            foreach ((string candidate, double loss) in trials.Losses[task]) json.WriteNumber(candidate, loss);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }
}
