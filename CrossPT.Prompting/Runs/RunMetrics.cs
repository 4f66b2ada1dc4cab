using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;

namespace CrossPT.Prompting.Runs;

/// <summary>Losses, scores and cost of a run: <c>metrics.json</c>.</summary>
/// <param name="Outcome">The training.</param>
/// <param name="Evaluations">One a task.</param>
/// <param name="Budget">The cost before the training.</param>
/// <param name="ReloadEqual">
/// Whether the run loaded again evaluates the same to the last bit; null where that was not tried.
/// </param>
public sealed record RunMetrics(
    TrainingOutcome Outcome, IReadOnlyList<TaskEvaluation> Evaluations, RunBudget Budget, bool? ReloadEqual)
{
    /// <summary>
    /// Steps at either end that <see cref="FirstLoss"/> and <see cref="LastLoss"/> are means over; fewer where there
    /// are fewer.
    /// </summary>
    public const int LossSteps = 10;

    /// <summary>Warnings about model, label words and rows.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The steps of training, those before a resume included.</summary>
    public IReadOnlyList<TrainingStep> Steps => Outcome.Steps;

    /// <summary>Mean loss of the first steps.</summary>
    public double FirstLoss => Steps.Take(LossSteps).Average(static step => step.Loss);

    /// <summary>Mean loss of the last steps.</summary>
    public double LastLoss => Steps.TakeLast(LossSteps).Average(static step => step.Loss);

    /// <summary>Median seconds of a step.</summary>
    public double SecondsPerStep
    {
        get
        {
            double[] seconds = [.. Steps.Select(static step => step.Seconds).Order()];
            return (seconds[seconds.Length / 2] + seconds[(seconds.Length - 1) / 2]) / 2;
        }
    }

    /// <summary>Writes the document.</summary>
    public void Write(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject();
        WriteMembers(json);
        json.WriteEndObject();
    }

    /// <summary>Writes the members of the document.</summary>
    public void WriteMembers(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteNumber("steps", Steps.Count);
        json.WriteNumber("loss_first", FirstLoss);
        json.WriteNumber("loss_last", LastLoss);
        // A prompt that fits from the first step on has no loss to compare with, and JSON no infinity.
        if (FirstLoss > 0) json.WriteNumber("loss_ratio", LastLoss / FirstLoss);
        else json.WriteNull("loss_ratio");
        json.WriteNumber("seconds_per_step", Math.Round(SecondsPerStep, 4));
        json.WriteNumber("seconds", Math.Round(Steps.Sum(static step => step.Seconds), 3));
        if (Outcome.Best is { } best)
        {
            json.WriteStartObject("best_on_validation");
            json.WriteNumber("step", best.Step);
            json.WriteNumber("score", best.Score);
            json.WriteNumber("examples", Outcome.SelectionExamples);
            json.WriteEndObject();
        }
        WriteTasks(json, Evaluations);
        Budget.Write(json, [.. Evaluations.Select(static evaluation => evaluation.Task.Name)], Outcome.Rows);
        if (ReloadEqual is { } equal) json.WriteBoolean("reload_equal", equal);
        WriteWarnings(json, Warnings);
    }

    /// <summary>Writes the list <c>warnings</c>, where there is any.</summary>
    public static void WriteWarnings(Utf8JsonWriter json, IReadOnlyList<string> warnings)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(warnings);
        if (warnings.Count == 0) return;
        json.WriteStartArray("warnings");
        foreach (string warning in warnings) json.WriteStringValue(warning);
        json.WriteEndArray();
    }

    /// <summary>
    /// Writes the object <c>tasks</c>: every metric beside what always answering the most frequent label comes to.
    /// </summary>
    /// <param name="json">Where to.</param>
    /// <param name="evaluations">The evaluations.</param>
    /// <param name="names">Names of the tasks in the file; null for their own.</param>
    public static void WriteTasks(
        Utf8JsonWriter json, IReadOnlyList<TaskEvaluation> evaluations, IReadOnlyList<string>? names = null)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(evaluations);
        json.WriteStartObject("tasks");
        for (int i = 0; i < evaluations.Count; i++)
        {
            TaskEvaluation evaluation = evaluations[i];
            json.WriteStartObject(names is null ? evaluation.Task.Name : names[i]);
            json.WriteNumber("examples", evaluation.Actual.Count);
            json.WriteBoolean("collapsed", evaluation.Collapsed);
            foreach ((TaskMetric metric, double value) in evaluation.Metrics) json.WriteNumber(
                TaskMetrics.NameOf(metric), value);
            json.WriteStartObject("majority");
            foreach ((TaskMetric metric, double value) in evaluation.MajorityMetrics) json.WriteNumber(
                TaskMetrics.NameOf(metric), value);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }
}

