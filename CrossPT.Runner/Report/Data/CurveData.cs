using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Training;
using CrossPT.Runner.Results;

namespace CrossPT.Runner.Report.Data;

/// <summary>The course of a run's training, in as few points as a picture shows.</summary>
/// <param name="Run">The run.</param>
/// <param name="Losses">Step and mean loss of the steps up to it.</param>
/// <param name="Scores">Step and score of evaluations while training.</param>
/// <param name="Seconds">Wall time of all steps.</param>
internal sealed record CurveData(ResultRun Run, IReadOnlyList<(double Step, double Value)> Losses, IReadOnlyList<(double Step, double Value)> Scores, double Seconds)
{
    /// <summary>Points of a curve.</summary>
    private const int Points = 60;

    public static CurveData Of(ResultRun run)
    {
        string path = run.PathOf(RunFolder.HistoryName);
        IReadOnlyList<TrainingStep> steps = ReadSteps(path);
        int block = Math.Max(1, (steps.Count + Points - 1) / Points);
        return new CurveData(
            run, [.. steps.Chunk(block).Select(static part => ((double)part[^1].Number, part.Average(static step => step.Loss)))],
            [.. TrainingHistory.ReadEvaluations(path).Select(static one => ((double)one.Step, one.Score))], steps.Sum(static step => step.Seconds));
    }

    /// <summary>The mean of some curves, at the points that all of them have.</summary>
    public static IReadOnlyList<(double Step, double Value)> Mean(IReadOnlyList<IReadOnlyList<(double Step, double Value)>> curves)
    {
        if (curves.Count == 0) return [];
        int common = curves.Min(static curve => curve.Count);
        return [.. Enumerable.Range(0, common).Where(i => curves.All(curve => curve[i].Step == curves[0][i].Step)).Select(i => (curves[0][i].Step, curves.Average(curve => curve[i].Value)))];
    }

    private static IReadOnlyList<TrainingStep> ReadSteps(string path)
    {
        try
        {
            return TrainingHistory.Read(path);
        }
        catch (Exception error) when (error is KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new IOException($"{path}: not the history of a run ({error.Reason()})", error);
        }
    }
}
