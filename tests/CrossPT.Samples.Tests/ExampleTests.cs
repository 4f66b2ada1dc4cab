using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Routing;

namespace CrossPT.Samples.Tests;

/// <summary>The example configurations are read, and say what they are said to.</summary>
public sealed class ExampleTests
{
    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(Repository.PathOf("examples"), "*.json").Select(static file => Path.GetFileName(file)!)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Example_IsRead(string file)
    {
        RunConfiguration configuration = RunConfiguration.Load(Repository.PathOf($"examples/{file}"));
        Assert.Equal("crosspt", configuration.Method.Name);
        Assert.Equal(RouterStart.Trials, configuration.Router.Start);
        Assert.All(configuration.Tasks, static task => Assert.Equal(32, task.Shots));
        // The first hour's have to come from what is pulled.
        SourceOrigin origin = file == "first-hour.json" ? SourceOrigin.Trained : SourceOrigin.File;
        Assert.All(configuration.Sources, source => Assert.Equal(origin, source.Origin));
        Assert.InRange(configuration.Training.Batch, configuration.Tasks.Count, int.MaxValue);
    }

    [Fact]
    public void GlueSix_HasTheSixTasks()
    {
        RunConfiguration configuration = RunConfiguration.Load(Repository.PathOf("examples/glue-six.json"));
        Assert.Equal(
            ["mrpc", "rte", "qqp", "stsb", "mnli", "qnli"], configuration.Tasks.Select(static task => task.Name));
        Assert.Equal(0, configuration.Training.Batch % configuration.Tasks.Count);
    }
}
