using System.Diagnostics;

namespace CrossPT.Prompting.Training;

/// <summary>What a run is going to cost, measured on its longest batch.</summary>
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
