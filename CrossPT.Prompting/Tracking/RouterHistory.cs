using System.Text.Json;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Training;

namespace CrossPT.Prompting.Tracking;

/// <summary>The weights of a router at a step.</summary>
/// <param name="Step">Finished steps; 0 before training.</param>
/// <param name="Weights">By task and source prompt.</param>
public sealed record RouterMoment(int Step, IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Weights);

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
        TrainingHistory.AppendLine(path, json =>
        {
            json.WriteNumber("step", step);
            json.WriteStartObject("tasks");
            for (int task = 0; task < router.Tasks.Count; task++)
            {
                json.WriteStartObject(router.Tasks[task]);
                for (int column = 0; column < router.Columns.Count; column++)
                    json.WriteNumber(router.Columns[column], router.Weights[task][column]);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        });
    }

    /// <summary>The moments of a file, lines that are none passed over; none where there is no file.</summary>
    public static IReadOnlyList<RouterMoment> Read(string path) =>
        !File.Exists(path) ? [] : [.. File.ReadLines(path).Select(Parse).OfType<RouterMoment>()];

    private static RouterMoment? Parse(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            return new RouterMoment(
                root.GetProperty("step").GetInt32(), root.GetProperty("tasks").EnumerateObject().ToDictionary(
                static task => task.Name,
                static task => (IReadOnlyDictionary<string, double>)task.Value.EnumerateObject()
                    .ToDictionary(static one => one.Name, static one => one.Value.GetDouble())));
        }
        catch (Exception error) when (error
            is JsonException or InvalidOperationException or KeyNotFoundException or FormatException
                or ArgumentException)
        {
            return null;
        }
    }
}
