using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tasks;
using CrossPT.Runner.Results;

namespace CrossPT.Runner.Report.Data;

/// <summary>A test example and how the runs fared with it.</summary>
/// <param name="Input">Its text.</param>
/// <param name="Target">The right answer.</param>
/// <param name="Answers">What was answered, and by how many runs; the most frequent first.</param>
/// <param name="Right">Runs that were right.</param>
/// <param name="Runs">Runs that had it.</param>
internal sealed record ExampleData(string Input, string Target, IReadOnlyList<(string Answer, int Runs)> Answers, int Right, int Runs)
{
    private const int OfAKind = 3;

    /// <summary>
    /// Examples of a task that say something: those that fewest runs got right, and those on which runs disagree most; in the order of the file, so that the
    /// choice is nobody's.
    /// </summary>
    public static (IReadOnlyList<ExampleData> Hardest, IReadOnlyList<ExampleData> Disputed) Of(IReadOnlyList<ResultRun> runs, string task)
    {
        List<ExampleData> all = [.. runs.Where(run => run.IsFinished && IsOfLabels(run, task)).SelectMany(run => run.Predictions[task])
            .GroupBy(static one => (one.Input, one.Target)).Select(static group => new ExampleData(
                group.Key.Input, group.Key.Target, [.. group.CountBy(static one => one.Predicted).OrderByDescending(static one => one.Value).Select(static one => (one.Key, one.Value))],
                group.Count(static one => one.Score >= 1), group.Count()))];
        ExampleData[] hardest = [.. all.Where(static one => one.Right < one.Runs).OrderBy(static one => one.Share).Take(OfAKind)];
        ExampleData[] disputed = [.. all.Except(hardest).Where(static one => one.Right > 0 && one.Right < one.Runs).OrderBy(static one => Math.Abs(one.Share - 0.5)).Take(OfAKind)];
        return (hardest, disputed);
    }

    private double Share => Right / (double)Runs;

    private static bool IsOfLabels(ResultRun run, string task) => run.Record?.Tasks.FirstOrDefault(one => one.Name == task)?.Kind is TaskKind.Labels or TaskKind.Candidates;
}
