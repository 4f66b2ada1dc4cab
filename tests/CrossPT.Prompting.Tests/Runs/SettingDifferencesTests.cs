using System.Text;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;

namespace CrossPT.Prompting.Tests.Runs;

public sealed class SettingDifferencesTests
{
    [Theory]
    [InlineData("""{ "a": 1, "b": { "c": "x" } }""", """{ "b": { "c": "x" }, "a": 1 }""")]
    [InlineData("[]", "[]")]
    [InlineData("""{ "a": [1, { "b": null }] }""", """{ "a": [1, { "b": null }] }""")]
    public void SameDocuments_HaveNone(string before, string now) => Assert.Empty(Between(before, now));

    [Theory]
    [InlineData(
        """{ "training": { "steps": 20 } }""", """{ "training": { "steps": 40 } }""", "training.steps is 40, was 20")]
    [InlineData("""{ "a": "x" }""", """{ }""", "a is absent, was \"x\"")]
    [InlineData("""{ }""", """{ "a": false }""", "a is false, was absent")]
    [InlineData("""{ "a": [1] }""", """{ "a": [1, 2] }""", "a.length is 2, was 1|a[1] is 2, was absent")]
    [InlineData("""{ "a": [] }""", """{ "a": null }""", "a.length is absent, was 0|a is null, was absent")]
    [InlineData("""{ "tasks": [{ "shots": 8 }] }""", """{ "tasks": [{ "shots": 9 }] }""", "tasks[0].shots is 9, was 8")]
    public void EachDifference_IsNamed(string before, string now, string expected) =>
        Assert.Equal(expected.Split('|').Order(), Between(before, now).Order());

    [Fact]
    public void Sentence_NamesTheFirstFive()
    {
        Assert.Equal("a; b", SettingDifferences.Sentence(["a", "b"]));
        Assert.Equal("1; 2; 3; 4; 5", SettingDifferences.Sentence(["1", "2", "3", "4", "5"]));
        Assert.Equal("1; 2; 3; 4; 5; and 2 more", SettingDifferences.Sentence(["1", "2", "3", "4", "5", "6", "7"]));
    }

    private static IReadOnlyList<string> Between(string before, string now) =>
        SettingDifferences.Between(Read(before), Read(now));

    private static ConfigValue Read(string json) => ConfigReader.Read(Encoding.UTF8.GetBytes(json), "test", "");
}
