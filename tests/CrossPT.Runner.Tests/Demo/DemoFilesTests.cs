using CrossPT.Prompting.Configuration;
using CrossPT.Runner.Demo;

namespace CrossPT.Runner.Tests.Demo;

public sealed class DemoFilesTests
{
    [Fact]
    public void Files_AreWrittenOnce_AndAgainWhereTheyDiffer()
    {
        using TempFolder folder = new();
        string own = DemoFiles.Extract([folder.FullName]), weights = Path.Combine(own, "demo", "model.safetensors");
        DateTime written = File.GetLastWriteTimeUtc(weights);
        byte[] bytes = File.ReadAllBytes(weights);
        Assert.Equal(own, DemoFiles.Extract([folder.FullName]));
        Assert.Equal(written, File.GetLastWriteTimeUtc(weights));
        File.WriteAllText(weights, "another's");
        DemoFiles.Extract([folder.FullName]);
        Assert.Equal(bytes, File.ReadAllBytes(weights));
    }

    [Fact]
    public void PlaceThatCannotBeWrittenTo_IsPassedOver_AndAllOfThemAreNamed()
    {
        using TempFolder folder = new();
        string file = folder.Write("file", "");
        Assert.StartsWith(folder.FullName, DemoFiles.Extract([file, folder.FullName]), StringComparison.Ordinal);
        Assert.Contains(
            file, Assert.Throws<IOException>(() => DemoFiles.Extract([file])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sources_AreOnePromptASkill()
    {
        Assert.Equal(
            ["acceptability", "entailment", "mood", "number", "paraphrase", "sentiment"], DemoFiles.SourceNames);
        Assert.True(File.Exists(DemoFiles.FindSource("demo/mood")));
        Assert.Null(DemoFiles.FindSource("demo/model"));
        Assert.Null(DemoFiles.FindSource("mood"));
    }

    [Fact]
    public void Names_AreFound_AndAPathThatLeadsSomewhereWins()
    {
        using TempFolder folder = new();
        string file = folder.Write("c.json", """
            { "model": "demo", "tasks": [ { "name": "demo/order" } ], "sources": ["demo/mood", { "file": "demo/number",
            "name": "n" }] }
            """);
        RunConfiguration named = DemoNames.Resolve(RunConfiguration.Load(file));
        Assert.Equal((DemoFiles.ModelFolder, true), (named.Model, named.IsModelNamed));
        Assert.Equal(["mood", "n"], named.Sources.Select(static source => source.Name));
        Assert.All(named.Sources, static source => Assert.True(File.Exists(source.File)));
        Directory.CreateDirectory(Path.Combine(folder.FullName, "demo", "mood"));
        RunConfiguration own = DemoNames.Resolve(RunConfiguration.Load(file));
        Assert.Equal((Path.Combine(folder.FullName, "demo"), false), (own.Model, own.IsModelNamed));
        Assert.Equal(Path.Combine(folder.FullName, "demo/mood"), own.Sources[0].File);
    }
}
