namespace CrossPT.Autograd.Optimization;

/// <summary>How the learning rate moves over a run: a factor on every group's own rate.</summary>
public interface ILearningRateSchedule
{
    /// <summary>
    /// The factor of the update that follows <paramref name="step"/> finished ones: the first update asks for step 0.
    /// </summary>
    double Factor(long step);
}
