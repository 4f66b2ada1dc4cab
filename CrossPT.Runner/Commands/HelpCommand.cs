using System.CommandLine;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt help</c>: another way to ask for <c>--help</c>.</summary>
internal static class HelpCommand
{
    private static readonly Argument<string[]> s_command = new Argument<string[]>("COMMAND")
    {
        Description = "the words of its name",
        DefaultValueFactory = static _ => [],
        CustomParser = static result => [.. result.Tokens.Select(static token => token.Value)],
    }.Offers([.. CommandTree.Root.Subcommands.Select(static command => command.Name)]);

    public static CommandDefinition Define() => new()
    {
        Arguments = [s_command],
        Example = "help prompts show",
        Run = Run,
    };

    private static int Run(CommandContext context) =>
        CommandTree.Parse([.. context.Value(s_command), "--help"]).Invoke(context);
}