/// <summary>How the training of a run went.</summary>
/// <param name="Steps">All steps, those before a resume included.</param>
/// <param name="Rows">Examples that went forward and backward through the model.</param>
/// <param name="Best">The best evaluation on validation examples; null where there was none.</param>
/// <param name="SelectionExamples">Validation examples the best was chosen on, over all tasks.</param>
public sealed record TrainingOutcome(
    IReadOnlyList<TrainingStep> Steps, long Rows, (int Step, double Score)? Best, int SelectionExamples);

/// <summary>
/// The contribution of the parts of a task's prompt: its first metric, and the same with parts left out of the trained
/// prompt. <c>contribution.json</c> of a run has them by task.
/// </summary>
/// <param name="Metric">Name of the metric.</param>
/// <param name="Whole">Of the prompt as it is.</param>
/// <param name="WithoutSource">Without each source prompt, by name.</param>
/// <param name="WithoutPrivate">Without the private part; null where there is none.</param>
/// <param name="OnlySources">The source prompts alone; null where there is no private part, or no source.</param>
/// <param name="OnlyPrivate">The private part alone; null likewise.</param>
public sealed record TaskContribution(
    string Metric, double Whole, IReadOnlyDictionary<string, double> WithoutSource,
    double? WithoutPrivate = null, double? OnlySources = null, double? OnlyPrivate = null)
{
    /// <summary>Reads <c>contribution.json</c>.</summary>
    /// <exception cref="IOException">It is no such document; the message names it.</exception>
    public static IReadOnlyDictionary<string, TaskContribution> Read(string path) =>
        ByTask<TaskContribution>.Read(
            path, "what parts of prompts are worth", RunTypes.Default.ByTaskTaskContribution);

    internal static void Write(Utf8JsonWriter json, IReadOnlyDictionary<string, TaskContribution> tasks) =>
        JsonSerializer.Serialize(json, new(tasks), RunTypes.Default.ByTaskTaskContribution);
}

/// <summary>
/// How a task does under other text prefixes than its own: a row of the cross-prefix matrix. <c>prefixes.json</c> of a
/// run has them by task.
/// </summary>
/// <param name="Metric">Its first metric.</param>
/// <param name="Own">Under the prefix it was trained with.</param>
/// <param name="Under">Under others, by what those are called.</param>
public sealed record TaskUnderPrefixes(string Metric, double Own, IReadOnlyDictionary<string, double> Under)
{
    /// <summary>Reads <c>prefixes.json</c>.</summary>
    /// <exception cref="IOException">It is no such document; the message names it.</exception>
    public static IReadOnlyDictionary<string, TaskUnderPrefixes> Read(string path) =>
        ByTask<TaskUnderPrefixes>.Read(
            path, "what tasks do under prefixes", RunTypes.Default.ByTaskTaskUnderPrefixes);

    internal static void Write(Utf8JsonWriter json, IReadOnlyDictionary<string, TaskUnderPrefixes> tasks) =>
        JsonSerializer.Serialize(json, new(tasks), RunTypes.Default.ByTaskTaskUnderPrefixes);
}

/// <summary>A document with something of each task.</summary>
internal sealed record ByTask<T>(IReadOnlyDictionary<string, T> Tasks)
{
    public static IReadOnlyDictionary<string, T> Read(string path, string what, JsonTypeInfo<ByTask<T>> type)
    {
        IReadOnlyDictionary<string, T> tasks = JsonFile.Read(path, what, type).Tasks;
        // The serializer holds properties to their nullable annotations, but not the values of dictionaries.
        return tasks.FirstOrDefault(static one => one.Value is null).Key is { } task
            ? throw new IOException($"{path}: not {what} (null for the task '{task}')")
            : tasks;
    }
}
