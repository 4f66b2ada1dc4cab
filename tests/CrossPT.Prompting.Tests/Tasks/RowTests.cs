using System.Text.Json;
using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Tests.Tasks;

public sealed class RowTests
{
    [Theory]
    [InlineData("rte", """{"sentence2": "b", "sentence1": "a", "label": 1}""", "sentence1: a sentence2: b")]
    [InlineData("wsc", """{"text": "# It # is a * test *."}""", "text: # It # is a * test *.")]
    [InlineData("wsc", """
        {"text": "It is a test", "span1_text": "test", "span1_index": 3, "span2_text": "It", "span2_index": 0}
        """, "text: # It # is a * test *")]
    [InlineData("wsc", """
        {"text": "It is", "target": {"span1_text": "is", "span1_index": 1, "span2_text": "It", "span2_index": 0}}
        """, "text: # It # * is *")]
    [InlineData(
        "multirc", """{"paragraph": "<b>P</b><br>", "question": "Q", "answer": "A"}""",
        "question: Q answer: A paragraph: P ")]
    [InlineData(
        "record", """{"passage": "P\n@highlight\nR", "query": "Q", "entities": ["X", "Y", "X"]}""",
        "query: Q entities: X, Y passage: P. R")]
    public void Row_NeedsNoAnswer(string name, string json, string text)
    {
        TaskDeclaration task = BuiltInTasks.Find(name)!;
        Row row = Read(task, json);
        Assert.Equal(text, task.Format(row.Fields));
        Assert.Equal(name == "record" ? ["X", "Y"] : null, row.Candidates);
    }

    [Theory]
    [InlineData("rte", """{"sentence1": "a"}""", "no field \"sentence2\", expected sentence1, sentence2")]
    [InlineData("rte", """{"sentence1": "a", "sentence2": null}""", "\"sentence2\" is null, expected a string")]
    [InlineData("rte", "[]", "found a list, expected a JSON object")]
    [InlineData("wsc", """{"text": "a b", "span1_text": "a", "span1_index": 0}""", "no field \"span2_index\"")]
    [InlineData(
        "record", """{"passage": "P", "query": "Q", "entities": []}""",
        "\"entities\" is a list, expected one candidate or more")]
    [InlineData("record", """{"passage": "P", "query": "Q"}""", "no field \"entities\"")]
    [InlineData(
        "record", """{"passage": {"text": "P"}, "query": "Q", "entities": ["X"]}""",
        "\"passage\" is an object, expected a string")]
    public void WrongRow_IsRefused_WithItsPlace(string name, string json, string problem)
    {
        TaskDataException error = Assert.Throws<TaskDataException>(() => Read(BuiltInTasks.Find(name)!, json));
        Assert.Equal(($"in.jsonl:3: {problem}", problem), (error.Message, error.Problem));
    }

    private static Row Read(TaskDeclaration task, string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return Row.Read(task, document.RootElement, "in.jsonl", 3);
    }
}
