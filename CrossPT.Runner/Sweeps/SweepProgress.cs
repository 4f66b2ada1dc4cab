using System.Diagnostics;
using System.Globalization;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Sweeps;

/// <summary>
/// How all runs of a sweep go: on a terminal a screen of the runs at work and a line about all; else plain lines when a run begins and ends, and now and
/// then one about all. Called from many threads.
/// </summary>
internal sealed class SweepProgress : IDisposable
{
    private static readonly TimeSpan s_redraw = TimeSpan.FromSeconds(0.2), s_plain = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly CommandContext _context;
    private readonly LiveLines? _live;
    private readonly List<RunProgress> _active = [];
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly int _total;
    private readonly long _stepsAll;
    private long _stepsBefore;
    private long _shown;
    private int _finished;
    private int _failed;

    /// <summary>Progress of a sweep.</summary>
    /// <param name="context">Where lines go, and whether any do.</param>
    /// <param name="total">Runs in all.</param>
    /// <param name="finished">Runs that are finished already.</param>
    /// <param name="failed">Runs that failed and are left so.</param>
    /// <param name="steps">Steps of the runs that are to be done.</param>
    public SweepProgress(CommandContext context, int total, int finished, int failed, long steps)
    {
        (_context, _total, _finished, _failed, _stepsAll) = (context, total, finished, failed, steps);
        if (!context.IsQuiet && context.Streams.ErrorIsTerminal) _live = new LiveLines(context.Streams.Error);
    }

    /// <summary>A run begins, or goes on.</summary>
    public RunProgress Begin(string run, int steps, bool resumed)
    {
        RunProgress progress = new(this, run, steps);
        lock (_gate)
        {
            _active.Add(progress);
            Note($"{run}: {(resumed ? "goes on" : "begins")}");
        }
        return progress;
    }

    /// <summary>A run is over.</summary>
    /// <param name="progress">The run.</param>
    /// <param name="failed">Whether it failed.</param>
    /// <param name="what">What it came to, or why it failed.</param>
    public void End(RunProgress progress, bool failed, string what)
    {
        lock (_gate)
        {
            _active.Remove(progress);
            _stepsBefore += progress.Steps;
            if (failed) _failed++;
            else _finished++;
            Note(Invariant($"[{_finished + _failed}/{_total}] {progress.Run}: {(failed ? "FAILED: " : "")}{what}"));
        }
    }

    /// <summary>A run is left, to be gone on with at another time.</summary>
    public void Leave(RunProgress progress)
    {
        lock (_gate) _active.Remove(progress);
    }

    /// <summary>A line of its own.</summary>
    public void Tell(string text)
    {
        lock (_gate) Note(text);
    }

    /// <summary>Something of a run has changed.</summary>
    internal void Changed()
    {
        lock (_gate)
        {
            if (Stopwatch.GetElapsedTime(Math.Max(_shown, _start)) < (_live is null ? s_plain : s_redraw)) return;
            _shown = Stopwatch.GetTimestamp();
            if (_live is not null) _live.Show([.. _active.Select(static run => run.Line), Summary()]);
            else _context.Note(Summary());
        }
    }

    /// <summary>Takes the screen of the runs at work away.</summary>
    public void Dispose() => _live?.Clear();

    private void Note(string text)
    {
        if (_live is null)
        {
            _context.Note(text);
            return;
        }
        _live.Clear();
        _context.Note(text);
        _live.Show([.. _active.Select(static run => run.Line), Summary()]);
    }

    private string Summary()
    {
        double done = _stepsBefore + _active.Sum(static run => Math.Max(0, run.Step - run.FirstStep)), seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
        // Within the first percent the guess would be wild.
        string left = done > 0 && done >= 0.01 * _stepsAll ? $", about {Durations.Text(seconds * Math.Max(0, _stepsAll - done) / done)} left" : "";
        return Invariant($"{_finished} of {_total} runs done{(_failed > 0 ? Invariant($", {_failed} failed") : "")}, {_active.Count} at work{left}");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
