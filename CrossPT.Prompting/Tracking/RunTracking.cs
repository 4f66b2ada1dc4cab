using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;

namespace CrossPT.Prompting.Tracking;

/// <summary>
/// What a run writes down while it goes on: <c>history.jsonl</c>, <c>router.jsonl</c> and TensorBoard's files. After a
/// resume they are as if there had been no interruption, times apart.
/// </summary>
/// <param name="folder">The run's folder.</param>
/// <param name="routerEvery">Steps between two looks at the router.</param>
/// <param name="steps">Steps of the whole training, the last of which is looked at too.</param>
/// <param name="router">The router as it is now; null where it has no weights of tasks.</param>
internal sealed class RunTracking(RunFolder folder, int routerEvery, int steps, Func<RouterTable?> router)
{
    private readonly string _history = folder.PathOf(RunFolder.HistoryName);
    private readonly string _routers = folder.PathOf(RunFolder.RouterHistoryName);
    private EventFile? _events;

    /// <summary>Drops what a checkpoint does not know, and gives the steps that are left.</summary>
    /// <param name="step">Finished steps at the checkpoint.</param>
    /// <param name="evaluatedStep">Finished steps at its last evaluation.</param>
    public IReadOnlyList<TrainingStep> Begin(int step, int evaluatedStep)
    {
        _events = EventFile.Begin(folder, step);
        if (step == 0)
        {
            File.Delete(_history);
            File.Delete(_routers);
            LookAtRouter(0);
            return [];
        }
        TrainingHistory.Repair(_history, step, evaluatedStep);
        TrainingHistory.Repair(_routers, step, evaluatedStep);
        return TrainingHistory.Read(_history);
    }

    /// <summary>After a step.</summary>
    public void Add(TrainingStep step)
    {
        TrainingHistory.Append(_history, step);
        _events!.Add(
            step.Number,
            [
                ("loss", step.Loss), .. step.TaskLosses.Select(static one => ($"loss/{one.Key}", one.Value)),
                .. step.LearningRates.Select(static one =>
                    ($"learning_rate/{one.Key.ToString().ToLowerInvariant()}", one.Value)),
            ]);
        if (step.Number % routerEvery == 0 || step.Number == steps) LookAtRouter(step.Number);
    }

    /// <summary>After an evaluation while training.</summary>
    public void Add(TrainingEvaluation evaluation)
    {
        TrainingHistory.Append(_history, evaluation);
        _events!.Add(evaluation.Step, ("validation/score", evaluation.Score));
    }

    /// <summary>Adds the test metrics.</summary>
    public static void Add(RunFolder folder, int step, IReadOnlyList<TaskEvaluation> evaluations) =>
        EventFile.Latest(folder).Add(
        step,
        evaluations.SelectMany(static one => one.Metrics.Select(
            metric => ($"test/{one.Task.Name}/{TaskMetrics.NameOf(metric.Metric)}", metric.Value))));

    private void LookAtRouter(int step)
    {
        if (router() is not { } table) return;
        RouterHistory.Append(_routers, step, table);
        _events!.Add(step, table.Tasks.SelectMany((task, i) => table.Columns.Select(
            (column, j) => ($"router/{task}/{column}", table.Weights[i][j]))));
    }
}
