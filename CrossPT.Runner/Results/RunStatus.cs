namespace CrossPT.Runner.Results;

/// <summary>How a run ended.</summary>
internal enum RunStatus
{
    /// <summary>With metrics.</summary>
    Finished,

    /// <summary>In numbers that are not finite.</summary>
    Diverged,

    /// <summary>With an error.</summary>
    Failed,

    /// <summary>Not yet, or it was stopped.</summary>
    Unfinished,
}
