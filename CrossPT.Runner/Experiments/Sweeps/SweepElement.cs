using CrossPT.Prompting.Configuration;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Experiments.Sweeps.Slurm;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>
/// <c>sweep DIR --run NAME</c>: one run of a sweep that is there, as the elements of a job array do it.
/// </summary>
internal static class SweepElement
{
    public static int Do(CommandContext context, SweepFolder folder, string name)
    {
        if (!folder.Exists)
            throw new UserException(
                $"{folder.Given}: no {SweepFolder.SweepName} in it, expected the folder of a sweep");
        SweepRun run = folder.ReadRun(name);
        string path = folder.FolderOf(name);
        string? element = SlurmElement.Current;
        CancellationToken cancellation = context.Interruption.Token;
        using SweepProgress progress = new(
            context.Console, total: 1, finished: 0, failed: 0, run.Configuration.Training.Steps);
        try
        {
            WorkOutcome outcome = new SweepWork(folder, null, element)
                .Do(run, context.OpenBackend, progress, cancellation);
            if (outcome == WorkOutcome.Taken)
                context.Note($"{name}: {(folder.StateOf(name).IsToDo ? "another process has it" : "nothing to do")}");
            return folder.StateOf(name).Stage == RunStage.Failed ? ExitCode.Failed : ExitCode.Done;
        }
        catch (OperationCanceledException) when (element is not null)
        {
            if (SlurmElement.RequeueIfTimeIsOver(context, element)) Attempts.Add(path, Attempts.Requeued, element);
            throw;
        }
    }
}
