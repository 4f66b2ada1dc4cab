using System.Text.RegularExpressions;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Prompts;

namespace CrossPT.Prompting.Tests.Configuration;

/// <summary>
/// <c>docs/configuration.md</c> beside the readers: every key is there, and a default that is written out is the one
/// that holds.
/// </summary>
public sealed partial class ConfigurationPageTests
{
    private const string Sources = """, "sources": ["a.safetensors"]""";
    private const string Plain = $$"""{ "model": "m", "tasks": [ { "name": "rte" } ]{{Sources}} }""";

    /// <summary>Sections whose keys are described once for two: forms, and the second private prompt.</summary>
    private static readonly string[] s_repeated =
    [
        "eachTask.", "tasks[", "prompt.target.", "prompt.sources.rank", "prompt.sources.hidden",
        "prompt.sources.layers", "prompt.sources.activation",
    ];

    private static readonly string[] s_withoutSources = ["dept", "full"];

    private static string Page { get; } =
        File.ReadAllText(Path.Combine(GeneratedFile.Root(), "docs", "configuration.md"));

    public static TheoryData<string, string, string> Defaults
    {
        get
        {
            TheoryData<string, string, string> data = [];
            foreach (Match row in Row().Matches(Page))
                data.Add(row.Groups["key"].Value, row.Groups["value"].Value, row.Groups["beside"].Value);
            return data;
        }
    }

    [Fact]
    public void Keys_OfTheSections_AreAllThere()
    {
        string[] keys =
        [
            .. Setting.AllOf(ConfigurationTypes.Default.RunConfiguration)
                .Where(static one => !one.Setting.IsSection || one.Key == "prompt.target")
                .Select(static one => one.Key)
                .Where(static key => key.Contains('.') && !s_repeated.Any(key.StartsWith)),
        ];
        Assert.InRange(keys.Length, 60, int.MaxValue);
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
        static PrivateSettings WithRank(RunConfiguration configuration)
        {
            FormSettings form = configuration.Prompt.Private.Form;
            int? absent = form.Form == PromptForm.LowRank ? 4 : null;
            return configuration.Prompt.Private with { Form = form with { Rank = form.Rank ?? absent } };
        }
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

    /// <summary>A row whose key has a section, or is a plain one of the top, and whose default is one value.</summary>
    [GeneratedRegex(
        @"^\| `(?:(?<key>(?:prompt|router|training|evaluation|data)\.[\w.]+)` \| [^|]* \||(?<key>seed|method)` \|) "
        + @"[^|]* \| `(?<value>[^`]+)` \|(?: (?:`(?<beside>[^`]+)` )?\|)?$",
        RegexOptions.Multiline)]
    private static partial Regex Row();
}
