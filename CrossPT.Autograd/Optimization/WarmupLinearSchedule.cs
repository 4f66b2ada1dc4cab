namespace CrossPT.Autograd.Optimization;

/// <summary>
/// From 0 in equal parts to 1 over the warm-up, then in equal parts down to a floor at the last step, where it stays.
/// </summary>
/// <remarks>
/// With a floor of 0, the numbers of Hugging Face's <c>get_linear_schedule_with_warmup</c>: with a warm-up the first
/// update has the factor 0.
/// </remarks>
public sealed class WarmupLinearSchedule : ILearningRateSchedule
{
    /// <summary>A schedule with a warm-up counted in steps.</summary>
    /// <param name="warmupSteps">Updates until the factor is 1.</param>
    /// <param name="totalSteps">Updates of the run.</param>
    /// <param name="floor">Factor at the end, 0 to 1.</param>
    /// <exception cref="ArgumentException">The warm-up is negative or longer than the run, the run is empty, or the
    /// floor is out of range.</exception>
    public WarmupLinearSchedule(long warmupSteps, long totalSteps, double floor = 0)
    {
        if (totalSteps < 1 || warmupSteps < 0 || warmupSteps > totalSteps)
            throw new ArgumentException($"WarmupLinearSchedule: {warmupSteps} warm-up steps of {totalSteps}.");
        if (!(floor is >= 0 and <= 1))
            throw new ArgumentException($"WarmupLinearSchedule: floor {floor}, expected 0 to 1.");
        (WarmupSteps, TotalSteps, Floor) = (warmupSteps, totalSteps, floor);
    }

    /// <summary>Updates until the factor is 1.</summary>
    public long WarmupSteps { get; }

    /// <summary>Updates of the run.</summary>
    public long TotalSteps { get; }

    /// <summary>Factor at the end.</summary>
    public double Floor { get; }

    /// <summary>A schedule whose warm-up is a share of the run, rounded up to whole steps.</summary>
    /// <exception cref="ArgumentException">The share is not in 0 to 1, or the rest is out of range.</exception>
    public static WarmupLinearSchedule FromShare(double warmupShare, long totalSteps, double floor = 0)
    {
        if (!(warmupShare is >= 0 and <= 1))
        {
            throw new ArgumentException(
                $"WarmupLinearSchedule: warm-up share {warmupShare}, expected 0 to 1.");
        }
        return new WarmupLinearSchedule((long)Math.Ceiling(totalSteps * warmupShare), totalSteps, floor);
    }

    /// <inheritdoc/>
    public double Factor(long step)
    {
        if (step < WarmupSteps) return (double)step / WarmupSteps;
        double left = Math.Max(0, TotalSteps - step) / (double)Math.Max(1, TotalSteps - WarmupSteps);
        return Floor + ((1 - Floor) * left);
    }
}
