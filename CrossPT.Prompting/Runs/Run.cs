using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Runs;

/// <summary>Options of a run beside its configuration.</summary>
public sealed record RunOptions
{
    /// <summary>Where to compute; null for the CPU, with all its processors. Not owned.</summary>
    public IBackend? Backend { get; init; }

    /// <summary>Models that other runs of the process use too; null to load one for this run alone.</summary>
    public SharedModels? Models { get; init; }

    /// <summary>Whether a run that was stopped goes on in its folder; else the folder must not exist yet.</summary>
    public bool Resume { get; init; }

    /// <summary>Told how loading, encoding and evaluating go.</summary>
    public IProgress<WorkProgress>? Progress { get; init; }
}

/// <summary>Follows a run.</summary>
public interface IRunListener
{
    /// <summary>Model, data and source prompts are loaded; nothing is written yet.</summary>
    void Loaded(PreparedRun run)
    {
    }

    /// <summary>The folder is there, with the run's settings in it.</summary>
    void Began(RunFolder folder)
    {
    }

    /// <summary>A step of a prompt that is tuned first.</summary>
    void Stepped(StageStep step)
    {
    }

    /// <summary>The prompts are composed: training begins, or goes on.</summary>
    void Composed(ComposedRun run)
    {
    }

    /// <summary>A step of the run.</summary>
    void Stepped(TrainingStep step)
    {
    }

    /// <summary>An evaluation while training.</summary>
    void Evaluated(TrainingEvaluation evaluation)
    {
    }

    /// <summary>Training is over; the tasks are evaluated.</summary>
    void Evaluates()
    {
    }
}

/// <summary>Runs from their configuration to their folder.</summary>
public static class Run
{
    /// <summary>
    /// Loads what a configuration names, tunes source prompts that must be tuned first, composes the prompts, trains,
    /// saves, evaluates and verifies them. <c>metrics.json</c> is written last and marks the run as finished.
    /// </summary>
    /// <param name="configuration">The configuration; its <see cref="RunConfiguration.OutFolder"/> is written.</param>
    /// <param name="options">Device, shared models, whether to resume; null for the defaults.</param>
    /// <param name="listener">Follows the run; null for nobody.</param>
    /// <param name="cancellation">Stops between steps, with a checkpoint that the run can be resumed from.</param>
    /// <returns>The run with its <see cref="TrainedRun.Metrics"/>, ready to predict; the caller disposes it.</returns>
    /// <exception cref="ConfigurationException">
    /// A value does not fit the model, the data or the source prompts, or the folder is of other settings.
    /// </exception>
    /// <exception cref="IOException">A file is missing or broken, or the folder exists already.</exception>
    /// <exception cref="TrainingDivergedException">
    /// The loss or a gradient is not finite; the last good prompts are saved.
    /// </exception>
    public static TrainedRun Execute(
        RunConfiguration configuration, RunOptions? options = null, IRunListener? listener = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        options ??= new RunOptions();
        listener ??= new Nobody();
        IBackend backend = options.Backend ?? new CpuBackend();
        PreparedRun? prepared = null;
        try
        {
            prepared = PreparedRun.Load(configuration, backend, options.Models, options.Progress);
            TrainedRun run = Complete(prepared, options, listener, cancellation);
            run.Own(prepared);
            if (options.Backend is null) run.Own(backend);
            return run;
        }
        catch
        {
            prepared?.Dispose();
            if (options.Backend is null) backend.Dispose();
            throw;
        }
    }

    private static TrainedRun Complete(
        PreparedRun prepared, RunOptions options, IRunListener listener, CancellationToken cancellation)
    {
        string path = prepared.Configuration.OutFolder;
        if (options.Resume) prepared.CheckUnchanged(path);
        listener.Loaded(prepared);
        RunFolder folder = options.Resume ? RunFolder.OpenOrCreate(path) : RunFolder.Create(path);
        prepared.SaveRecord(folder, promptLength: 0);
        listener.Began(folder);
        using ComposedRun run = prepared.Compose(folder, listener, cancellation);
        prepared.SaveRecord(folder, run.Prompts.Length);
        listener.Composed(run);
        TrainingOutcome outcome = Train(run, folder, listener, cancellation);
        run.SavePrompts(folder);
        listener.Evaluates();
        IReadOnlyList<TaskEvaluation> evaluations = run.Evaluate(cancellation: cancellation);
        TrainedRun trained = TrainedRun.Load(folder.FullPath, prepared.Model, prepared.Tokenizer);
        try
        {
            bool verifies = prepared.Configuration.Evaluation.VerifyReload;
            bool? isEqual = verifies ? run.IsEqual(trained, evaluations, cancellation) : null;
            run.SaveEvaluation(folder, outcome.Steps.Count, evaluations, cancellation);
            RunMetrics metrics = new(outcome, evaluations, run.Budget, isEqual)
            {
                Warnings = [.. prepared.Model.Warnings, .. prepared.Warnings],
            };
            folder.WriteJson(RunFolder.MetricsName, metrics.Write);
            trained.Metrics = metrics;
            return trained;
        }
        catch
        {
            trained.Dispose();
            throw;
        }
    }

    private static TrainingOutcome Train(
        ComposedRun run, RunFolder folder, IRunListener listener, CancellationToken cancellation)
    {
        try
        {
            return run.Train(folder, listener, cancellation);
        }
        catch (TrainingDivergedException)
        {
            run.SavePrompts(folder);
            throw;
        }
    }

    private sealed class Nobody : IRunListener;
}
