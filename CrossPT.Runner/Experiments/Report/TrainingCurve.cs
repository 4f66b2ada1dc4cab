using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Training;
using CrossPT.Runner.Experiments.Report.Figures;
using CrossPT.Runner.Experiments.Results;

namespace CrossPT.Runner.Experiments.Report;

/// <summary>The course of a run's training, in as few points as a figure shows.</summary>
/// <param name="Losses">At each step, the mean loss of the steps up to it.</param>
/// <param name="Scores">The evaluations in training.</param>
/// <param name="Seconds">Wall time of all steps.</param>
internal sealed record TrainingCurve(
    IReadOnlyList<CurvePoint> Losses, IReadOnlyList<CurvePoint> Scores, double Seconds)
{
    private const int Points = 60;

    /// <exception cref="IOException">The run's history is broken; the message names the file.</exception>
    public static TrainingCurve Read(ResultRun run)
    {
        string path = run.PathOf(RunFolder.HistoryName);
        IReadOnlyList<TrainingStep> steps = TrainingHistory.Read(path);
        int block = Math.Max(1, (steps.Count + Points - 1) / Points);
        List<CurvePoint> losses = [];
        foreach (TrainingStep[] part in steps.Chunk(block))
            losses.Add(new CurvePoint(part[^1].Number, part.Average(static step => step.Loss)));
        List<CurvePoint> scores = [];
        foreach (TrainingEvaluation evaluation in TrainingHistory.ReadEvaluations(path))
            scores.Add(new CurvePoint(evaluation.Step, evaluation.Score));
        return new TrainingCurve(losses, scores, steps.Sum(static step => step.Seconds));
    }

    /// <summary>The mean of some curves at the steps that all of them have.</summary>
    public static IReadOnlyList<CurvePoint> Mean(IReadOnlyList<IReadOnlyList<CurvePoint>> curves)
    {
        List<CurvePoint> mean = [];
        int common = curves.Count == 0 ? 0 : curves.Min(static curve => curve.Count);
        for (int i = 0; i < common; i++)
        {
            double step = curves[0][i].Step;
            if (curves.Any(curve => curve[i].Step != step)) continue;
            mean.Add(new CurvePoint(step, curves.Average(curve => curve[i].Value)));
        }
        return mean;
    }
}
