namespace CrossPT.Autograd.Optimization;

/// <summary>The learning rate as given, from the first step to the last.</summary>
public sealed class ConstantSchedule : ILearningRateSchedule
{
    /// <inheritdoc/>
    public double Factor(long step) => 1;
}
