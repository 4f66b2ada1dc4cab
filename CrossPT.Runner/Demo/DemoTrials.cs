using System.Globalization;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Consoles;

namespace CrossPT.Runner.Demo;

/// <summary>
/// <c>demo --trials</c>: how the learning rates of the demo were chosen, the same number of trials for every method, on
/// seeds and texts that no reported figure comes from.
/// </summary>
internal static class DemoTrials
{
    private static readonly int[] s_seeds = [101, 102, 103];

    public static int Run(
        CommandContext context, DemoFleet fleet, DemoSources sources, ulong seed, CancellationToken cancellation)
    {
        DemoTask[] tasks = DemoTask.Create(
            fleet.World, [.. fleet.World.Language.Targets.Where(static target => target.Relatives.Count == 1)], s_seeds,
            development: true);
        TextTable table = new("method", "private", "router", "accuracy on validation");
        DemoFleet.DemoRuns runner = fleet.Prepare(sources, tasks, seed, cancellation);
        using DemoProgress progress = new(
            context.Console, DemoMethods.All.Sum(static method => method.Trials.Length), "trials");
        foreach (DemoMethod method in DemoMethods.All)
        {
            // Backwards, so that what starts from prompt tuning starts from its chosen trial, the first.
            for (int trial = method.Trials.Length - 1; trial >= 0; trial--)
            {
                DemoOutcome outcome = progress.Run(runner, method, trial);
                double mean = 100 * outcome.Accuracies.Average();
                table.Add(
                    method.Title, Number(method.Trials[trial].Private), Number(method.Trials[trial].Router),
                    mean.ToString("F1", CultureInfo.InvariantCulture));
                context.Note(
                    $"{method.Title} {method.Trials[trial].Private.ToString(CultureInfo.InvariantCulture)}: "
                        + $"{mean.ToString("F1", CultureInfo.InvariantCulture)}");
            }
        }
        context.Console.Write(table);
        return ExitCode.Done;
    }

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A bar over the methods of the demo.</summary>
internal sealed class DemoProgress(ConsoleOutput console, int total, string unit) : IDisposable
{
    private readonly ProgressBar _bar = console.Progress(unit, total, unit);
    private int _done;

    /// <summary>Runs a method and shows how its training goes.</summary>
    public DemoOutcome Run(DemoFleet.DemoRuns runs, DemoMethod method, int trial = 0)
    {
        _bar.Report(_done, method.Title);
        DemoOutcome outcome = runs.Run(method, trial, Report);
        _bar.Report(++_done);
        return outcome;

        void Report(double share, double loss) =>
            _bar.Report(_done + share, string.Create(CultureInfo.InvariantCulture, $"{method.Title}, loss {loss:F4}"));
    }

    public void Dispose() => _bar.Dispose();
}
