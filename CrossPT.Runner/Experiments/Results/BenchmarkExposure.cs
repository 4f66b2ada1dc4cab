using System.Text.RegularExpressions;
using CrossPT.Prompting.Runs;

namespace CrossPT.Runner.Experiments.Results;

/// <summary>
/// Whether a backbone has seen a benchmark's training sets: the first T5 checkpoints were pretrained on a mixture that
/// holds GLUE and SuperGLUE (Raffel et al. 2020, section 3.5.3), so that "few-shot" on them is no few examples at all.
/// Version 1.1 was pretrained on C4 alone.
/// </summary>
internal static partial class BenchmarkExposure
{
    /// <summary>What stands beside such results.</summary>
    public const string Note = "pre-trained on this benchmark";

    private static readonly HashSet<string> s_tasks =
    [
        "cola", "sst2", "mrpc", "stsb", "qqp", "mnli", "qnli", "rte", "wnli",
        "boolq", "cb", "copa", "multirc", "record", "superglue-rte", "wic", "wsc",
    ];

    /// <summary>
    /// Whether the backbone's name is one of the five: <c>t5-base</c>, with or without its owner, or the folder of it
    /// in a hub's cache.
    /// </summary>
    public static bool IsMultitaskT5(ModelIdentity model) =>
        Name().IsMatch(model.Name) || model.Path.Split('/', '\\').Any(static part => CacheFolder().IsMatch(part));

    /// <summary>Whether the benchmark of a task was in the backbone's pretraining.</summary>
    public static bool Has(ModelIdentity model, string task) => s_tasks.Contains(task) && IsMultitaskT5(model);

    /// <summary>The tasks of some runs that are so.</summary>
    public static IReadOnlyList<string> TasksOf(IEnumerable<ResultRun> runs) =>
        [.. runs.Where(static run => run.Record is not null)
            .SelectMany(static run => run.Record!.TaskNames.Where(task => Has(run.Record.Model, task))).Distinct()];

    [GeneratedRegex(
        "^(google-t5/)?t5-(small|base|large|3b|11b)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    [GeneratedRegex(
        "^models--(google-t5--)?t5-(small|base|large|3b|11b)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex CacheFolder();
}
