using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace CrossPT.Prompting.Runs;

/// <summary>
/// What the parts of a task's prompt are worth: its first metric, and the same with parts left out of the trained
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
