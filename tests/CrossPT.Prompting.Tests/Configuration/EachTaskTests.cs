using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tests.Kit;

namespace CrossPT.Prompting.Tests.Configuration;

public sealed class EachTaskTests
{
    private const string Two = """
        { "model": "m", "method": "pt", "tasks": [ { "name": "rte", "shots": 4 }, { "name": "mrpc" } ],
        "eachTask": { "shots": 8, "labels": "digits" } }
        """;

    [Fact]
    public void Section_IsWhatTasksDoNotSay()
    {
        RunConfiguration sut = Load(Two);
        Assert.Equal([4, 8], sut.Tasks.Select(static task => task.Shots));
        Assert.All(sut.Tasks, static task => Assert.Equal("digits", task.Labels));
        Assert.Equal([4, 16], Load(Two, "eachTask.shots=16").Tasks.Select(static task => task.Shots));
        Assert.Equal([8, 8], Load(Two, "tasks[0].shots=null").Tasks.Select(static task => task.Shots));
    }

    [Theory]
    [InlineData("eachTask.name=rte", "unknown key \"eachTask.name\"")]
    [InlineData("eachTask.shot=4", "the nearest known one is \"shots\"")]
    [InlineData("eachTask.shots=0", "eachTask.shots: found 0, expected an integer")]
    [InlineData(
        "eachTask.labels=map1",
        "eachTask.labels: found \"map1\", expected one of map, digits, distinct, shared, synonyms, gen")]
    public void Wrong_IsRefused(string setting, string words) =>
        Assert.Contains(
            words, Assert.Throws<ConfigurationException>(() => Load(Two, setting)).Message, StringComparison.Ordinal);

    // A variant of a grid takes back with null what its base says, also what would not apply to the variant's method.
    [Fact]
    public void Null_TakesBackWhatTheMethodHasNot()
    {
        Assert.Throws<ConfigurationException>(() => Load(Two, "training.learningRate.router=0.1"));
        Assert.Equal(
            "pt",
            Load(
                Two, "training.learningRate.router=0.1", "training.learningRate.router=null", "router.start=null",
                "sources=null").Method.Name);
    }

    [Fact]
    public void EvaluationSplitAndPrefixes_AreRead()
    {
        RunConfiguration sut = Load(
            Two, "evaluation.split=validation",
            """evaluation.prefixes=["none", "name", { "task": "mrpc" }, { "task": "qqp", "kind": "instruction" }]""");
        Assert.Equal(EvaluationSplit.Validation, sut.Evaluation.Split);
        Assert.Equal(
            ["none", "name", "mrpc", "qqp (instruction)"],
            sut.Evaluation.Prefixes.Select(static prefix => prefix.Label));
    }

    [Theory]
    [InlineData("evaluation.prefixes=[\"none\", \"none\"]", "expected every prefix once")]
    [InlineData("evaluation.prefixes=\"none\"", "expected a list")]
    [InlineData("evaluation.split=train", "expected one of test, validation")]
    public void WrongEvaluation_IsRefused(string setting, string words) =>
        Assert.Contains(
            words, Assert.Throws<ConfigurationException>(() => Load(Two, setting)).Message, StringComparison.Ordinal);

    [Fact]
    public void ValidationRows_AreNotChosenAndReportedOnAtOnce() => Assert.Contains(
        "steps are chosen by validation rows already",
        Assert.Throws<ConfigurationException>(
            () => Load(Two, "training.selection=best", "evaluation.split=validation")).Message,
                StringComparison.Ordinal);

    private static RunConfiguration Load(string json, params string[] settings)
    {
        using TempFolder folder = new();
        return RunConfiguration.Load(folder.Write("c.json", json), settings);
    }
}
