using System.Text;
using System.Text.Json;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Prompting.Tests.Methods;

public sealed class MethodDefinitionTests
{
    public static TheoryData<string> Names => [.. MethodDefinition.Names];

    [Fact]
    public void Names_AreAllThereAre()
    {
        string[] expected =
        [
            "attempt", "crosspt", "crosspt-evidence", "dept", "full", "joint-pt", "mcat", "mpt", "msum", "pi", "pt",
            "si", "sil", "silp", "silpi", "sip", "sipi", "sl", "slp", "slpi", "spot", "ssum",
        ];
        Assert.Equal(expected, MethodDefinition.Names);
        Assert.Contains(
            "only attempt, crosspt", Assert.Throws<ArgumentException>(() => MethodDefinition.Find("cross")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Settings_BuildPrompts_AndComeBackFromWhatARunRecords(string name)
    {
        using TempFolder folder = new();
        using CpuBackend backend = new(1);
        MethodDefinition sut = MethodDefinition.Find(name);
        Assert.Equal(name, sut.Name);
        Assert.NotEmpty(sut.Title);
        Assert.NotEmpty(sut.Reference);
        Assert.NotEmpty(sut.Rates);
        // The methods' own lengths and ranks are those of papers, for models of more than 64 words and a width of more
        // than 16.
        string rank = sut.Takes("prompt.updateRank") ? ", \"updateRank\": 4" : "";
        string sizes = sut.Takes("prompt.length") ? $"\"prompt\": {{ \"length\": 5{rank} }}," : "";
        TinyModel.WriteRun(folder, backend, "\"seed\": 1");
        string sources = sut.Sources == MethodSources.Required
            ? "\"sources\": [\"s0.safetensors\", \"s1.safetensors\"],"
            : "";
        RunConfiguration configuration = RunConfiguration.Load(folder.Write("method.json", $$"""
            { "model": "model", "method": "{{name}}", "tasks": [ { "name": "rte", "shots": 8 }, { "name": "mrpc",
            "shots": 7 } ], {{sources}} {{sizes}}
              "data": { "folder": "data" }, "training": { "steps": 2, "batch": 4 } }
            """));

        // What a run records passes the method's own list of options, and says the same once more.
        string recorded = Record(configuration);
        RunConfiguration again = RunConfiguration.Load(folder.Write("again.json", recorded));
        Assert.Equal(recorded, Record(again));
        Assert.Equivalent(configuration.Prompt, again.Prompt);
        Assert.Equivalent(configuration.Router, again.Router);
        Assert.Equivalent(configuration.Sources, again.Sources);

        using PreparedRun prepared = PreparedRun.Load(again, backend);
        using ComposedRun run = prepared.Compose();
        Assert.True(run.TrainableNumbers > 0);
        Assert.Equal(["rte", "mrpc"], run.Prompts.Tasks);
        // Every rate it has is that of a part it trains.
        string[] roles =
        [
            .. run.Prompts.Parameters.Select(static one => one.Role.ToString().ToLowerInvariant()).Distinct(),
        ];
        Assert.All(roles, role => Assert.Contains(role, sut.Rates));
    }

    [Fact]
    public void Takes_ItsOptionsAndRatesAlone()
    {
        MethodDefinition sut = MethodDefinition.Find("pt");
        Assert.True(sut.Takes("prompt.length"));
        Assert.True(sut.Takes("training.learningRate.private"));
        Assert.False(sut.Takes("router.temperature"));
        Assert.False(sut.Takes("training.learningRate.router"));
    }

    private static string Record(RunConfiguration configuration)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream)) configuration.Write(json);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
