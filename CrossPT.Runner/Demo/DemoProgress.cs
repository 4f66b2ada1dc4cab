using System.Globalization;
using CrossPT.Runner.Consoles;

namespace CrossPT.Runner.Demo;

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
