using System.CommandLine;

namespace CrossPT.Runner.Cli;

/// <summary>A command that does work.</summary>
/// <param name="name">The last word of its name.</param>
/// <param name="summary">What it does, in one line.</param>
/// <param name="define">Makes its definition: only for the command named, the others cost nothing at start.</param>
internal sealed class CliCommand(string name, string summary, Func<CommandDefinition> define) : Command(name, summary)
{
    private CommandDefinition? _definition;

    /// <summary>The definition; its options and arguments are known to the parser from the first call on.</summary>
    public CommandDefinition Define()
    {
        if (_definition is not null) return _definition;
        _definition = define();
        foreach (Argument argument in _definition.Arguments) Add(argument);
        foreach (Option option in _definition.Options) Add(option);
        SetAction(line => _definition.Run((CommandContext)line.InvocationConfiguration));
        return _definition;
    }
}

/// <summary>What a command takes and does.</summary>
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
