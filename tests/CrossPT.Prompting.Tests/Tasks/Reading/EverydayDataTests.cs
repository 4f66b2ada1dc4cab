using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tests.Kit;

namespace CrossPT.Prompting.Tests.Tasks.Reading;

/// <summary>Data as people have it.</summary>
public sealed class EverydayDataTests
{
    private static readonly TaskDeclaration s_mood = Declare("""{ "0": "sad", "1": "glad" }""");

    // microsoft/graphrag #2424
    [Theory]
    [InlineData("x.jsonl", "\n{\"text\": \"a\", \"label\": 1}\n\n{\"text\": \"b\", \"label\": 0}\n \n", 3)]
    [InlineData("x.tsv", "\ntext\tlabel\n\na\t1\n  \nb\t0\n\n", 4)]
    [InlineData("x.csv", "text,label\r\n\r\na,1\r\nb,0\r\n\r\n", 2)]
    [InlineData("x.csv", "text,label\n\"a\",1\n\"b\",0\n", 0)]
    public void BlankLines_AreSkipped_AndCounted(string name, string content, int blank)
    {
        using TempFolder folder = new();
        TaskRows rows = TaskData.Read(TaskLocation.Of(folder.Write(name, content)), s_mood);
        Assert.Equal([new Example("a", 1), new Example("b", 0)], rows.Examples);
        Assert.Equal(blank, rows.BlankLines);
    }

