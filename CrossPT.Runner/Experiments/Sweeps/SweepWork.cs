using CrossPT.Prompting.Runs;
using CrossPT.Runner.Experiments.Results;
using CrossPT.Runner.Hub.Transfer;
using CrossPT.Tensors;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>The outcome of an attempt at a run.</summary>
internal enum WorkOutcome
{
    /// <summary>It is finished.</summary>
    Finished,

    /// <summary>It failed, which is written down.</summary>
    Failed,

    /// <summary>Another process is doing it, or has done it in the meantime.</summary>
    Taken,
}

/// <summary>Does one run of a sweep, in this process alone, from where it was left.</summary>
internal sealed class SweepWork(SweepFolder folder, SharedModels? models, string? job = null)
{
    /// <summary>Does the run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="open">Opens the back end it computes with.</param>
    /// <param name="progress">Told how it goes.</param>
    /// <param name="cancellation">Stops it with a checkpoint.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="IOException">Not even the failure could be written down.</exception>
    public WorkOutcome Do(SweepRun run, Func<IBackend> open, SweepProgress progress, CancellationToken cancellation)
    {
        using FileLock? taken = folder.TakeRun(run.Name);
        if (taken is null || !folder.StateOf(run.Name).IsToDo) return WorkOutcome.Taken;
        string path = folder.FolderOf(run.Name);
        RunFailure.Delete(path);
        RunProgress own = progress.Begin(run.Name, run.Configuration.Training.Steps, Directory.Exists(path));
        RunFailure failure;
        try
        {
            using IBackend backend = open();
            Do(run, backend, own, cancellation);
            progress.End(own, failed: false, RunScores.Of(path));
            return WorkOutcome.Finished;
        }
        catch (OperationCanceledException)
        {
            progress.Leave(own);
            throw;
        }
        catch (Exception error)
        {
            failure = RunFailure.Of(error);
        }
        failure.Write(path);
        // A folder without its record is to stay as good as new.
        if (File.Exists(Path.Combine(path, RunFolder.ConfigName))) Attempts.Add(path, Attempts.Failed, job);
        progress.End(own, failed: true, failure.Message);
        return WorkOutcome.Failed;
    }

    private void Do(SweepRun run, IBackend backend, RunProgress progress, CancellationToken cancellation)
    {
        string path = Path.GetFullPath(run.Configuration.OutFolder);
        progress.OnLoaded = prepared => SweepModels.Check(folder, prepared.Record.Model);
        progress.OnBegan = _ => Attempts.Add(path, Attempts.Begun, job);
        RunOptions options = new() { Backend = backend, Models = models, Resume = true };
        try
        {
            using TrainedRun trained = Run.Execute(run.Configuration, options, progress, cancellation);
            if (trained.Metrics!.ReloadEqual == false)
                throw new InvalidDataException("loaded again, the run does not evaluate to the same bits");
            Attempts.Add(path, Attempts.Finished, job);
        }
        catch (OperationCanceledException)
        {
            Attempts.Add(path, Attempts.Stopped, job);
            throw;
        }
    }
}
