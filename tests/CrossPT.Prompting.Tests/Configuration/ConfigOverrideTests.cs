using CrossPT.Prompting.Configuration;

namespace CrossPT.Prompting.Tests.Configuration;

public sealed class ConfigOverrideTests
{
    [Fact]
    public void Value_IsJsonElseText()
    {
        ConfigSection root = Apply(
            """{"seed": 1, "tasks": [{"shots": 32}], "deep": null}""", "seed=7", "tasks[0].shots=16", "out=runs/a=b",
            "list=[1, 2]", "deep.er=true").AsSection();
        Assert.Equal(7, root.Require("seed", "").AsInt32(0, 10));
        Assert.Equal(16, root.Require("tasks", "").AsList()[0].AsSection().Require("shots", "").AsInt32(0, 100));
        Assert.Equal("runs/a=b", root.Require("out", "").AsString());
        Assert.Equal(2, root.Require("list", "").AsList().Count);
        Assert.True(root.Section("deep").Require("er", "").AsBoolean());
    }

    [Fact]
    public void WrongValue_NamesTheOverride()
    {
        string message = Assert.Throws<ConfigurationException>(
            () => Apply("{}", "training.steps=-5").AsSection().Section("training")
                .Require("steps", "").AsInt32(1, 100)).Message;
        Assert.Equal("--set training.steps=-5: training.steps: found -5, expected an integer from 1 to 100", message);
    }

    [Theory]
    [InlineData("seed", "expected path=value")]
    [InlineData("=1", "expected path=value")]
    [InlineData("a..b=1", "is no key")]
    [InlineData("tasks[x]=1", "is no key")]
    [InlineData("tasks[0=1", "is no key")]
    [InlineData("tasks[-1]=1", "is no key")]
    [InlineData("tasks[0]x=1", "is no key")]
    [InlineData("tasks[2].shots=1", "tasks has 1 entries")]
    [InlineData("seed.x=1", "seed is 1, expected a section")]
    [InlineData("seed[0]=1", "seed is 1, expected a list")]
    public void BadOverride_IsRefused(string text, string words)
    {
        string message = Assert.Throws<ConfigurationException>(() => Apply("""
            {"seed": 1, "tasks": [{"shots": 32}]}
            """, text)).Message;
        Assert.StartsWith($"--set {text}: ", message);
        Assert.Contains(words, message);
    }

    private static ConfigValue Apply(string json, params string[] overrides)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, json);
            return ConfigReader.ReadFile(path, overrides);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
