using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Training;
using CrossPT.Runner.Consoles;
using static System.FormattableString;

namespace CrossPT.Runner.Experiments.Sweeps;

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
        bar.Report(0, Invariant($"source {step.Name} {step.Step.Number}/{step.Steps}, loss {step.Step.Loss:F4}"));

    public void Stepped(TrainingStep step) => At(step.Number, step.Number - 1, Invariant($"loss {step.Loss:F4}"));

    public void Evaluates() => bar.Report(steps, "evaluating");

    /// <summary>What another process was seen to have done.</summary>
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
