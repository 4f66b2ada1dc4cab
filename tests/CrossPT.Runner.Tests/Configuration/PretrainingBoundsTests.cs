using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Pretraining;

namespace CrossPT.Runner.Tests.Configuration;

/// <summary>Every numeric setting of pretraining at, below and above its bounds.</summary>
public sealed class PretrainingBoundsTests : IDisposable
{
    private const string Configuration = """
        { "language": { "seed": 2 }, "model": { "d_model": 8, "d_kv": 4, "num_heads": 2, "d_ff": 8, "num_layers": 1 },
          "training": { "steps": 1, "batch": 1 } }
        """;

    private const string Task = """tasks=[{"declaration": "none.json", "train": "none.jsonl"}]""";

    private readonly TempFolder _folder = new();

    public static TheoryData<string> Keys =>
        [.. Setting.AllOf(ConfigurationTypes.Default.PretrainingConfiguration).Select(static one => one.Key)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Keys))]
    public void Number_AtItsBounds_IsTakenOrRefusedInOneLine(string key)
    {
        string configuration = _folder.Write("c.json", Configuration);
        _folder.Write("corpus.txt", "a tea\na note\n");
        string[] beside =
        [
            """corpus={"files": ["corpus.txt"]}""",
            .. key.StartsWith("tasks[", StringComparison.Ordinal) ? [Task] : Array.Empty<string>(),
        ];
        CliRun refusal = Pretrain(configuration, key, NumberBounds.TooLarge, beside);
        refusal.AssertBadInput();
        if (NumberBounds.Of(refusal) is not { } bounds) return;
        foreach (string value in bounds.Outside) Pretrain(configuration, key, value, beside).AssertBadInput(key, value);
        // The largest take more time and memory than a test has: they are read, and nothing is built.
        PretrainingConfiguration.Load(configuration, [.. beside, $"{key}={bounds.Within[^1]}"]);
        CliRun run = Pretrain(configuration, key, bounds.Within[0], beside);
        Assert.DoesNotContain("unexpected ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("(Parameter '", run.Error, StringComparison.Ordinal);
        if (run.Code != 0) run.AssertOneLine();
    }

    private CliRun Pretrain(string configuration, string key, string value, string[] beside)
    {
        string output = Path.Combine(_folder.FullName, "out");
        if (Directory.Exists(output)) Directory.Delete(output, recursive: true);
        return CliRun.Of(
        [
            "pretrain", configuration, "--out", output, "--quiet", "--threads", "1",
            .. beside.Append($"{key}={value}").SelectMany(static setting => new[] { "--set", setting }),
        ]);
    }
}
