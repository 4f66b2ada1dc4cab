namespace CrossPT.Runner.Bench;

/// <summary>What one step took.</summary>
/// <param name="Forward">Milliseconds to the loss.</param>
/// <param name="Backward">Milliseconds from there to the gradient.</param>
/// <param name="Step">Milliseconds of all, the optimizer included.</param>
/// <param name="Tokens">Rows of prompt and source.</param>
internal readonly record struct StepTime(double Forward, double Backward, double Step, int Tokens);

/// <summary>
/// Times of several steps, and their medians; forward and backward may be those of other steps, which count for nothing
/// else.
/// </summary>
internal sealed class StepTimes
{
    private readonly List<StepTime> _steps = [];
    private readonly List<StepTime> _parts = [];

    public int Count => _steps.Count;

    public double TotalMilliseconds { get; private set; }

    public double ForwardMilliseconds => Median(_parts, static step => step.Forward);

    public double BackwardMilliseconds => Median(_parts, static step => step.Backward);

    public double StepMilliseconds => Median(_steps, static step => step.Step);

    public double TokensPerSecond => Median(_steps, static step => step.Tokens / step.Step * 1000);

    /// <summary>A step timed in parts and as a whole.</summary>
    public void Add(StepTime step)
    {
        AddWhole(step);
        AddParts(step);
    }

    /// <summary>A step of which only the whole was timed.</summary>
    public void AddWhole(StepTime step)
    {
        _steps.Add(step);
        TotalMilliseconds += step.Step;
    }

    /// <summary>A step of which only forward and backward count.</summary>
    public void AddParts(StepTime step) => _parts.Add(step);

    private static double Median(List<StepTime> steps, Func<StepTime, double> part)
    {
        double[] values = [.. steps.Select(part).Order()];
        int middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}
