namespace CrossPT.Runner.Cli;

/// <summary>What the process ends with.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The work itself failed: a check outside its tolerance, a full disk, no memory.</summary>
    public const int Failed = 1;

    /// <summary>Bad usage, configuration or input.</summary>
    public const int BadInput = 2;

    /// <summary>Ctrl+C.</summary>
    public const int Interrupted = 130;

    /// <summary>SIGTERM.</summary>
    public const int Terminated = 143;
}
