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
