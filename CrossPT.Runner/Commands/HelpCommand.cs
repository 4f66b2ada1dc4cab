using System.CommandLine;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt help</c>: another way to ask for <c>--help</c>.</summary>
internal static class HelpCommand
{
    private static readonly Argument<string[]> s_command = CommandArgument();

    public static CommandDefinition Define() => new()
    {
        Arguments = [s_command],
        Example = "help prompts show",
        Run = Run,
    };

    private static Argument<string[]> CommandArgument()
    {
        Argument<string[]> command = Options.Arguments("COMMAND", "the words of its name");
        command.Arity = ArgumentArity.ZeroOrMore;
        command.DefaultValueFactory = static _ => [];
        command.CompletionSources.Add(
            static _ => [.. CommandTree.Root.Subcommands.Select(static command => command.Name)]);
        return command;
    }

    private static int Run(CommandContext context) =>
        CommandTree.Parse([.. context.Value(s_command), "--help"]).Invoke(context);
}
