using System.CommandLine;
using System.CommandLine.Invocation;

namespace CrossPT.Runner.Cli;

/// <summary><c>--help</c>: the commands, or all about one.</summary>
/// <remarks>
/// In place of the package's own action, which knows no notes and examples, repeats the options of all commands on
/// every page, and takes half as much processor time again.
/// </remarks>
internal sealed class HelpPage : SynchronousCommandLineAction
{
    private const int WidthWithoutTerminal = 80;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult line)
    {
        CommandContext context = (CommandContext)line.InvocationConfiguration;
        Writer writer = new(context.Text, context.Streams.OutputTerminal?.Size().Width ?? WidthWithoutTerminal);
        string name = UsageErrors.NameOf(line.CommandResult);
        if (line.CommandResult.Command is CliCommand command) WriteCommand(writer, name, command);
        else WriteList(writer, name, line.CommandResult.Command);
        return ExitCode.Done;
    }

    private static void WriteList(Writer writer, string name, Command group)
    {
        writer.Paragraph($"{$"crosspt {name}".TrimEnd()}: {group.Description}");
        writer.Paragraph($"usage: {$"crosspt {name}".TrimEnd()} COMMAND [OPTIONS]");
        List<(string, string)> rows = [];
        foreach (Command command in group.Subcommands)
        {
            if (command is CliCommand) rows.Add(($"{name} {command.Name}".TrimStart(), command.Description!));
            foreach (Command member in command.Subcommands)
                rows.Add(($"{command.Name} {member.Name}", member.Description!));
        }
        writer.Rows(rows);
        if (name.Length > 0)
        {
            CommandDefinition first = group.Subcommands.OfType<CliCommand>().First().Define();
            writer.Paragraph($"example: crosspt {first.Example}");
            writer.Text(Everywhere());
            return;
        }
        writer.Text("everywhere:");
        writer.Rows(GlobalOptions.All.Select(Describe));
        writer.Paragraph("example: crosspt demo");
        writer.Text("crosspt help COMMAND describes one command.");
    }

    private static void WriteCommand(Writer writer, string name, CliCommand command)
    {
        CommandDefinition definition = command.Define();
        writer.Paragraph($"crosspt {name}: {command.Description}");
        IEnumerable<string> required =
        [
            .. definition.Arguments.Select(
                static one => one.Arity.MinimumNumberOfValues == 0 ? $"[{one.Name}]"
                    : one.Arity.MaximumNumberOfValues > 1 ? $"{one.Name}…" : one.Name),
            .. definition.Options.Where(static one => one.Required).Select(static one => $"{one.Name} {one.HelpName}"),
            "[OPTIONS]",
        ];
        writer.Paragraph($"usage: crosspt {name} {string.Join(' ', required)}");
        writer.Rows(definition.Arguments.Select(static argument => (argument.Name, argument.Description!)));
        writer.Rows(definition.Options.Select(Describe));
        if (definition.Notes is { } notes) writer.Paragraph(notes);
        writer.Paragraph($"example: crosspt {definition.Example}");
        writer.Text(Everywhere());
    }

    // Those of the work; whoever reads this knows --help.
    private static string Everywhere()
    {
        IEnumerable<string> names = GlobalOptions.All.SkipLast(2).Select(static option => option.Name);
        return $"everywhere: {string.Join(", ", names)} (crosspt --help)";
    }

    private static (string Name, string Text) Describe(Option option) =>
        ($"{option.Name} {option.HelpName}".TrimEnd(), option.Description!);

    /// <summary>Text in lines of a width.</summary>
    private sealed class Writer(TextWriter output, int width)
    {
        public void Paragraph(string text)
        {
            Text(text);
            output.WriteLine();
        }

        /// <summary>Two columns, the first as wide as its longest name.</summary>
        public void Rows(IEnumerable<(string Name, string Text)> rows)
        {
            (string Name, string Text)[] all = [.. rows];
            if (all.Length == 0) return;
            int names = Math.Min(all.Max(static row => row.Name.Length), width / 2);
            foreach ((string name, string text) in all) Text($"  {name.PadRight(names)}  {text}", names + 4);
            output.WriteLine();
        }

        /// <summary>Breaks lines at spaces and indents those behind the first.</summary>
        public void Text(string text, int indent = 0)
        {
            string margin = new(' ', indent);
            while (text.Length > width)
            {
                int end = text.LastIndexOf(' ', width, width - indent);
                if (end < 0) end = text.IndexOf(' ', indent);
                if (end < 0) break;
                output.WriteLine(text[..end].TrimEnd());
                text = margin + text[(end + 1)..];
            }
            output.WriteLine(text);
        }
    }
}
