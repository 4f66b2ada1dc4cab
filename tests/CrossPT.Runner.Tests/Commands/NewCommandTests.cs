using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Tasks;

namespace CrossPT.Runner.Tests.Commands;

public sealed class NewCommandTests
{
    [Fact]
    public void Writes_AConfigurationThatLoads()
    {
        using TempFolder folder = new();
        string path = Path.Combine(folder.FullName, "mine.json");
        CliRun run = CliRun.Of("new", path);
        Assert.Equal((0, ""), (run.Code, run.Error));
        RunConfiguration configuration = RunConfiguration.Load(path);
        Assert.Equal(("mine", "crosspt", 2, 2),
            (configuration.Name, configuration.Method.Name, configuration.Tasks.Count, configuration.Sources.Count));
        // Its paths are relative to it.
        Assert.Equal(folder.FullName, Path.GetDirectoryName(configuration.Model));
    }

    [Theory]
    [InlineData("reviews.csv", "reviews")]
    [InlineData("imdb.csv", "own-imdb")]
    public void Data_OfOnesOwn_MakesItsTask(string name, string task)
    {
        using TempFolder folder = new();
        string rows = string.Concat(Enumerable.Range(0, 24).Select(
            static i => $"a {i},{(i % 2 == 0 ? "good" : "bad")}\n"));
        string data = folder.Write(name, $"text,label\n{rows}"), path = Path.Combine(folder.FullName, "mine.json");
        CliRun run = CliRun.Of("new", path, "--data", data);
        Assert.Equal((0, ""), (run.Code, run.Error));
        TaskSettings settings = Assert.Single(RunConfiguration.Load(path).Tasks);
        Assert.Equal((task, data, (int?)null), (settings.Name, Path.GetFullPath(settings.TrainFile!), settings.Shots));
        Assert.Contains("24 rows, text → label: 2 classes (bad, good).", File.ReadAllText(path),
            StringComparison.Ordinal);
        CliRun.Of("new", Path.Combine(folder.FullName, "other.json"), "--data", folder.Write("x.csv", "a,b\n1,2\n"))
            .AssertBadInput("x.csv", "has the columns a, b; the label may be a or b, expected --label COLUMN");
    }

    [Fact]
    public void ExistingFile_IsRefused_AndKept()
    {
        using TempFolder folder = new();
        string path = folder.Write("mine.json", "mine");
        CliRun.Of("new", path).AssertBadInput("exists already");
        Assert.Equal("mine", File.ReadAllText(path));
        CliRun.Of("new", folder.FullName).AssertBadInput("exists already");
        CliRun.Of("new", Path.Combine(folder.FullName, "none", "mine.json")).AssertBadInput("no folder");
        CliRun.Of("new").AssertBadInput("no FILE");
    }
}
