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

/// <summary>This process as an element of a job array.</summary>
internal static class SlurmElement
{
    /// <summary>Which one: <c>12_3</c>; null where Slurm did not start it.</summary>
    public static string? Current =>
        Environment.GetEnvironmentVariable("SLURM_ARRAY_JOB_ID") is { Length: > 0 } job
            && Environment.GetEnvironmentVariable("SLURM_ARRAY_TASK_ID") is { Length: > 0 } index
            ? $"{job}_{index}"
            : null;

    /// <summary>
    /// Lets the element begin again where it was stopped because its time is over: Slurm itself would not. One that was
    /// cancelled is left alone, and one that Slurm takes back for another job it also starts again itself.
    /// </summary>
    /// <returns>Whether it is going to begin again.</returns>
    public static bool RequeueIfTimeIsOver(CommandContext context, string element)
    {
        if (context.Interruption.Code != ExitCode.Terminated) return false;
        try
        {
            SlurmCommands slurm = new();
            (string state, string reason) = slurm.Describe(element);
            // Running still: a signal ahead of the end, which --signal=B:TERM@SECONDS asks for.
            if (reason != "TimeLimit" && state != "RUNNING") return false;
            slurm.Requeue(element);
            context.Note($"{element}: out of time; the job continues from its checkpoint later");
            return true;
        }
        catch (UserException error)
        {
            context.Note(error.Message);
            return false;
        }
    }
}
