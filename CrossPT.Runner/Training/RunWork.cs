using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Training;

namespace CrossPT.Runner.Training;

/// <summary>
/// The work of a run once it is loaded and its folder is there: composing, training, saving, evaluating.
/// </summary>
internal static class RunWork
{
    /// <summary>
    /// Does all that is left of it; <c>metrics.json</c> is written last and says that it is finished.
    /// </summary>
    /// <exception cref="TrainingDivergedException">
    /// The loss or a gradient is not finite; the last good prompts are saved.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was stopped; the run goes on from its checkpoint.</exception>
    public static RunResult Do(TrainingRun run, RunFolder folder, IRunListener listener, CancellationToken cancellation)
    {
        RunConfiguration configuration = run.Configuration;
        run.Compose(folder, listener.Stepped, cancellation);
        run.SaveRecord(folder);
        listener.Composed(run);
        TrainingOutcome outcome = Train(run, folder, listener, cancellation);
        run.SavePrompts(folder);
        listener.Evaluates();
        IReadOnlyList<TaskEvaluation> evaluations = run.Evaluate(cancellation: cancellation);
        bool? reload = configuration.Evaluation.VerifyReload ? run.VerifyReload(folder, evaluations, cancellation)
            : null;
        run.SaveEvaluation(folder, outcome.Steps.Count, evaluations, cancellation);
        RunResult result = new(outcome, evaluations, run.Budget, reload)
        {
            Warnings = [.. run.Model.Warnings, .. run.Warnings],
        };
        folder.WriteJson(RunFolder.MetricsName, json =>
        {
            json.WriteStartObject();
            result.WriteMembers(json);
            json.WriteEndObject();
        });
        return result;
    }

    private static TrainingOutcome Train(
        TrainingRun run, RunFolder folder, IRunListener listener, CancellationToken cancellation)
    {
        try
        {
            return run.Train(folder, listener.Stepped, listener.Evaluated, cancellation);
        }
        catch (TrainingDivergedException)
        {
            run.SavePrompts(folder);
            throw;
        }
    }
}
