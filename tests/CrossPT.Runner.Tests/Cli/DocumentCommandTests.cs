using System.Text.RegularExpressions;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Tests.Cli;

/// <summary>Every command line that the documents show is one: its command, options and arguments exist.</summary>
public sealed partial class DocumentCommandTests
{
    public static TheoryData<string> Documents =>
        ["README.md", .. Directory.GetFiles(RepositoryFolder.PathOf("docs"), "*.md")
            .Select(static file => $"docs/{Path.GetFileName(file)}")];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Commands_AreKnown(string document)
        => Assert.All(
            CommandsOf(File.ReadAllText(RepositoryFolder.PathOf(document))), static words => CommandTree.Parse(words));

    [Fact]
    public void Commands_AreFound()
    {
        Assert.Equal(
            [["train", "a.json", "--set", "x=1"], ["predict", "--run", "a b"], ["pull", "rte"], ["pull", "mrpc"]],
            CommandsOf(
                "crosspt text\n```\ncrosspt train a.json --set x=1  # why\necho x | crosspt predict --run \"a b\" > "
                    + "out\n$ crosspt pull rte; crosspt pull mrpc\nalias crosspt='x'\n```\n"));
        int shown = Documents.Sum(
            static page => CommandsOf(File.ReadAllText(RepositoryFolder.PathOf(page.Data))).Count());
        Assert.InRange(shown, 30, int.MaxValue);
    }

    /// <summary>The command lines in fenced blocks, as words behind <c>crosspt</c>.</summary>
    private static IEnumerable<string[]> CommandsOf(string text)
    {
        foreach (Match block in Block().Matches(text))
        {
            foreach (Match command in Command()
                .Matches(block.Groups[1].Value.Replace("\\\n", " ", StringComparison.Ordinal)))
                yield return [.. Word().Matches(command.Groups[1].Value)
                    .Select(static word => word.Value.Trim('"', '\''))];
        }
    }

    [GeneratedRegex("^```[a-z]*\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    // At the start of a line, or behind a pipe or another command.
    [GeneratedRegex(@"(?:^|[|;] )(?:\$ )?crosspt (.+?)(?= *(?:#|[|;>&<] |$))", RegexOptions.Multiline)]
    private static partial Regex Command();

    [GeneratedRegex("\"[^\"]*\"|'[^']*'|[^ ]+")]
    private static partial Regex Word();
}
