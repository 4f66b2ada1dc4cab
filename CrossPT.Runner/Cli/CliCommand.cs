using System.CommandLine;

namespace CrossPT.Runner.Cli;

/// <summary>A command that does work, with what its help says beyond options and arguments.</summary>
internal sealed class CliCommand : Command
{
    /// <param name="name">The last word of its name.</param>
    /// <param name="summary">What it does, in one line.</param>
    /// <param name="run">Does the work and returns the exit code.</param>
    public CliCommand(string name, string summary, Func<CommandContext, int> run)
        : base(name, summary) => SetAction(line => run((CommandContext)line.InvocationConfiguration));

    /// <summary>A command line that works, without the program's name.</summary>
    public required string Example { get; init; }

    /// <summary>More than one line of help.</summary>
    public string? Notes { get; init; }
}
