using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Tests.Configuration;
using CrossPT.Runner.Experiments.Sweeps;

namespace CrossPT.Runner.Tests.Experiments.Sweeps;

public sealed class SweepGridTests : IDisposable
{
    private const string Base = "\"configuration\": { \"model\": \"m\", \"tasks\": [ { \"name\": \"rte\" }, { "
        + "\"name\": \"mrpc\" } ], \"sources\": [\"a.safetensors\"], \"training\": { \"batch\": 4 } }";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Schema_IsThatOfTheRecord_AndAGridMayReferToIt()
    {
        GeneratedFile.Check(
            "CrossPT.Runner/Templates/crosspt-grid.schema.json",
            _ => ConfigurationSchema.Create("CrossPT grid", GridTypes.Default.SweepGrid));
        SweepPlan plan = Expand("\"$schema\": \"crosspt-grid.schema.json\", \"product\": { \"seed\": [1, 2] }");
        Assert.Equal(2, plan.Runs.Count);
    }

    [Fact]
    public void Product_EveryPathIsAnAxis_TheLastChangesFastest()
    {
        SweepPlan plan = Expand(
            "\"product\": { \"prompt.length\": [5, 10], \"tasks[0].shots\": [16], \"seed\": [1, 2] }");
        Assert.Equal(
            [
                "prompt.length=5,tasks.0.shots=16,seed=1", "prompt.length=5,tasks.0.shots=16,seed=2",
                "prompt.length=10,tasks.0.shots=16,seed=1", "prompt.length=10,tasks.0.shots=16,seed=2"],
            plan.Runs.Select(static run => run.Name));
        SweepRun last = plan.Runs[3];
        Assert.Equal(
            (10, 2L, 16),
            (last.Configuration.Prompt.Length, last.Configuration.Seed, last.Configuration.Tasks[0].Shots));
        Assert.Equal("10", last.Settings["prompt.length"]);
        Assert.Equal(["prompt.length", "tasks[0].shots", "seed"], plan.Axes.Select(static axis => axis.Name));
    }

    [Fact]
    public void Zip_ListsAdvanceTogether_AndMultiplyWithTheRest()
    {
        SweepPlan plan = Expand(
            "\"zip\": [ { \"training.learningRate.router\": [0.1, 0.05], \"training.warmup\": [0.2, 0] } ], "
                + "\"product\": { \"seed\": [1, 2] }");
        Assert.Equal(4, plan.Runs.Count);
        Assert.Equal(
            [(0.1, 0.2), (0.1, 0.2), (0.05, 0.0), (0.05, 0.0)],
            plan.Runs.Select(
                static run => (
                    run.Configuration.Training.LearningRates.Router!.Value, run.Configuration.Training.Warmup)));
        Assert.Equal("training.learningRate.router=0.05,training.warmup=0,seed=1", plan.Runs[2].Name);
        Assert.Equal("0.05+0", plan.Runs[2].Settings["training.learningRate.router+training.warmup"]);
    }

    [Fact]
    public void Variants_SetWhatTheySay_AndSeveralListsAreSeveralAxes()
    {
        SweepPlan plan = Expand("""
            "variants": [
              [ { "name": "SIL", "set": { "method": "sil" } },
                { "name": "CrossPT", "set": { "router.start": "zero" } } ],
              [ { "name": "short", "set": { "prompt.length": 5 } },
                { "name": "long", "set": { "prompt.length": 20 } } ] ],
            "baseline": "SIL"
            """,
                Base.Replace(", \"sources\": [\"a.safetensors\"]", "", StringComparison.Ordinal)
                    .Replace("\"m\",", "\"m\", \"method\": \"crosspt\", \"sources\": null,", StringComparison.Ordinal),
                        "crosspt");
        Assert.Equal(
            ["SIL,short", "SIL,long", "CrossPT,short", "CrossPT,long"], plan.Runs.Select(static run => run.Name));
        Assert.Equal(["variant", "variant2"], plan.Axes.Select(static axis => axis.Name));
        Assert.Equal(new Dictionary<string, string> { ["variant"] = "SIL" }, plan.Baseline);
        Assert.Equal(("sil", 5), (plan.Runs[0].Configuration.Method.Name, plan.Runs[0].Configuration.Prompt.Length));
    }

