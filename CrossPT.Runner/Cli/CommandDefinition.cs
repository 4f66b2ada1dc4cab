using System.CommandLine;

namespace CrossPT.Runner.Cli;

/// <summary>The definition of a command.</summary>
internal sealed class CommandDefinition
{
    public Argument[] Arguments { get; init; } = [];

    public Option[] Options { get; init; } = [];

    /// <summary>More of its help than a line, as one paragraph.</summary>
    public string? Notes { get; init; }

    /// <summary>A command line that works, without the program's name.</summary>
    public required string Example { get; init; }

    /// <summary>Does the work and returns the exit code.</summary>
    public required Func<CommandContext, int> Run { get; init; }
}
