namespace CrossPT.Prompting.Serving;

/// <summary>Limits of a <see cref="PromptServer"/>.</summary>
public sealed record PromptServerOptions
{
    /// <summary>Examples computed together, and sequences generated together, at most.</summary>
    /// <value>The default is 64.</value>
    public int MaxBatch { get; init; } = 64;

    /// <summary>How long a batch waits for more examples at most; none does while the server is idle.</summary>
    /// <value>The default is 5 ms.</value>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>Examples waiting at most; a request that does not fit is refused.</summary>
    /// <value>The default is 4,096.</value>
    public int MaxQueue { get; init; } = 4096;

    /// <summary>Encoder tokens of a batch at most, prompts included, unless one example alone has more.</summary>
    /// <value>The default is 16,384: what bounds the memory of a batch.</value>
    public int MaxBatchTokens { get; init; } = 1 << 14;

    /// <summary>Tokens of a text to generate from without a task's prompt; a task cuts its texts itself.</summary>
    /// <value>The default is 2,048.</value>
    public int MaxTextTokens { get; init; } = 1 << 11;

    /// <summary>Tokens that may be generated for a text.</summary>
    /// <value>The default is 512.</value>
    public int MaxNewTokens { get; init; } = 512;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBatch, 1, nameof(MaxBatch));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxDelay, TimeSpan.Zero, nameof(MaxDelay));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxQueue, 1, nameof(MaxQueue));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBatchTokens, 1, nameof(MaxBatchTokens));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxTextTokens, 1, nameof(MaxTextTokens));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxNewTokens, 1, nameof(MaxNewTokens));
    }
}
