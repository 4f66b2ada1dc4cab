namespace CrossPT.Prompting.Serving;

/// <summary>Why a <see cref="PromptServer"/> does not take a request.</summary>
public enum ServingProblem
{
    /// <summary>No task has that name.</summary>
    UnknownTask,

    /// <summary>The queue has no room for it now.</summary>
    QueueFull,

    /// <summary>The request alone exceeds a limit.</summary>
    TooLarge,

    /// <summary>The server is shutting down.</summary>
    Draining,
}

/// <summary>A request that a <see cref="PromptServer"/> does not take.</summary>
/// <param name="problem">Why.</param>
/// <param name="message">One sentence: what was found and what was expected.</param>
public sealed class ServingException(ServingProblem problem, string message) : Exception(message)
{
    /// <summary>Why.</summary>
    public ServingProblem Problem { get; } = problem;

    /// <summary>With <see cref="ServingProblem.QueueFull"/>, when the queue is likely to have room again.</summary>
    public TimeSpan RetryAfter { get; init; }

    internal static ServingException Closed() =>
        new(ServingProblem.Draining, "the server is shutting down and takes no more requests");
}
