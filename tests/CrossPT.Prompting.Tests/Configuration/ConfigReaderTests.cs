using CrossPT.Prompting.Configuration;

namespace CrossPT.Prompting.Tests.Configuration;

public sealed class ConfigReaderTests
{
    private const string Sample = """
        {
          // what is trained
          "model": "t5-base",
          "tasks": [ { "name": "rte", "shots": 32 }, { "name": "mrpc", },
          ],
          /* how */ "training": { "steps": 40, "rate": 0.3, "mixed": true, "source": null }
        }
        """;

    [Fact]
    public void CommentsAndTrailingCommas_AreAllowed()
    {
        ConfigSection root = Read(Sample).AsSection();
        Assert.Equal("t5-base", root.Require("model", "a model").AsString());
        Assert.Equal(32, root.Require("tasks", "tasks").AsList()[0].AsSection().Require("shots", "").AsInt32(1, 1000));
        ConfigSection training = root.Section("training");
        Assert.Equal(40, training.Require("steps", "").AsInt32(1, 1000));
        Assert.Equal(0.3, training.Require("rate", "").AsDouble(0, 10));
        Assert.True(training.Require("mixed", "").AsBoolean());
        Assert.False(training.TryGet("source", out _));
        Assert.False(training.Section("absent").TryGet("x", out _));
        training.Complete();
        root.Complete();
    }

    [Fact]
    public void Paths_StartFromTheFolderOfTheFile()
    {
        Assert.Equal(
            Path.Combine("/runs", "a.pt"),
            ConfigReader.Read("{\"x\":\"a.pt\"}"u8, "c.json", "/runs").AsSection().Require("x", "a path").AsPath());
        Assert.Equal(
            Path.GetFullPath("/b.pt"),
            ConfigReader.Read("{\"x\":\"/b.pt\"}"u8, "c.json", "/runs").AsSection().Require("x", "a path").AsPath());
    }

    [Theory]
    [InlineData("{\n  \"modle\": 1\n}", "c.json:2:12: unknown key \"modle\"; the nearest known one is \"model\"")]
    [InlineData(
        "{ \"training\": { \"stpes\": 1 } }",
        "c.json:1:26: unknown key \"training.stpes\"; the nearest known one is \"steps\"")]
    public void UnknownKey_NamesLineAndNearest(string json, string message)
    {
        Assert.Equal(message, Assert.Throws<ConfigurationException>(() =>
        {
            ConfigSection root = Read(json).AsSection();
            root.TryGet("model", out _);
            ConfigSection training = root.Section("training");
            training.TryGet("steps", out _);
            training.Complete();
            root.Complete();
        }).Message);
    }

    [Theory]
    [InlineData("-5", "found -5, expected an integer from 1 to 100")]
    [InlineData("101", "found 101, expected an integer from 1 to 100")]
    [InlineData("1.5", "found 1.5, expected an integer")]
    [InlineData("1e2", "found 1e2, expected an integer")]
    [InlineData("99999999999999999999", "found 99999999999999999999")]
    [InlineData("\"7\"", "found \"7\"")]
    [InlineData("true", "found true")]
    [InlineData("[7]", "found a list of 1")]
    [InlineData("{}", "found a section")]
    public void Integer_OutOfRangeOrOfAnotherType_NamesPlaceFoundAndExpected(string value, string words)
    {
        string message = Assert.Throws<ConfigurationException>(
            () => Read($"{{\n \"é\": 1, \"steps\": {value}}}").AsSection()
                .Require("steps", "").AsInt32(1, 100)).Message;
        Assert.StartsWith("c.json:2:19: steps: ", message);
        Assert.Contains(words, message);
    }

    [Theory]
    [InlineData("1e999")]
    [InlineData("-0.1")]
    [InlineData("\"0.1\"")]
    public void Number_OutOfRange_IsRefused(string value) =>
        Assert.Throws<ConfigurationException>(
            () => Read($"{{\"rate\": {value}}}").AsSection().Require("rate", "").AsDouble(0, double.MaxValue));

    [Fact]
    public void Choice_OutsideTheWords_NamesThem() => Assert.Contains(
        "found \"sgd\", expected one of adamw, adafactor",
        Assert.Throws<ConfigurationException>(
            () => Read("{\"optimizer\": \"sgd\"}").AsSection().Choice("optimizer", "adamw", "adafactor")).Message);

    [Theory]
    [InlineData("", "c.json:1:1")]
    [InlineData("{\n\"a\": }", "c.json:2:6")]
    [InlineData("{\"a\": 1", "c.json:1:8")]
    [InlineData("{\"a\": 1} {", "c.json:1:10")]
    [InlineData("{\"a\": \"\\ud800\"}", "c.json:1:7")]
    [InlineData("{\"a\": 1, \"a\": 2}", "c.json:1:10: a: given twice")]
    public void BrokenJson_NamesItsPlace(string json, string place) =>
        Assert.StartsWith(place, Assert.Throws<ConfigurationException>(() => Read(json)).Message);

    [Fact]
    public void InvalidUtf8_IsRefused() =>
        Assert.Throws<ConfigurationException>(
            () => ConfigReader.Read(
                [(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}'], "c.json", ""));

    [Fact]
    public void DeepNesting_IsRefused() => Assert.Throws<ConfigurationException>(() => Read(new string('[', 100_000)));

    [Fact]
    public void File_MissingOrFolder_IsNamed()
    {
        string folder = Path.GetTempPath();
        Assert.Contains(
            "is a folder", Assert.Throws<ConfigurationException>(() => ConfigReader.ReadFile(folder)).Message);
        Assert.Contains(
            "no such file",
            Assert.Throws<ConfigurationException>(
                () => ConfigReader.ReadFile(Path.Combine(folder, "none", "c.json"))).Message);
    }

    private static ConfigValue Read(string json) =>
        ConfigReader.Read(System.Text.Encoding.UTF8.GetBytes(json), "c.json", "");
}
