namespace CrossPT.Prompting.Tasks;

/// <summary>How a task's rows are divided.</summary>
public sealed record SplitSettings
{
    /// <summary>Training rows; null takes all.</summary>
    /// <value>The default is 32.</value>
    public int? Shots { get; init; } = 32;

    /// <summary>What the shots count.</summary>
    /// <value>The default is <see cref="ShotsPer.Total"/>.</value>
    public ShotsPer ShotsPer { get; init; }

    /// <summary>
    /// Whether shots in total are evenly of all labels; if not, as many of each as the draw happens to give.
    /// </summary>
    /// <value>The default is true.</value>
    public bool Balanced { get; init; } = true;

    /// <summary>How validation and test rows come about.</summary>
    public SplitRule Rule { get; init; }
}
