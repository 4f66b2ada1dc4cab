using System.Text;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.TestKit;

namespace CrossPT.Prompting.Tests.Tasks;

public sealed class TaskDataTests
{
    private const string Good = """{"sentence1": "a", "sentence2": "b", "label": 1, "idx": 0}""";

    private static readonly TaskDeclaration s_rte = BuiltInTasks.Find("rte")!;

    [Fact]
    public void Read_GivesTextsAndLabels()
    {
        using TempFolder folder = new();
        string path = folder.Write("x.jsonl", "\uFEFF" + Good + "\r\n"
            + """{"label": "0", "sentence2": "\u00e9", "sentence1": "x y"}""");
        Assert.Equal([new Example("sentence1: a sentence2: b", 1),
            new Example("sentence1: x y sentence2: é", 0)], TaskData.Read(path, s_rte));
    }

    [Theory]
    [InlineData("""{"sentence1": "a", "label": 1}""", "no field \"sentence2\"")]
    [InlineData("""{"sentence1": "a", "sentence2": "b"}""", "no field \"label\"")]
    [InlineData("""{"sentence1": "a", "sentence2": 7, "label": 1}""", "\"sentence2\" is 7, expected a string")]
    [InlineData("""{"sentence1": "a", "sentence2": "b", "label": 2}""",
        "\"label\" is 2, expected a label of the task 'rte': 0, 1")]
    [InlineData("""{"sentence1": "a", "sentence2": "b", "label": -1}""", "\"label\" is -1")]
    [InlineData("""{"sentence1": "a", "sentence2": "b", "label": null}""", "\"label\" is null, expected a label")]
    [InlineData("""{"sentence1": "a", "sentence2": "b", "label": 1""", "not valid JSON")]
    [InlineData("""{"sentence1": "\ud800", "sentence2": "b", "label": 1}""", "not valid JSON")]
    [InlineData("[1]", "found a list, expected a JSON object")]
    [InlineData("""{"sentence1": "a", "sentence2": "b", "label": 1} {}""", "not valid JSON")]
    public void BadRow_IsRefused_WithFileAndLine(string row, string words)
    {
        using TempFolder folder = new();
        string path = folder.Write("x.jsonl", $"{Good}\n{row}\n{Good}\n");
        string message = Assert.Throws<TaskDataException>(() => TaskData.Read(path, s_rte)).Message;
        Assert.StartsWith($"{path}:2: ", message, StringComparison.Ordinal);
        Assert.Contains(words, message, StringComparison.Ordinal);
    }

    [Fact]
    public void NotUtf8_IsRefused_WithItsLine()
    {
        using TempFolder folder = new();
        string path = folder.PathOf("x.jsonl");
        File.WriteAllBytes(path, [.. Encoding.UTF8.GetBytes(Good + "\n"), .. "{\"sentence1\": \""u8, 0xFF, .. "\"}"u8]);
        Assert.Equal($"{path}:2: byte 16 is not UTF-8",
            Assert.Throws<TaskDataException>(() => TaskData.Read(path, s_rte)).Message);
    }

    [Fact]
    public void NoRows_AreRefused()
    {
        using TempFolder folder = new();
        Assert.Contains(
            "is empty", Assert.Throws<TaskDataException>(
                () => TaskData.Read(folder.Write("x.jsonl", ""), s_rte)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "no such file", Assert.Throws<TaskDataException>(
                () => TaskData.Read(folder.PathOf("y.jsonl"), s_rte)).Message, StringComparison.Ordinal);
        Assert.Contains("is a folder",
            Assert.Throws<TaskDataException>(() => TaskData.Read(folder.FullName, s_rte)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void RealData_IsReadWhole()
    {
        Assert.Equal([2490, 277, 3668, 408],
            [.. new[] { "rte", "mrpc" }.SelectMany(name => new[] { "train", "validation" }.Select(
            split => TaskData.Read(SharedFolder.Path($"data/glue/{name}/{split}.jsonl"), BuiltInTasks.Find(name)!)
                .Length))]);
    }
}