    [Fact]
    public void ASection_ComesBeforeWhatIsSetInIt()
    {
        SweepPlan plan = Expand(
            "\"product\": { \"training.learningRate.private\": [0.1, 0.2] }, \"variants\": [ { \"name\": \"short\", "
                + "\"set\": { \"training\": { \"steps\": 7, \"batch\": 4 } } } ]");
        Assert.All(plan.Runs, static run => Assert.Equal(7, run.Configuration.Training.Steps));
        Assert.Equal(
            [0.1, 0.2], plan.Runs.Select(static run => run.Configuration.Training.LearningRates.Private!.Value));
    }

    [Fact]
    public void PathsOfValues_StartFromTheGrid_ThoseOfTheConfigurationFromItsOwnFile()
    {
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "deep"));
        _folder.Write(
            Path.Combine("deep", "base.json"),
            "{ \"model\": \"m\", \"tasks\": [ { \"name\": \"rte\" } ], \"sources\": [\"a.safetensors\"] }");
        SweepPlan plan = SweepPlan.Expand(
            SweepGrid.Load(
                _folder.Write(
                    "g.json",
                    "{ \"configuration\": \"deep/base.json\", \"product\": { \"sources\": [[\"b.safetensors\"], "
                        + "[\"c.safetensors\"]] } }")));
        Assert.Equal(Path.Combine(_folder.FullName, "deep", "m"), plan.Runs[0].Configuration.Model);
        Assert.Equal(Path.Combine(_folder.FullName, "b.safetensors"), plan.Runs[0].Configuration.Sources[0].File);
        Assert.Equal("[b.safetensors]", plan.Runs[0].Settings["sources"]);
    }

    [Fact]
    public void NoAxis_IsOneRun_AndTheNameIsTheFiles()
    {
        SweepPlan plan = Expand("\"title\": \"One\"");
        Assert.Equal(("g", "One", "run"), (plan.Name, plan.Title, Assert.Single(plan.Runs).Name));
    }

    [Theory]
    [InlineData("\"baseline\": { \"seed\": 2 }", "seed", "2")]
    [InlineData(
        "\"baseline\": { \"training.warmup\": 0.2 }", "training.learningRate.router+training.warmup", "0.1+0.2")]
    [InlineData(
        "\"baseline\": { \"seed\": \"1\", \"training.learningRate.router\": 0.05 }",
        "training.learningRate.router+training.warmup", "0.05+0")]
    public void Baseline_IsLabelsByAxis(string baseline, string axis, string label)
    {
        SweepPlan plan = Expand(
            $"\"zip\": [ {{ \"training.learningRate.router\": [0.1, 0.05], \"training.warmup\": [0.2, 0] }} ], "
                + $"\"product\": {{ \"seed\": [1, 2] }}, {baseline}");
        Assert.Equal(label, plan.Baseline![axis]);
    }

    [Theory]
    [InlineData("\"produkt\": {}", "unknown key \"produkt\"", "the nearest known one is \"product\"")]
    [InlineData("\"product\": { \"seed\": 3 }", "seed: found 3", "expected a list")]
    [InlineData("\"product\": { \"seed\": [] }", "seed: found an empty list", "expected one value or more")]
    [InlineData("\"product\": { \"seed\": [1, 2, 1] }", "\"1\" stands there twice", "expected every value once")]
    [InlineData("\"product\": { \"seed\": [1, 2], \"seed\": [3] }", "given twice", "")]
    [InlineData("\"product\": { \"tasks[\": [1] }", "\"tasks[\" is no key", "expected one such as")]
    [InlineData("\"product\": { \"prompt.lenght\": [5, 10] }", "unknown key \"prompt.lenght\"", "\"length\"")]
    [InlineData("\"product\": { \"prompt.length\": [5, -1] }", "prompt.length: found -1", "(run prompt.length=-1)")]
    [InlineData("\"product\": { \"tasks[7].shots\": [5] }", "tasks has 2 entries", "expected an index below that")]
    [InlineData("\"product\": { \"out\": [\"a\", \"b\"] }", "a sweep gives every run a folder of its own", "")]
    [InlineData(
        "\"product\": { \"training.warmup\": [0.10, 0.1] }", "have the same settings throughout",
        "expected every run to be another")]
    [InlineData(
        "\"product\": { \"seed\": [1] }, \"variants\": [ { \"name\": \"a\", \"set\": { \"seed\": 2 } } ]",
        "seed is set by two axes, seed and variant", "expected one")]
    [InlineData("\"zip\": { \"seed\": [1] }", "zip: found a section", "expected a list")]
    [InlineData("\"zip\": [ {} ]", "found a section", "paths and their lists")]
    [InlineData(
        "\"zip\": [ { \"seed\": [1, 2], \"training.warmup\": [0] } ]", "training.warmup: found a list of 1",
        "expected one of 2 like seed")]
    [InlineData("\"variants\": []", "found a list of 0", "expected one variant or more")]
    [InlineData("\"variants\": [ { \"set\": {} } ]", "no \"name\"", "expected the variant's name")]
    [InlineData("\"variants\": [ { \"name\": \" \" } ]", "found \" \"", "expected a name")]
    [InlineData("\"variants\": [ { \"name\": \"a\", \"sets\": {} } ]", "unknown key \"variants[0].sets\"", "\"set\"")]
    [InlineData(
        "\"variants\": [ { \"name\": \"a\" }, { \"name\": \"b\" } ]",
        "the runs a and b have the same settings throughout", "")]
    [InlineData("\"baseline\": \"SIL\"", "found \"SIL\"", "the grid has no variants")]
    [InlineData(
        "\"variants\": [ { \"name\": \"SIL\" } ], \"baseline\": \"SLI\"", "found \"SLI\"",
        "the nearest one is \"SIL\"")]
    [InlineData(
        "\"product\": { \"seed\": [1] }, \"baseline\": { \"sed\": 1 }", "\"sed\" is no axis of the grid",
        "the nearest one is \"seed\"")]
    [InlineData(
        "\"product\": { \"seed\": [1] }, \"baseline\": { \"seed\": 7 }", "baseline.seed: found 7",
        "expected one of the values of that axis: 1")]
    [InlineData("\"baseline\": 3", "baseline: found 3", "expected the name of a variant, or a section")]
    [InlineData("\"name\": \"a/b\"", "name: found \"a/b\"", "that can be a folder's on every system")]
    public void BadGrid_IsOneSentence_WithPlaceFoundAndExpected(string text, string found, string expected)
    {
        Exception error = Assert.ThrowsAny<Exception>(() => Expand(text));
        Assert.True(error is ConfigurationException or Runner.Cli.UserException, error.ToString());
        Assert.Matches(@"g\.json(:\d+:\d+)?: ", error.Message);
        Assert.Contains(found, error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void TooManyRuns_AreRefusedBeforeTheyAreMade()
    {
        string values = string.Join(',', Enumerable.Range(1, 100));
        string axes =
            $"\"product\": {{ \"seed\": [{values}], \"training.steps\": [{values}], \"training.batch\": [{values}] }}";
        Assert.Contains("more than 10000 runs", Assert.Throws<ConfigurationException>(() => Expand(axes)).Message);
    }

    [Theory]
    [InlineData("{ \"product\": {} }", "no \"configuration\"")]
    [InlineData("{ \"configuration\": 3 }", "configuration: found 3")]
    [InlineData("{ \"configuration\": \"none.json\" }", "no such file")]
    [InlineData(
        "{ \"configuration\": { \"model\": \"m\", \"out\": \"x\" } }", "a sweep gives every run a folder of its own")]
    [InlineData("[]", "expected a section")]
    [InlineData("{", "not valid JSON")]
    public void BadDocument_IsOneSentence(string text, string found) =>
        Assert.Contains(
            found, Assert.Throws<ConfigurationException>(() => SweepGrid.Load(_folder.Write("g.json", text))).Message);

    private SweepPlan Expand(string axes, string configuration = Base, string? method = null)
    {
        const string none = "\"sources\": null,", random = "\"sources\": [{ \"random\": \"x\" }],";
        if (method is not null) configuration = configuration.Replace(none, random, StringComparison.Ordinal);
        return SweepPlan.Expand(SweepGrid.Load(_folder.Write("g.json", $"{{\n {configuration},\n {axes} }}")));
    }
}
