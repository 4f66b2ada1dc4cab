using CrossPT.Prompting.Configuration;

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
        Assert.Equal(("mine", "crosspt", 2, 2), (configuration.Name, configuration.Method.Name, configuration.Tasks.Count, configuration.Sources.Count));
        // Its paths are relative to it.
        Assert.Equal(folder.FullName, Path.GetDirectoryName(configuration.Model));
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
