using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Tasks;

namespace CrossPT.Runner.Tests.Configuration;

/// <summary>Every numeric setting at, below and above the bounds that its record declares.</summary>
public sealed class SettingBoundsTests : IDisposable
{
    private const string Rte = """{ "name": "rte", "shots": 6, "train": "data.jsonl", "validation": "data.jsonl" }""";

    /// <summary>Sizes whose upper bound takes more memory or time than a test has: it is only read.</summary>
    private static readonly string[] s_costly = ["length", "hidden", "bottleneck", "batch"];

    private static readonly Dictionary<string, Setting> s_settings =
        Setting.AllOf(ConfigurationTypes.Default.RunConfiguration)
            .Concat(Setting.AllOf(ConfigurationTypes.Default.SourceEntry, "sources[0]"))
            .ToDictionary(static one => one.Key, static one => one.Setting);

    private readonly TempFolder _folder = new();

    /// <summary>All keys of the records, numeric or not.</summary>
    public static TheoryData<string> Keys => [.. s_settings.Keys];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Keys))]
    public void Number_AtItsBounds_IsTakenOrRefusedInOneLine(string key)
    {
        string[] methods = [.. MethodDefinition.Names.Where(method => Applies(method, key))];
        int numeric = 0;
        foreach (string method in methods)
        {
            string configuration = TinyRun.WriteConfiguration(_folder, method);
            string[] beside = [.. Beside(MethodDefinition.Find(method), key)];
            CliRun refusal = Train(configuration, key, NumberBounds.TooLarge, beside);
            refusal.AssertBadInput();
            Assert.DoesNotContain("without effect", refusal.Error, StringComparison.Ordinal);
            NumberBounds? told = NumberBounds.Of(refusal);
            if (NumberBounds.Of(s_settings[key]) is { } declared) Assert.Equivalent(declared, told, strict: true);
            if (told is not { } bounds) continue;
            numeric++;
            foreach (string value in bounds.Outside)
                Train(configuration, key, value, beside).AssertBadInput(key, value);
            foreach (string value in bounds.Within)
            {
                if (value == bounds.Within[^1] && s_costly.Contains(key[(key.LastIndexOf('.') + 1)..]))
                {
                    RunConfiguration.Load(configuration, [.. beside, $"{key}={value}"]);
                    continue;
                }
                CliRun run = Train(configuration, key, value, beside);
                Assert.True(run.Code is 0 or 2, $"{method}, {key}={value}: {run.Code} {run.Error}");
                if (run.Code == 2) run.AssertBadInput();
                Assert.DoesNotContain("(Parameter '", run.Error, StringComparison.Ordinal);
            }
        }
        Assert.True(numeric == 0 || numeric == methods.Length);
    }

    private static IEnumerable<string> Under(string section, string[] names) =>
        names.Select(name => $"{section}.{name}");

    /// <summary>Every method that has a setting of prompts and routers; one method for the other settings.</summary>
    private static bool Applies(string method, string key)
    {
        if (key.StartsWith("sources[", StringComparison.Ordinal)) return method == "crosspt";
        bool isMethods = !MethodDefinition.Find("full").Applies(key) || key == "training.learningRate.model";
        return isMethods && !s_settings[key].IsSection
            ? MethodDefinition.Find(method).Takes(key)
            : method == RunConfiguration.DefaultMethod;
    }

    /// <summary>Settings without which the one at hand has no effect.</summary>
    private static IEnumerable<string> Beside(MethodDefinition method, string key)
    {
        string section = key[..Math.Max(0, key.LastIndexOf('.'))];
        (string Key, string Value)? needed = key[(key.LastIndexOf('.') + 1)..] switch
        {
            "rank" => ($"{section}.form", "low-rank"),
            "hidden" or "layers" or "activation" => ($"{section}.form", "residual-mlp"),
            "bias" => ("router.start", "bias"),
            "file" when section == "router" => ("router.start", "file"),
            "annealRate" or "temperatureFloor" => ("router.schedule", "linear"),
            "evaluationNormaliser" or "samplePer" => ("router.mode", "faithful"),
            _ => null,
        };
        if (needed is { } one && method.Takes(one.Key)) yield return $"{one.Key}={one.Value}";
        if (section == "prompt.sources" && method.Takes("prompt.sources.trained"))
            yield return "prompt.sources.trained=true";
        if (key == "sources[0].steps") yield return $$"""sources=[{"train": {{Rte}}}]""";
        else if (section == "sources[0]") yield return "sources=[{}]";
        if (section == "eachTask")
            yield return """tasks=[{"name": "rte", "train": "data.jsonl", "validation": "data.jsonl"}]""";
    }

    private static CliRun Train(string configuration, string key, string value, string[] beside) => CliRun.Of(
    [
        "train", configuration, "--dry-run", "--quiet", "--threads", "1",
        .. beside.Append($"{key}={value}").SelectMany(static setting => new[] { "--set", setting }),
    ]);
}
