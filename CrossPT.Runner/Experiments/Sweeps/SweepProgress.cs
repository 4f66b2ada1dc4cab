using System.Diagnostics;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Training;
using CrossPT.Runner.Consoles;
using static System.FormattableString;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>
/// How all runs of a sweep go: in a terminal a bar of the whole and one of each run at work; elsewhere a line when a
/// run begins and ends, and now and then one about all. Called from many threads.
/// </summary>
internal sealed class SweepProgress : IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly ConsoleOutput _console;
    private readonly ProgressBar _bar;
    private readonly List<RunProgress> _active = [];
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly int _total;
    private readonly long _stepsAll;
    private long _stepsBefore;
    private long _shown;
    private int _finished;
    private int _failed;

    /// <summary>Progress of a sweep.</summary>
    /// <param name="console">Where lines go, and whether any do.</param>
    /// <param name="total">Runs in all.</param>
    /// <param name="finished">Runs that are finished already.</param>
    /// <param name="failed">Runs that failed and are left so.</param>
    /// <param name="steps">Steps of the runs that are to be done.</param>
    public SweepProgress(ConsoleOutput console, int total, int finished, int failed, long steps)
    {
        (_console, _total, _finished, _failed, _stepsAll) = (console, total, finished, failed, steps);
        _bar = console.Progress("sweep", steps, "steps");
        _bar.Begin(0);
    }

    /// <summary>A run begins, or goes on.</summary>
    public RunProgress Begin(string run, int steps, bool resumed)
    {
        RunProgress progress = new(this, _console.Progress(run, steps, "steps"), run, steps);
        lock (_gate)
        {
            _active.Add(progress);
            _console.Note($"{run}: {(resumed ? "continues" : "begins")}");
        }
        return progress;
    }

    /// <summary>A run is over.</summary>
    /// <param name="progress">The run.</param>
    /// <param name="failed">Whether it failed.</param>
    /// <param name="what">Its scores, or why it failed.</param>
    public void End(RunProgress progress, bool failed, string what)
    {
        lock (_gate)
        {
            Leave(progress);
            _stepsBefore += progress.Steps;
            if (failed) _failed++;
            else _finished++;
            string how = failed ? "FAILED: " : "";
            _console.Note(Invariant($"[{_finished + _failed}/{_total}] {progress.Run}: {how}{what}"));
        }
    }

    /// <summary>A run is left, to be gone on with at another time.</summary>
    public void Leave(RunProgress progress)
    {
        lock (_gate) _active.Remove(progress);
        progress.Dispose();
    }

    /// <summary>A line of its own.</summary>
    public void Tell(string text) => _console.Note(text);

    /// <summary>Something of a run has changed.</summary>
    internal void Changed()
    {
        lock (_gate)
        {
            long done = _stepsBefore + _active.Sum(static run => run.StepsDone);
            if (_console.IsLive)
            {
                _bar.Report(done, Runs());
                return;
            }
            if (Stopwatch.GetElapsedTime(Math.Max(_shown, _start)) < s_pause) return;
            _shown = Stopwatch.GetTimestamp();
            // Within the first percent the guess would be wild.
            double each = Stopwatch.GetElapsedTime(_start).TotalSeconds / Math.Max(1, done);
            string left = done > 0 && done >= 0.01 * _stepsAll
                ? $", about {Durations.Text(each * Math.Max(0, _stepsAll - done))} left"
                : "";
            _console.Note(Runs() + left);
        }
    }

    /// <summary>Takes the bars away.</summary>
    public void Dispose()
    {
        foreach (RunProgress run in _active) run.Dispose();
        _bar.Dispose();
    }

    private string Runs()
    {
        string failed = _failed > 0 ? Invariant($", {_failed} failed") : "";
        return Invariant($"{_finished} of {Plural.Of(_total, "run")} done{failed}, {_active.Count} at work");
    }
}

/// <summary>How one run of a sweep goes; the thread that does the run writes it.</summary>
internal sealed class RunProgress(SweepProgress sweep, ProgressBar bar, string run, int steps)
    : IRunListener, IDisposable
{
    private volatile int _step;
    private volatile int _firstStep = -1;

    /// <summary>Name of the run.</summary>
    public string Run => run;

    /// <summary>Steps in all.</summary>
    public int Steps => steps;

    /// <summary>Called when model and data are loaded, before anything is written.</summary>
    public Action<PreparedRun>? OnLoaded { get; set; }

    /// <summary>Called when the run's folder is there.</summary>
    public Action<RunFolder>? OnBegan { get; set; }

    /// <summary>Steps done since it began or went on.</summary>
    public int StepsDone => _firstStep < 0 ? 0 : _step - _firstStep;

    public void Loaded(PreparedRun run) => OnLoaded?.Invoke(run);

    public void Began(RunFolder folder) => OnBegan?.Invoke(folder);

    public void Stepped(StageStep step) =>
        bar.Report(0, Invariant($"{step.Title} {step.Step.Number}/{step.Steps}, loss {step.Step.Loss:F4}"));

    public void Stepped(TrainingStep step) => At(step.Number, step.Number - 1, Invariant($"loss {step.Loss:F4}"));

    public void Evaluates() => bar.Report(steps, "evaluating");

    /// <summary>Progress seen of another process.</summary>
    public void Seen(int step) => At(step, step, "");

    public void Dispose() => bar.Dispose();

    private void At(int step, int first, string details)
    {
        if (_firstStep < 0)
        {
            _firstStep = first;
            bar.Begin(first);
        }
        _step = step;
        bar.Report(step, details);
        sweep.Changed();
    }
}
