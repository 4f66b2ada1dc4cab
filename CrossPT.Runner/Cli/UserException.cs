namespace CrossPT.Runner.Cli;

/// <summary>Ends the command with one line for the user, who can do something about it.</summary>
/// <param name="message">The place (file, line, option), what was found and what was expected.</param>
/// <param name="code">The exit code; bad input unless said otherwise.</param>
/// <param name="inner">The cause, if another exception was it.</param>
internal sealed class UserException(string message, int code = ExitCode.BadInput, Exception? inner = null)
    : Exception(message, inner)
{
    public int Code { get; } = code;
}

/// <summary>The exit codes of the process.</summary>
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
