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

/// <summary><c>crosspt completion</c>: the script that makes a shell complete this program's command lines.</summary>
internal static class CompletionCommand
{
    private static readonly string[] s_shells = ["bash", "zsh", "fish", "pwsh"];
    private static readonly Argument<string> s_shell =
        Options.Argument("SHELL", string.Join(", ", s_shells)).Offers(s_shells);

    public static CommandDefinition Define() => new()
    {
        Arguments = [s_shell],
        Notes = "The script asks crosspt for completions. For bash: eval \"$(crosspt completion bash)\" in ~/.bashrc; "
            + "for zsh the same in ~/.zshrc, behind compinit; for fish: crosspt completion fish > "
            + "~/.config/fish/completions/crosspt.fish; for PowerShell: crosspt completion pwsh | Out-String | "
            + "Invoke-Expression in $PROFILE.",
        Example = "completion bash",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        string shell = context.Value(s_shell);
        string name = $"completion/crosspt.{shell}";
        using Stream? script = typeof(CompletionCommand).Assembly.GetManifestResourceStream(name);
        if (script is null)
            throw new UserException($"SHELL: found '{shell}', expected one of {string.Join(", ", s_shells)}");
        script.CopyTo(context.Streams.Output);
        return ExitCode.Done;
    }
}
