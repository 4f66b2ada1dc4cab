using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Experiments.Sweeps.Slurm;

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
