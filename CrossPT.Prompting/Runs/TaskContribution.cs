namespace CrossPT.Prompting.Runs;

/// <summary>
/// What the parts of a task's prompt are worth: its first metric, and the same with parts left out of the trained
/// prompt.
/// </summary>
/// <param name="Task">The task.</param>
/// <param name="Metric">Name of the metric.</param>
/// <param name="Whole">Of the prompt as it is.</param>
/// <param name="WithoutSource">Without each source prompt, by name.</param>
/// <param name="WithoutPrivate">Without the private part; null where there is none.</param>
/// <param name="OnlySources">The source prompts alone; null where there is no private part, or no source.</param>
/// <param name="OnlyPrivate">The private part alone; null likewise.</param>
public sealed record TaskContribution(
    string Task, string Metric, double Whole, IReadOnlyList<(string Source, double Value)> WithoutSource,
    double? WithoutPrivate, double? OnlySources, double? OnlyPrivate);
