using System.Text.Json.Serialization;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Training;

namespace CrossPT.Prompting.Tracking;

/// <summary>The weights of a router at a step.</summary>
/// <param name="Step">Finished steps; 0 before training.</param>
/// <param name="Weights">By task and source prompt.</param>
public sealed record RouterMoment(
    int Step,
    [property: JsonPropertyName("tasks")] IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Weights);

/// <summary>
/// <c>router.jsonl</c>: the router's weights in the course of training, a line a moment,
/// <c>{"step", "tasks": {TASK: {SOURCE: weight}}}</c>.
/// </summary>
public static class RouterHistory
{
    /// <summary>Moments of a run that does not evaluate while it trains.</summary>
    private const int Moments = 20;

    /// <summary>Steps between two moments: those of evaluations, or else a twentieth of all.</summary>
    public static int EveryOf(TrainingSettings training)
    {
        ArgumentNullException.ThrowIfNull(training);
        return training.EvaluateEvery > 0 ? training.EvaluateEvery : Math.Max(1, training.Steps / Moments);
    }

    /// <summary>Adds a moment.</summary>
    public static void Append(string path, int step, RouterTable router)
    {
        ArgumentNullException.ThrowIfNull(router);
        JsonFile.Append(path, new RouterMoment(step, router.ByTask()), RunTypes.Default.RouterMoment);
    }

    /// <summary>The moments of a file, lines that are none passed over; none where there is no file.</summary>
    public static IReadOnlyList<RouterMoment> Read(string path) =>
        [.. JsonFile.ReadLines(path, RunTypes.Default.RouterMoment)
            .Where(static moment => !moment.Weights.Values.Contains(null!))];
}
