using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Hub;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>
/// Looks at every run before any is begun: its data and source prompts are read, and with a model at hand its prompts
/// built. Runs that differ in seed and rates alone are alike in that, and one of them stands for all.
/// </summary>
internal static class SweepCheck
{
    /// <summary>Checks without the weights.</summary>
    /// <exception cref="UserException">A run cannot be done; the message names it.</exception>
    public static void Inputs(IReadOnlyList<SweepRun> runs) =>
        Each(runs, static run => RunInputs.Load(run.Configuration));

    /// <summary>Checks with the weights, which stay in memory for the runs.</summary>
    /// <exception cref="UserException">A run cannot be done; the message names it.</exception>
    public static void Whole(
        CommandContext context, IReadOnlyList<SweepRun> runs, IBackend backend, SharedModels models,
        IProgress<WorkProgress> progress)
    {
        HashSet<string> reported = [];
        Each(runs, run =>
        {
            if (run.Configuration.TrainsModel)
            {
                // A copy of the weights to be trained is too much for a look.
                RunInputs.Load(run.Configuration, models, progress);
                return;
            }
            using PreparedRun prepared = PreparedRun.Load(run.Configuration, backend, models, progress);
            if (reported.Add(run.Configuration.Model)) ModelFolder.Report(context, prepared.Model);
            context.Warn(prepared.Warnings.Where(reported.Add));
            prepared.ComposeForMeasuring().Dispose();
        });
    }

    private static void Each(IReadOnlyList<SweepRun> runs, Action<SweepRun> check)
    {
        foreach (SweepRun run in runs.DistinctBy(static run => Alike(run.Configuration)))
        {
            try
            {
                check(run);
            }
            catch (Exception error) when (error is ConfigurationException or IOException or UnauthorizedAccessException)
            {
                throw new UserException($"{error.Message} (run {run.Name})", inner: error);
            }
        }
    }

    private static string Alike(RunConfiguration configuration) => string.Join(
        '\n', configuration.ToValue().Members
            .Where(static member => member.Name is not ("seed" or "training" or "evaluation"))
            .Select(static member => ConfigJson.Text(member.Value)));
}
