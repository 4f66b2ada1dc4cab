using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Runner.Cli;

/// <summary>Wrong usage in one sentence.</summary>
internal static class UsageErrors
{
    /// <summary>Commands by the words that other tools have for them.</summary>
    private static readonly Dictionary<string, string> s_otherWords = new()
    {
        ["fit"] = "train",
        ["finetune"] = "train",
        ["tune"] = "train",
        ["run"] = "train",
        ["eval"] = "evaluate",
        ["test"] = "evaluate",
        ["validate"] = "evaluate",
        ["infer"] = "predict",
        ["classify"] = "predict",
        ["init"] = "new",
        ["create"] = "new",
        ["download"] = "pull",
        ["export"] = "prompts export",
        ["import"] = "prompts import",
        ["info"] = "doctor",
        ["env"] = "doctor",
        ["version"] = "--version",
    };

    /// <summary>Refuses what the package refuses, and what it would take for something else than was meant.</summary>
    public static void Check(IReadOnlyList<string> words, ParseResult line)
    {
        Command command = line.CommandResult.Command;
        string place = NameOf(line.CommandResult) is { Length: > 0 } name ? $"{name}: " : "";
        CheckOptions(words, line.CommandResult, place);
        if (line.UnmatchedTokens is [string word, ..])
        {
            throw command is CliCommand
                ? new UserException($"{place}unexpected argument '{word}'; {Hint(line)}")
                : UnknownCommand(word, line);
        }
        if (line.Errors is [ParseError error, ..]) throw new UserException(place + Describe(error, line));
    }

    /// <summary>
    /// Options the package does not know are arguments to it, <c>--flag=x</c> is a flag and an argument, and
    /// <c>--option=</c> takes the next word as its value.
    /// </summary>
    private static void CheckOptions(IReadOnlyList<string> words, CommandResult command, string place)
    {
        Option[] known = [.. command.Command.Options, .. GlobalOptions.All];
        for (int i = 0; i < words.Count && words[i] != "--"; i++)
        {
            string word = words[i];
            if (word.Length < 2 || word[0] != '-' || char.IsAsciiDigit(word[1])) continue;
            string name = word.Split('=', 2)[0];
            Option? option = known.FirstOrDefault(option => option.Name == name || option.Aliases.Contains(name));
            if (option is null) throw UnknownOption(name, known, command.Command, place);
            bool isFlag = option.Arity.MaximumNumberOfValues == 0;
            if (word == name)
            {
                i += isFlag ? 0 : 1;
                continue;
            }
            string value = word[(name.Length + 1)..];
            if (isFlag) throw new UserException($"{place}{name}: found '{value}', expected no value");
            if (value.Length == 0) throw new UserException($"{place}{name}: found nothing, expected {option.HelpName}");
        }
    }

    private static UserException UnknownOption(string name, Option[] known, Command command, string place)
    {
        string? nearest = NearestName.Near(name, known.Select(static option => option.Name));
        string where = command is CliCommand ? "" : " (options of a command come after its name)";
        string meant = nearest is null && ForeignName.KeyOf(name) is { } key ? Setting(key, known) : Suggest(nearest);
        return new UserException($"{place}unknown option '{name}'{meant}{where}");
    }

    /// <summary>Where a setting that other tools have as an option is set here.</summary>
    private static string Setting(string key, Option[] known)
    {
        string option = $"--{key[(key.LastIndexOf('.') + 1)..]}".ToLowerInvariant();
        if (known.Any(one => one.Name == option)) return $"; here it is {option}";
        return known.Any(static one => one.Name == "--set")
            ? $"; it is the setting {key}, in the configuration or as --set {key}=VALUE"
            : "";
    }

