namespace CrossPT.Runner.Hub.Transfer;

/// <summary>How patient a download is.</summary>
internal sealed record TransferSettings
{
    /// <summary>Until a server begins to answer.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two pieces of an answer.</summary>
    public TimeSpan DataTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Tries in a row that bring nothing before it is given up.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>Before the second try; twice as long before each further one.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A server that asks to wait longer is not waited for.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Waits.</summary>
    public Func<TimeSpan, CancellationToken, Task> Delay { get; init; } = Task.Delay;
}
