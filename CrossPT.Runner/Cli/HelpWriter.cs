namespace CrossPT.Runner.Cli;

/// <summary>Writes the help, wide enough for its longest name and no wider.</summary>
internal static class HelpWriter
{
    public static void Write(CommandLine line, TextWriter output)
    {
        if (line.Command is { } command) WriteCommand(command, output);
        else WriteList(line.Group, output);
    }

    private static void WriteList(string? group, TextWriter output)
    {
        output.WriteLine(group is null ? "crosspt: multi-task prompt tuning of a frozen T5, in managed code" : $"crosspt {group}");
        output.WriteLine();
        output.WriteLine($"usage: crosspt {(group is null ? "" : group + " ")}COMMAND [OPTIONS]");
        output.WriteLine();
        List<(string, string)> rows = [];
        foreach (CommandEntry entry in CommandTable.All)
        {
            if (group is null || entry.Name.StartsWith(group + " ", StringComparison.Ordinal)) rows.Add((entry.Name, entry.Summary));
        }
        WriteRows(rows, output);
        output.WriteLine();
        WriteOptions(GlobalOptions.All, output);
        output.WriteLine();
        output.WriteLine($"crosspt COMMAND --help tells about one command.");
    }

    private static void WriteCommand(CommandEntry command, TextWriter output)
    {
        CommandDefinition definition = command.Definition;
        output.WriteLine($"crosspt {command.Name}: {command.Summary}");
        output.WriteLine();
        output.Write($"usage: crosspt {command.Name}");
        foreach (Positional argument in definition.Arguments) output.Write(" " + Bracket(argument.Name, argument.Required, argument.Repeats));
        foreach (Option option in definition.Options) output.Write(" " + Bracket(Spell(option), option.Required, option.Repeats));
        output.WriteLine();
        output.WriteLine();
        if (definition.Arguments.Length > 0)
        {
            List<(string, string)> rows = [];
            foreach (Positional argument in definition.Arguments) rows.Add((argument.Name, argument.Help));
            WriteRows(rows, output);
            output.WriteLine();
        }
        if (definition.Options.Length > 0)
        {
            WriteOptions(definition.Options, output);
            output.WriteLine();
        }
        output.WriteLine("everywhere:");
        WriteOptions(GlobalOptions.All, output);
        if (definition.Notes is null) return;
        output.WriteLine();
        output.WriteLine(definition.Notes);
    }

    private static void WriteOptions(Option[] options, TextWriter output)
    {
        List<(string, string)> rows = [];
        foreach (Option option in options)
            rows.Add((Spell(option), option.Default is null ? option.Help : $"{option.Help} (default: {option.Default})"));
        WriteRows(rows, output);
    }

    private static void WriteRows(List<(string Name, string Text)> rows, TextWriter output)
    {
        int width = 0;
        foreach ((string name, _) in rows) width = Math.Max(width, name.Length);
        foreach ((string name, string text) in rows)
        {
            output.Write("  ");
            output.Write(name.PadRight(width + 2));
            output.WriteLine(text);
        }
    }

    private static string Spell(Option option) => option.Value is null ? option.Name : $"{option.Name} {option.Value}";

    private static string Bracket(string text, bool required, bool repeats) => (required ? text : $"[{text}]") + (repeats ? "…" : "");
}
