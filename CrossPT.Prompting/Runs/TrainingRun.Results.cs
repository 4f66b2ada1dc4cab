using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tracking;

namespace CrossPT.Prompting.Runs;

/// <content>What is kept of the evaluation beside its metrics.</content>
public sealed partial class TrainingRun
{
    /// <summary>
    /// Writes <c>predictions.jsonl</c>, the metrics for TensorBoard and, where the configuration asks for it, <c>contribution.json</c>: all that comes before
    /// <c>metrics.json</c>, which says that a run is finished.
    /// </summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="step">Steps that were trained.</param>
    /// <param name="evaluations">What <see cref="Evaluate"/> gave.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public void SaveEvaluation(RunFolder folder, int step, IReadOnlyList<TaskEvaluation> evaluations, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(evaluations);
        PredictionsFile.Write(folder.PathOf(RunFolder.PredictionsName), _tasks.Zip(evaluations).SelectMany(static pair => PredictionsFile.Of(pair.Second, pair.First.Test)));
        RunTracking.Add(folder, step, evaluations);
        if (Configuration.Evaluation.Prefixes.Count > 0) SavePrefixes(folder, evaluations, cancellation);
        if (!Configuration.Evaluation.Contribution) return;
        IReadOnlyList<TaskContribution> contributions = MeasureContribution(evaluations, cancellation);
        folder.WriteJson(RunFolder.ContributionName, json => ContributionFile.Write(json, contributions));
    }

    /// <summary>Writes <c>prefixes.json</c>: the first metric of every task under its own text prefix and under each of the configuration's.</summary>
    private void SavePrefixes(RunFolder folder, IReadOnlyList<TaskEvaluation> evaluations, CancellationToken cancellation)
    {
        using EvaluationPrompts prompts = EvaluationPrompts.Of(Prompts, _backend, null);
        TaskUnderPrefixes[] measured =
        [
            .. _tasks.Zip(evaluations, (task, own) => new TaskUnderPrefixes(
                own.Task.Name, TaskMetrics.NameOf(own.Metrics[0].Metric), own.Metrics[0].Value,
                [.. task.UnderPrefixes.Select(other => (other.Label, Measure(task, other.Codec)))])),
        ];
        folder.WriteJson(RunFolder.PrefixesName, json => PrefixesFile.Write(json, measured));

        double Measure(RunTask task, TaskCodec codec) => TaskEvaluation.Run(
            Model, prompts.Prompts, codec, [.. task.Test.Select(codec.Encode)], Configuration.Evaluation.Batch, Configuration.Evaluation.By, cancellation).Metrics[0].Value;
    }

    /// <summary>What each source prompt and the private part are worth: the first metric of every task with them left out of the trained prompts.</summary>
    /// <param name="evaluations">What <see cref="Evaluate"/> gave, nothing left out.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="InvalidOperationException">The run has no prompts.</exception>
    public IReadOnlyList<TaskContribution> MeasureContribution(IReadOnlyList<TaskEvaluation> evaluations, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(evaluations);
        if (Prompts is not PromptMethod graph) throw new InvalidOperationException("The run has no prompts to leave parts of out.");
        IReadOnlyList<string> sources = graph.Sources;
        double[][] withoutSource = [.. sources.Select(source => Values(new PromptMask { WithoutSources = new HashSet<string> { source } }))];
        double[]? withoutPrivate = graph.HasPrivate ? Values(new PromptMask { WithoutPrivate = true }) : null;
        double[]? onlyPrivate = graph.HasPrivate && sources.Count > 0 ? Values(new PromptMask { WithoutSources = sources.ToHashSet() }) : null;
        return [.. evaluations.Select((evaluation, task) => new TaskContribution(
            evaluation.Task.Name, TaskMetrics.NameOf(evaluation.Metrics[0].Metric), evaluation.Metrics[0].Value,
            [.. sources.Select((source, i) => (source, withoutSource[i][task]))], withoutPrivate?[task],
            // Without the private part the sources are all there is.
            sources.Count > 0 ? withoutPrivate?[task] : null, onlyPrivate?[task]))];

        double[] Values(PromptMask mask) => [.. Evaluate(mask, cancellation).Select(static one => one.Metrics[0].Value)];
    }
}
