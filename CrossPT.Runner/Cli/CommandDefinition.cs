namespace CrossPT.Runner.Cli;

/// <summary>An option, <c>--name VALUE</c> or <c>--name=VALUE</c>; without a value name, a flag.</summary>
/// <param name="Name">With its dashes, in kebab-case.</param>
/// <param name="Value">What the value is called in the help; null for a flag.</param>
/// <param name="Help">What it does, in one line.</param>
/// <param name="Default">The default as the help shows it; null where there is none to show.</param>
/// <param name="Required">Whether the command cannot do without it.</param>
/// <param name="Repeats">Whether it may be given more than once.</param>
/// <param name="TakesDashes">Whether its value may begin with dashes, as options of another program do.</param>
internal sealed record Option(string Name, string? Value, string Help, string? Default = null, bool Required = false, bool Repeats = false, bool TakesDashes = false);

/// <summary>An argument by position.</summary>
internal sealed record Positional(string Name, string Help, bool Required = true, bool Repeats = false);

/// <summary>What a command takes and does. Made only for the command that was named: the others cost nothing at start.</summary>
internal sealed class CommandDefinition
{
    public Positional[] Arguments { get; init; } = [];

    public Option[] Options { get; init; } = [];

    /// <summary>More than one line of help, shown under the usage.</summary>
    public string? Notes { get; init; }

    /// <summary>Does the work and returns the exit code.</summary>
    public required Func<CommandContext, int> Run { get; init; }
}

/// <summary>A command as the list of commands shows it.</summary>
/// <param name="Name">One word, or two: <c>bench gemm</c>.</param>
/// <param name="Summary">What it does, in one line.</param>
/// <param name="Make">Makes its definition.</param>
internal sealed record CommandEntry(string Name, string Summary, Func<CommandDefinition> Make)
{
    private CommandDefinition? _definition;

    public CommandDefinition Definition => _definition ??= Make();
}
