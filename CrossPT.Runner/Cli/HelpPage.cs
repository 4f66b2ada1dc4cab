using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace CrossPT.Runner.Cli;

/// <summary><c>--help</c>: the package's page; a command's has its notes and an example, and the options of all commands by name only.</summary>
internal sealed class HelpPage : SynchronousCommandLineAction
{
    private const int WidthWithoutTerminal = 80;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult line)
    {
        CommandContext context = (CommandContext)line.InvocationConfiguration;
        HelpAction page = new() { MaxWidth = context.Streams.OutputWidth ?? WidthWithoutTerminal };
        if (line.CommandResult.Command is not CliCommand command)
        {
            page.Invoke(line);
            context.Text.WriteLine("crosspt help COMMAND tells about one command.");
            return ExitCode.Done;
        }
        ParseResult alone = Alone(command, line.CommandResult.Parent as CommandResult);
        alone.InvocationConfiguration.Output = context.Text;
        page.Invoke(alone);
        string global = string.Join(", ", GlobalOptions.All.SkipLast(2).Select(static option => option.Name));
        context.Text.WriteLine($"Everywhere: {global} (crosspt --help)");
        return ExitCode.Done;
    }

    /// <summary>The command outside the tree: below its ancestors' names, without their options.</summary>
    private static ParseResult Alone(CliCommand command, CommandResult? parent)
    {
        string notes = command.Notes is null ? "" : $"{command.Notes}\n\n";
        Command alone = new(command.Name, $"{command.Description}\n\n{notes}Example: crosspt {command.Example}");
        foreach (Argument argument in command.Arguments) alone.Add(argument);
        foreach (Option option in command.Options) alone.Add(option);
        List<string> words = [command.Name];
        for (; parent?.Parent is CommandResult grandparent; parent = grandparent)
        {
            alone = new Command(parent.Command.Name) { alone };
            words.Insert(0, alone.Name);
        }
        return new Command("crosspt") { alone }.Parse(words);
    }
}
