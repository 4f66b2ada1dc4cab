using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace CrossPT.Runner.Cli;

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
