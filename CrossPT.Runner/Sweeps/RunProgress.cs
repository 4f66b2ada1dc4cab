using System.Globalization;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Training;
using CrossPT.Runner.Training;

namespace CrossPT.Runner.Sweeps;

/// <summary>How one run of a sweep goes; the thread that does the run writes it, the screen reads it.</summary>
internal sealed class RunProgress(SweepProgress sweep, string run, int steps) : IRunListener
{
    private volatile string _line = $"{run}  loading";
    private volatile int _step;
    private volatile int _firstStep = -1;

    /// <summary>Name of the run.</summary>
    public string Run => run;

    /// <summary>Steps in all.</summary>
    public int Steps => steps;

    /// <summary>The step it is at.</summary>
    public int Step => _step;

    /// <summary>The step it went on from.</summary>
    public int FirstStep => Math.Max(0, _firstStep);

    /// <summary>The run in a line.</summary>
    public string Line => _line;

    public void Stepped(StageStep step) => Set(Invariant($"{run}  source {step.Name}  step {step.Step.Number}/{step.Steps}  loss {step.Step.Loss:F4}"));

    public void Composed(TrainingRun composed)
    {
    }

    public void Stepped(TrainingStep step)
    {
        if (_firstStep < 0) _firstStep = step.Number - 1;
        _step = step.Number;
        Set(Invariant($"{run}  step {step.Number}/{steps}  loss {step.Loss:F4}  {step.Seconds:F2} s"));
    }

    public void Evaluated(TrainingEvaluation evaluation)
    {
    }

    public void Evaluates() => Set($"{run}  evaluating");

    /// <summary>What another process was seen to have done.</summary>
    public void Seen(int step)
    {
        if (_firstStep < 0) _firstStep = step;
        _step = step;
        Set(Invariant($"{run}  step {step}/{steps}"));
    }

    private void Set(string line)
    {
        _line = line;
        sweep.Changed();
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
