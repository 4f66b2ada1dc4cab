using System.Text.RegularExpressions;

namespace CrossPT.Samples.Tests;

/// <summary>What the documents point at is there.</summary>
public sealed partial class DocumentTests
{
    private static string[] Documents =>
        [Repository.PathOf("README.md"), .. Directory.GetFiles(Repository.PathOf("docs"), "*.md")
            .Order(StringComparer.Ordinal)];

    [Fact]
    public void Links_ToFilesAndHeadings_Exist()
    {
        List<string> broken = [];
        int count = 0;
        foreach (string document in Documents)
        {
            foreach (Match match in Link().Matches(File.ReadAllText(document)))
            {
                string target = match.Groups[1].Value;
                if (target.Contains("://", StringComparison.Ordinal)) continue;
                count++;
                if (!Exists(document, target)) broken.Add($"{Path.GetFileName(document)}: {target}");
            }
        }
        Assert.Empty(broken);
        Assert.InRange(count, 40, int.MaxValue);
    }

    [Fact]
    public void Links_ThatLeadNowhere_AreFound()
    {
        string readme = Repository.PathOf("README.md");
        Assert.True(Exists(readme, "docs/method.md"));
        Assert.True(Exists(readme, "docs/method.md#routers"));
        Assert.False(Exists(readme, "docs/no-such-page.md"));
        Assert.False(Exists(readme, "docs/method.md#no-such-heading"));
    }

    [Fact]
    public void Documents_AreLinkedFromTheReadme()
    {
        string readme = File.ReadAllText(Repository.PathOf("README.md"));
        Assert.All(
            Documents[1..],
            document => Assert.Contains($"](docs/{Path.GetFileName(document)})", readme, StringComparison.Ordinal));
    }

    private static bool Exists(string document, string target)
    {
        string[] parts = target.Split('#', 2);
        string path = parts[0].Length == 0 ? document : Path.Combine(Path.GetDirectoryName(document)!, parts[0]);
        if (!File.Exists(path) && !Directory.Exists(path)) return false;
        return parts.Length == 1
            || Heading().Matches(File.ReadAllText(path)).Any(match => Anchor(match.Groups[1].Value) == parts[1]);
    }

    /// <summary>The anchor that a Markdown heading gets where repositories are browsed.</summary>
    private static string Anchor(string heading)
        => new string(
            [.. heading.Trim().ToLowerInvariant().Where(static c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')])
                .Replace(' ', '-');

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
