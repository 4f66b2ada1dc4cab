using System.Text.RegularExpressions;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Prompting.Tests.Configuration;

/// <summary><c>docs/configuration.md</c> beside the readers: every key is there, and a default that is written out is the one that holds.</summary>
public sealed partial class ConfigurationPageTests
{
    private const string Sources = """, "sources": ["a.safetensors"]""", Plain = $$"""{ "model": "m", "tasks": [ { "name": "rte" } ]{{Sources}} }""";

    private static readonly string[] s_withoutSources = ["dept", "full"];

    private static string Page { get; } = File.ReadAllText(Path.Combine(Root(), "docs", "configuration.md"));

    public static TheoryData<string, string, string> Defaults
    {
        get
        {
            TheoryData<string, string, string> data = [];
            foreach (Match row in Row().Matches(Page)) data.Add(row.Groups["key"].Value, row.Groups["value"].Value, row.Groups["beside"].Value);
            return data;
        }
    }

    [Fact]
    public void Keys_OfTheSections_AreAllThere()
    {
        string[] keys =
        [
            .. PromptSettingsReader.Keys.Except(["sources", "private"]).Select(static key => $"prompt.{key}"),
            .. PromptSettingsReader.PrivateKeys.Select(static key => $"prompt.private.{key}"),
            .. RouterSettingsReader.Keys.Select(static key => $"router.{key}"),
            .. RunConfigurationReader.RateKeys.Select(static key => $"training.learningRate.{key}"),
        ];
        Assert.All(keys, static key => Assert.Contains($"| `{key}` |", Page, StringComparison.Ordinal));
    }

    [Fact]
    public void Defaults_ManyAreWrittenOut() => Assert.InRange(Defaults.Count, 45, int.MaxValue);

    // To say a default is to change nothing.
    [Theory]
    [MemberData(nameof(Defaults))]
    public void Default_WhenSaid_ChangesNothing(string key, string value, string beside)
    {
        string[] other = beside.Length == 0 ? [] : [beside];
        RunConfiguration silent = Read(other), said = Read([.. other, $"{key}={value}"]);
        Assert.Equal(silent.Training.Resolve(silent.Prompt), said.Training.Resolve(said.Prompt));
        Assert.Equal(silent.Prompt with { Private = WithRank(silent) }, said.Prompt with { Private = WithRank(said) });
        Assert.Equal(silent.Router, said.Router);
        Assert.Equal(silent.Evaluation, said.Evaluation);
        Assert.Equal(silent.Data, said.Data);
        Assert.Equal((silent.Method.Name, silent.Seed), (said.Method.Name, said.Seed));

        // The rank that a form has where none is said is the form's own.
        static Prompting.Prompts.PrivateSettings WithRank(RunConfiguration configuration) => configuration.Prompt.Private with
        {
            Form = configuration.Prompt.Private.Form with
            {
                Rank = configuration.Prompt.Private.Form.Rank ?? (configuration.Prompt.Private.Form.Form == Prompting.Prompts.PromptForm.LowRank ? 4 : null),
            },
        };
    }

    private static RunConfiguration Read(string[] settings)
    {
        string file = Path.GetTempFileName();
        try
        {
            bool without = s_withoutSources.Any(method => settings.Contains($"method=\"{method}\""));
            File.WriteAllText(file, without ? Plain.Replace(Sources, "", StringComparison.Ordinal) : Plain);
            return RunConfiguration.Load(file, settings);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CrossPT.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"There is no CrossPT.sln above {AppContext.BaseDirectory}.");
    }

    /// <summary>A row whose key has a section, or is a plain one of the top, and whose default is one value.</summary>
    [GeneratedRegex(
        @"^\| `(?<key>(?:prompt|router|training|evaluation|data)\.[\w.]+|seed|method)` \| [^|]* \| `(?<value>[^`]+)` \|(?: (?:`(?<beside>[^`]+)` )?\|)?$",
        RegexOptions.Multiline)]
    private static partial Regex Row();
}