    private static string Describe(ParseError error, ParseResult line) => error.SymbolResult switch
    {
        OptionResult { Implicit: true, Option: { } option } => $"no {option.Name} {option.HelpName}; {Hint(line)}",
        OptionResult { Tokens.Count: 0, Option: { } option } =>
            $"{option.Name}: no value, expected {option.Name} {option.HelpName}",
        OptionResult { Tokens.Count: > 1, Option: { Arity.MaximumNumberOfValues: 1 } option } =>
            $"{option.Name}: given twice, expected once",
        ArgumentResult { Argument: { } argument, Tokens.Count: 0 } => $"no {argument.Name}; {Hint(line)}",
        CommandResult { Command: { Subcommands.Count: > 0 } group } => $"no command, expected one of {NamesIn(group)}",
        _ => error.Message,
    };

    private static UserException UnknownCommand(string word, ParseResult line)
    {
        string group = NameOf(line.CommandResult) is { Length: > 0 } name ? $"{name} " : "";
        IEnumerable<string> known = line.CommandResult.Command.Subcommands.Select(static command => command.Name);
        string? nearest = group.Length == 0 ? s_otherWords.GetValueOrDefault(word) : null;
        if (nearest is null && NearestName.Near(word, known) is { } near) nearest = group + near;
        return new UserException($"unknown command '{group}{word}'{Suggest(nearest)}; crosspt {group}--help lists all");
    }

    private static string NamesIn(Command group) =>
        string.Join(", ", group.Subcommands.Select(command => $"{group.Name} {command.Name}"));

    private static string Suggest(string? nearest) => nearest is null ? "" : $"; the nearest one is {nearest}";

    private static string Hint(ParseResult line) => $"crosspt {NameOf(line.CommandResult)} --help shows what it takes";

    /// <summary>The words of a command's name; none for the program itself.</summary>
    public static string NameOf(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{NameOf(parent)} {command.Command.Name}".TrimStart() : "";
}

/// <summary>
/// <c>crosspt [suggest:POSITION] LINE</c>: what the word before the cursor may become, a line each. Nothing where files
/// are meant, which the shell knows itself.
/// </summary>
/// <remarks>
/// In place of the package's own action, which offers no options after one that repeats and fails on <c>--option=</c>.
/// </remarks>
internal sealed class SuggestAction : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult line)
    {
        TextWriter text = ((CommandContext)line.InvocationConfiguration).Text;
        string typed = line.Tokens is [_, .., Token last] ? last.Value : "";
        string position = line.Tokens[0].Value[1..^1].Split(':')[^1];
        // Behind the end of the line, a new word begins.
        if (int.TryParse(position, out int cursor)) typed = $"{typed} "[..Math.Clamp(cursor, 0, typed.Length + 1)];
        foreach (string suggestion in Suggest(typed)) text.WriteLine(suggestion);
        return ExitCode.Done;
    }

    private static IEnumerable<string> Suggest(string typed)
    {
        List<string> words = [.. CommandLineParser.SplitCommandLine(typed).Skip(1)];
        string word = "";
        if (words.Count > 0 && !char.IsWhiteSpace(typed[^1]))
        {
            word = words[^1];
            words.RemoveAt(words.Count - 1);
        }
        Command command = CommandTree.Read(words).CommandResult.Command;
        Option[] options = [.. command.Options, .. GlobalOptions.All];
        int value = word.StartsWith("--", StringComparison.Ordinal) ? word.IndexOf('=') + 1 : 0;
        string previous = value > 0 ? word[..(value - 1)] : words.LastOrDefault("");
        Option? open = options.FirstOrDefault(option => option.Name == previous);
        if (open is { Arity.MaximumNumberOfValues: > 0 })
            return Starting(Labels(open).Select(label => word[..value] + label), word);
        if (word.StartsWith('-')) return Starting(options.Select(static option => option.Name), word);
        IEnumerable<string> commands = command.Subcommands.Select(static one => one.Name);
        return Starting([.. commands, .. command.Arguments.SelectMany(Labels)], word);
    }

    private static IEnumerable<string> Labels(Symbol symbol) =>
        symbol.GetCompletions(CompletionContext.Empty).Select(static item => item.Label);

    private static IEnumerable<string> Starting(IEnumerable<string> words, string start) =>
        words.Where(word => word.StartsWith(start, StringComparison.Ordinal));
}
