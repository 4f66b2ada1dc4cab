namespace CrossPT.Autograd;

/// <summary>A gradient is not the derivative of its loss.</summary>
public sealed class GradientCheckException : Exception
{
    /// <summary>The exception for a report that did not pass.</summary>
    public GradientCheckException(GradientReport report)
        : base($"GradientCheck: {report}")
    {
        Report = report;
    }

    /// <summary>All comparisons.</summary>
    public GradientReport Report { get; }
}
