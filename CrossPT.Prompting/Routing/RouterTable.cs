using System.Text.Json;

namespace CrossPT.Prompting.Routing;

/// <summary>How much of each column every task takes, in evaluation.</summary>
/// <param name="Tasks">Names of the K tasks.</param>
/// <param name="Columns">Names of the C columns: the source prompts, then <see cref="PrivateColumn"/> where the private
/// prompt is one.</param>
/// <param name="Logits">[K][C].</param>
/// <param name="Weights">[K][C].</param>
/// <param name="Temperature">τ of evaluation.</param>
public sealed record RouterTable(
    IReadOnlyList<string> Tasks, IReadOnlyList<string> Columns, double[][] Logits, double[][] Weights,
    double Temperature)
{
    /// <summary>Name of the column of a task's own prompt.</summary>
    public const string PrivateColumn = "private";

    /// <summary>Weights by task and column.</summary>
    internal Dictionary<string, IReadOnlyDictionary<string, double>> ByTask() => Tasks.Zip(Weights).ToDictionary(
        static row => row.First,
        row => (IReadOnlyDictionary<string, double>)Columns.Zip(row.Second).ToDictionary());

    /// <summary>Writes <c>router.json</c>: for people, figures and <see cref="RouterStart.File"/>.</summary>
    internal void Write(Utf8JsonWriter json)
    {
        Dictionary<string, Dictionary<string, SavedLogit>> tasks = [];
        for (int task = 0; task < Tasks.Count; task++)
        {
            tasks[Tasks[task]] = Columns.Zip(Weights[task], Logits[task])
                .ToDictionary(static one => one.First, static one => new SavedLogit(one.Third, one.Second));
        }
        JsonSerializer.Serialize(json, new SavedRouter(tasks, Temperature), RunTypes.Default.SavedRouter);
    }
}

/// <summary><c>router.json</c>; to start from, the logits are enough.</summary>
/// <param name="Tasks">By task and column.</param>
/// <param name="Temperature">τ of evaluation.</param>
internal sealed record SavedRouter(
    IReadOnlyDictionary<string, Dictionary<string, SavedLogit>> Tasks, double? Temperature = null);

/// <summary>A logit and the weight it comes to.</summary>
internal sealed record SavedLogit(double Logit, double? Weight = null);
