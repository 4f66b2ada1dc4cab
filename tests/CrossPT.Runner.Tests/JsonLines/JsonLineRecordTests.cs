using System.Text;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tasks.Reading;
using CrossPT.Runner.JsonLines;

namespace CrossPT.Runner.Tests.JsonLines;

public sealed class JsonLineRecordTests
{
    [Theory]
    [InlineData("""{"text":"a"}""", "a", "")]
    [InlineData("""{"id":7,"text":"a","more":{"x":[1,2.50]}}""", "a", """ "id":7,"more":{"x":[1,2.50]}, """)]
    [InlineData("""{ "text" : "tab\té😀\/", "é" : "é" }""", "tab\té😀/", """ "é" : "é", """)]
    [InlineData("""{"ids":[9],"text":"","n":null}""", "", """ "n":null, """)]
    public void Object_IsTakenApart(string line, string text, string others)
    {
        JsonLineRecord record = Parse(line);
        Assert.Equal(text, record.Text);
        Assert.Equal(others.Trim(), Encoding.UTF8.GetString(record.Others));
    }

    [Theory]
    [InlineData("""{"text":"a" """, "not valid JSON")]
    [InlineData("""{"text":"a"} x""", "not valid JSON")]
    [InlineData("""{"text":"a",}""", "not valid JSON")]
    [InlineData("""{"text":7}""", "\"text\" is a number, expected a string")]
    [InlineData("""{"text":null}""", "\"text\" is null, expected a string")]
    [InlineData("""{"text":"a","text":"b"}""", "\"text\" is there twice")]
    [InlineData("""{"Text":"a"}""", "no \"text\"")]
    [InlineData("""{}""", "no \"text\"")]
    [InlineData("""["text"]""", "found a list, expected a JSON object")]
    [InlineData("\"text\"", "found a string, expected a JSON object")]
    [InlineData("""{"text":"\ud800"}""", "half a surrogate pair")]
    [InlineData("""{"text":"\x"}""", "not valid JSON")]
    [InlineData("""{"text":"a""", "not valid JSON")]
    public void BadLine_IsNamed(string line, string problem)
    {
        string message = Assert.Throws<TaskDataException>(() => Parse(line)).Message;
        Assert.StartsWith("in.jsonl:1: ", message);
        Assert.Contains(problem, message);
    }

    [Fact]
    public void DeepNesting_IsRefused() =>
        Assert.Throws<TaskDataException>(() => Parse("""{"text":"a","x":""" + new string('[', 100_000)));

    private static JsonLineRecord Parse(string line)
    {
        LineReader reader = new(new MemoryStream(Encoding.UTF8.GetBytes(line)), "in.jsonl");
        JsonLineRecord record = new("text", "ids", "pieces");
        Assert.True(reader.TryRead(out ReadOnlySpan<byte> bytes));
        record.Parse(bytes, reader);
        return record;
    }
}