    [Theory]
    [InlineData("x.jsonl")]
    [InlineData("x.csv")]
    [InlineData("x.tsv")]
    [InlineData("x.parquet")]
    public void WhatLiesInAFilesPlace_IsSaid(string name)
    {
        using TempFolder folder = new();
        string path = folder.Write(name, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1234\n");
        Assert.StartsWith(
            $"{path}: is a git-lfs pointer, not the file itself of 1,234 bytes",
            Assert.Throws<TaskDataException>(() => TaskData.Read(path, s_mood)).Message, StringComparison.Ordinal);
        path = folder.Write(name, "<!DOCTYPE html><html><title>Sign in</title></html>");
        Assert.Contains(
            "is an HTML page", Assert.Throws<TaskDataException>(() => TaskData.Read(path, s_mood)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void BlankLines_WithinACell_AreText()
    {
        using TempFolder folder = new();
        TaskRows rows = TaskData.Read(TaskLocation.Of(folder.Write("x.csv", "text,label\n\"a\n\nb\",1\n")), s_mood);
        Assert.Equal(("a\n\nb", 0), (Assert.Single(rows.Examples).Text, rows.BlankLines));
    }

    [Theory]
    [InlineData("[{\"text\": \"a\", \"label\": 1}, {\"text\": \"b\", \"label\": 0}]")]
    [InlineData(
        "\uFEFF\r\n [\r\n  {\r\n    \"text\": \"a\",\r\n    \"label\": 1\r\n  },\r\n  { \"text\": \"b\", \"label\": 0 "
            + "}\r\n]\r\n\r\n")]
    public void AListOfObjects_IsRead(string content)
    {
        using TempFolder folder = new();
        Assert.Equal([new Example("a", 1), new Example("b", 0)],
            TaskData.Read(folder.Write("x.json", content), s_mood));
    }

    [Fact]
    public void AListOfManyObjects_IsReadPieceByPiece()
    {
        using TempFolder folder = new();
        string[] texts = [.. Enumerable.Range(0, 500).Select(
            static i => new string((char)('a' + (i % 26)), (i * 37) % 3000))];
        string path = folder.Write("x.json",
            $"[{string.Join(",\n", texts.Select(static text => $$"""{"text": "{{text}}", "label": 1}"""))}]");
        Assert.Equal(texts, TaskData.Read(path, s_mood).Select(static row => row.Text));
    }

    [Theory]
    [InlineData("[\n{\"text\": \"a\", \"label\": 1},\n7]", "x.json:3: found 7, expected a JSON object")]
    [InlineData("[\n{\"text\": \"a\", \"label\": 1},\n\n{\"text\": \"a\", \"label\": 2}]",
        "x.json:4: \"label\" is 2, expected a label of the task 'mood': 0, 1")]
    [InlineData("[\n{\"text\": \"a\",\n \"label\": 1,}]",
        "x.json:3: byte 13: not valid JSON, expected a list of objects")]
    [InlineData("[\n{\"text\": \"a\", \"label\": 1}", "not valid JSON, expected a list of objects")]
    [InlineData("[\n{\"text\": \"a\", \"label\": 1}]\n{}",
        "x.json:3: byte 1: not valid JSON, expected a list of objects")]
    [InlineData("[]", "x.json: is empty, expected one JSON object a line")]
    public void AWrongList_IsRefused_WithItsLine(string content, string message)
    {
        using TempFolder folder = new();
        string path = folder.Write("x.json", content);
        Assert.EndsWith(message, Assert.Throws<TaskDataException>(() => TaskData.Read(path, s_mood)).Message,
            StringComparison.Ordinal);
    }

    // pandas #17615, THUDM/slime #538
    [Theory]
    [InlineData("1", 1)]
    [InlineData("1.0", 1)]
    [InlineData("\"1\"", 1)]
    [InlineData("\"1 \"", 1)]
    [InlineData("\" 1.0\"", 1)]
    [InlineData("1e0", 1)]
    [InlineData("true", 1)]
    [InlineData("\"True\"", 1)]
    [InlineData("false", 0)]
    [InlineData("-0.0", 0)]
    [InlineData("1.5", -1)]
    [InlineData("2", -1)]
    [InlineData("-1", -1)]
    [InlineData("\"\"", -1)]
    [InlineData("\"NaN\"", -1)]
    [InlineData("1e300", -1)]
    public void Labels_AreReadAsTheyAreWritten(string label, int place)
    {
        using TempFolder folder = new();
        string path = folder.Write("x.jsonl", $$"""{"text": "a", "label": {{label}}}""");
        if (place >= 0) Assert.Equal(place, Assert.Single(TaskData.Read(path, s_mood)).Label);
        else Assert.Contains("expected a label of the task 'mood': 0, 1",
            Assert.Throws<TaskDataException>(() => TaskData.Read(path, s_mood)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Neutral", 1)]
    [InlineData(" NEUTRAL\t", 1)]
    [InlineData("entailment", 0)]
    [InlineData("ENTAILMENT", 0)]
    [InlineData("yes", 2)]
    [InlineData("Yes", 3)]
    // Two labels differ by case alone.
    [InlineData("YES", -1)]
    [InlineData("neutra", -1)]
    public void Names_InAnotherCase_AreReadWhereUnambiguous(string label, int place) => Assert.Equal(
        place, Declare("""{ "entailment": "a", "neutral": "b", "yes": "c", "Yes": "d" }""").IndexOf(label));

    [Theory]
    [InlineData("""{ "false": "a", "true": "b" }""", "1", 1)]
    [InlineData("""{ "false": "a", "true": "b" }""", "0.0", 0)]
    [InlineData("""{ "no": "a", "yes": "b" }""", "1", -1)]
    [InlineData("""{ "1": "a", "2": "b" }""", "true", -1)]
    [InlineData("""{ "0": "a", "1": "b", "true": "c" }""", "true", 2)]
    [InlineData("""{ "0": "a", "1": "b", "true": "c" }""", "false", -1)]
    public void TruthValues_AreThoseOfTwoLabels(string labels, string label, int place) =>
        Assert.Equal(place, Declare(labels).IndexOf(label));

    [Theory]
    [InlineData("2.0", 1)]
    [InlineData("1 ", 0)]
    [InlineData("true", -1)]
    public void AFilesOwnNumbers_KeepTheirMeaning(string label, int place)
    {
        using TempFolder folder = new();
        folder.Write("yelp_review_polarity_csv/train.csv", $"\"{label}\",\"a\"\n");
        TaskDeclaration yelp = BuiltInTasks.Find("yelp")!;
        TaskLocation location = TaskData.Find(yelp.Train, folder.FullName)!;
        if (place >= 0) Assert.Equal(place, Assert.Single(TaskData.Read(location, yelp).Examples).Label);
        else Assert.Throws<TaskDataException>(() => TaskData.Read(location, yelp));
    }

    private static TaskDeclaration Declare(string labels) => TaskDeclaration.Read(ConfigReader.Read(
        System.Text.Encoding.UTF8.GetBytes(
            $$"""{ "name": "mood", "fields": ["text"], "template": "{text}", "labels": {{labels}} }"""), "mood", ""));
}
