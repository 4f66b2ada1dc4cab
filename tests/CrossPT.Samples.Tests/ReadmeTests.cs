using System.Globalization;
using System.Text.RegularExpressions;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Training;

namespace CrossPT.Samples.Tests;

/// <summary>Defaults, methods and examples in README and docs are those of the code.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string[] s_pages =
        ["README.md", "docs/methods.md", "docs/peft.md", "docs/faq.md", "docs/prompts.md", "docs/demo.md"];

    private static string Readme => Page("README.md");

    public static TheoryData<string, string> Defaults
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (Match row in Default().Matches(Page("docs/methods.md")))
                data.Add(row.Groups[1].Value, row.Groups[2].Value);
            return data;
        }
    }

    // To say a default is to change nothing.
    [Theory]
    [MemberData(nameof(Defaults))]
    public void Default_WhenSaid_ChangesNothing(string key, string value)
    {
        RunConfiguration silent = Load(), said = Load($"{key}={value}");
        Assert.Equal(silent.Prompt, said.Prompt);
        Assert.Equal(silent.Router, said.Router);
        Assert.Equal(Resolved(silent), Resolved(said));
        Assert.Equal(silent.Evaluation, said.Evaluation);
        Assert.Equal(silent.Data, said.Data);
    }

    [Theory]
    [InlineData("docs/methods.md", "| `{0}` | {1} |")]
    [InlineData("docs/configuration.md", "| `{0}` | {1} | {2} |")]
    public void Methods_AreAllThere(string file, string row)
    {
        string page = File.ReadAllText(Repository.PathOf(file));
        Assert.All(MethodDefinition.Names.Select(MethodDefinition.Find), method =>
            Assert.Contains(
                string.Format(CultureInfo.InvariantCulture, row, method.Name, method.Title, method.Reference), page,
                StringComparison.Ordinal));
    }

    // The one of the packages' page is compiled and run against the packages.
    [Fact]
    public void Program_IsThePackages()
        => Assert.Equal(
            Block().Match(File.ReadAllText(Repository.PathOf("docs/packages.md"))).Groups[1].Value,
            Block().Match(Readme).Groups[1].Value);

    [Fact]
    public void FirstHour_IsItsExample()
    {
        Match shown = FirstHour().Match(Readme);
        string path = Path.Combine(Path.GetTempPath(), $"first-hour-{Guid.NewGuid():N}.json");
        File.WriteAllText(path, shown.Groups[1].Value);
        try
        {
            RunConfiguration said = RunConfiguration.Load(path);
            RunConfiguration shipped = RunConfiguration.Load(Repository.PathOf("examples/first-hour.json"));
            Assert.Equal(
                shipped.Tasks.Select(static task => (task.Name, task.Shots)),
                said.Tasks.Select(static task => (task.Name, task.Shots)));
            Assert.Equal(
                shipped.Sources.Select(static source => (source.Name, source.Steps)),
                said.Sources.Select(static source => (source.Name, source.Steps)));
            Assert.Equal(
                (shipped.Method.Name, shipped.Seed, Resolved(shipped), shipped.Evaluation),
                (said.Method.Name, said.Seed, Resolved(said), said.Evaluation));
            Assert.Equal("t5-small", Path.GetFileName(said.Model));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Settings_AreThoseOfTheConfigurationsPage()
    {
        string page = File.ReadAllText(Repository.PathOf("docs/configuration.md"));
        string[] keys =
        [
            .. s_pages
                .SelectMany(static name => Key().Matches(Page(name)))
                .Select(static match => match.Groups[1].Value)
                .Distinct(),
        ];
        Assert.InRange(keys.Length, 25, int.MaxValue);
        Assert.All(keys, key => Assert.Contains($"| `{key}` |", page, StringComparison.Ordinal));
    }

    private static string Page(string name) => File.ReadAllText(Repository.PathOf(name));

    private static RunConfiguration Load(params string[] settings) =>
        RunConfiguration.Load(Repository.PathOf("tests/CrossPT.Samples.Tests/plain.json"), settings);

    private static TrainingSettings Resolved(RunConfiguration configuration) =>
        configuration.Training.Resolve(configuration.Prompt);

    [GeneratedRegex(@"^\| `(\w+\.[\w.]+)` \| `([^`]+)` \| [^|]+ \|$", RegexOptions.Multiline)]
    private static partial Regex Default();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex FirstHour();

    [GeneratedRegex(@"`(?:--set )?((?:prompt|router|training|evaluation|data)\.(?!jsonl?`)\w+(?:\.\w+)*)")]
    private static partial Regex Key();
}
