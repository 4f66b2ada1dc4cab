using System.Diagnostics;
using CrossPT.Autograd.Optimization;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Prompting.Training;

/// <content>A run before it is run.</content>
public sealed partial class Trainer
{
    private const int MeasuredSteps = 3;

    /// <summary>Steps whose batches are looked through; in a longer run, the first ones stand for all.</summary>
    private const int MostSearched = 1 << 17;

    /// <summary>
    /// Times steps with the longest batch of the run, the first of them to warm up, writes a checkpoint to nowhere, and
    /// says what all will take. Parameters and optimizer are as before afterwards, to the last bit.
    /// </summary>
    /// <exception cref="TrainingDivergedException">The loss or a gradient is not finite.</exception>
    public TrainingEstimate Estimate(CancellationToken cancellation = default)
    {
        (int step, long tokens, double mean) = LongestStep();
        // Before the first step they are the same: a copy that training does without would count as memory.
        using ParameterSnapshot? good = _step == 0 ? null : new ParameterSnapshot(_lastGood.Values);
        _lastGood.Take();
        using Optimizer optimizer = CreateOptimizer();
        List<double> seconds = [];
        try
        {
            for (int i = 0; i <= MeasuredSteps; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                long start = Stopwatch.GetTimestamp();
                foreach (Batch batch in _batches.Of(step))
                {
                    double loss = Backward(batch, step, new double[_tasks.Length], new int[_tasks.Length]);
                    if (!double.IsFinite(loss)) throw new TrainingDivergedException(step + 1, $"the loss is {loss}");
                }
                _clipping.Clip();
                _lastGood.Take();
                optimizer.Step();
                _model.Backend.Synchronize();
                if (i > 0) seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                // Every measured step starts where the run does: large first updates must not lead it away.
                _lastGood.Restore();
            }
            WriteCheckpoint(Stream.Null, optimizer);
        }
        finally
        {
            optimizer.ClearGradients();
            _lastGood.Restore();
            good?.Restore();
        }
        seconds.Sort();
        return new TrainingEstimate(
            seconds[MeasuredSteps / 2], tokens, mean, _settings.Steps, TrainingEstimate.PeakOfProcess(),
            (_model.Backend as CpuBackend)?.ReservedBytes);
    }

    /// <summary>
    /// The step whose largest batch is the longest, all its tokens, and the tokens of an average step.
    /// </summary>
    private (int Step, long Tokens, double Mean) LongestStep()
    {
        int longest = 0, most = 0;
        long tokens = 0, sum = 0;
        int steps = Math.Min(_settings.Steps, MostSearched);
        for (int step = 0; step < steps; step++)
        {
            (int largest, long total) = _batches.RowsOf(step);
            sum += total;
            if (largest > most) (longest, most, tokens) = (step, largest, total);
        }
        return (longest, tokens, (double)sum / steps);
    }
}

/// <summary>The estimated cost of a run, measured on its longest batch.</summary>
/// <param name="LongestStepSeconds">Median time of a step with the longest batch of the run.</param>
/// <param name="LongestTokens">Encoder rows of that step.</param>
/// <param name="MeanTokens">Encoder rows of an average step.</param>
/// <param name="Steps">Steps of the run.</param>
/// <param name="PeakBytes">Largest resident size of the process, weights and all.</param>
/// <param name="ReservedBytes">
/// Memory for activations that the back end has taken from the system, where it says.
/// </param>
public sealed record TrainingEstimate(
    double LongestStepSeconds, long LongestTokens, double MeanTokens, int Steps, long PeakBytes, long? ReservedBytes)
{
    // Code that a run compiles and no estimate runs, and what a longer run lets the garbage collector keep.
    private const double Growth = 1.12;
    private const long Code = 6L << 20;

    /// <summary>Time of an average step: time goes with the tokens, within a few percent.</summary>
    public double SecondsPerStep => LongestStepSeconds * MeanTokens / LongestTokens;

    /// <summary>Time of all steps, without loading, evaluation and saving.</summary>
    public double TotalSeconds => SecondsPerStep * Steps;

    /// <summary>The estimate of a run of which now everything has been tried.</summary>
    internal TrainingEstimate AfterAll() => this with { PeakBytes = (long)(Growth * PeakOfProcess()) + Code };

    internal static long PeakOfProcess()
    {
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
