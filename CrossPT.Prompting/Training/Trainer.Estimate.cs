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
                foreach (TrainingBatch batch in _batches.Of(step))
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
