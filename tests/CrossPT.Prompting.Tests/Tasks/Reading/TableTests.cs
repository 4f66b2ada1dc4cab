using System.Text;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tests.Kit;

namespace CrossPT.Prompting.Tests.Tasks.Reading;

public sealed class TableTests
{
    private static readonly TaskDeclaration s_mood = TaskDeclaration.Read(ConfigReader.Read(
        """{ "name": "mood", "fields": ["text"], "template": "{text}", "labels": { "0": "sad", "1": "glad" } }"""u8,
            "mood", ""));

    [Theory]
    [InlineData("x.tsv", "text\tlabel\na \"b\t1\n", "a \"b")]
    [InlineData("x.tsv", "\uFEFFlabel\textra\ttext\r\n1\t\ta\r\n", "a")]
    [InlineData("x.csv", "label,text\n1,\"a, \"\"b\"\"\nc\"\n", "a, \"b\"\nc")]
    [InlineData("x.csv", "label,text\r\n1,a \"b\r\n", "a \"b")]
    [InlineData("x.csv", "label,text\n1,\"\"", "")]
    [InlineData("x.csv", "\uFEFFlabel,text\r\n1,\"a\r\nb\"\r\n", "a\nb")]
    [InlineData("x.csv", "label,text\n1,a \"b\"", "a \"b\"")]
    [InlineData("x.tsv", "\"text\"\tlabel\ttext\n\"b\t1\t\"a\"\n", "\"a\"")]
    public void OwnTables_NameTheirColumns(string name, string content, string text)
    {
        using TempFolder folder = new();
        Assert.Equal([new Example(text, 1)], TaskData.Read(folder.Write(name, content), s_mood));
    }

    [Theory]
    [InlineData("x.tsv", "text\tlabel\na\t1\na\n", "x.tsv:3: found 1 column, expected 2 or more")]
    [InlineData("x.tsv", "text\tlabels\na\t1\n", "x.tsv:1: no column \"label\", only text, labels")]
    [InlineData("x.tsv", "text\tlabel\na\tgood\n",
        "x.tsv:2: \"label\" is \"good\", expected a label of the task 'mood': 0, 1")]
    [InlineData("x.tsv", "text\tlabel\n", "x.tsv: is empty, expected a row a line")]
    [InlineData("x.tsv", "", "x.tsv: is empty, expected a row a line")]
    [InlineData("x.csv", "text,label\n\"a\nb,1\n", "x.csv:2: a quotation mark is not closed, expected another")]
    [InlineData("x.csv", "text,label\n\"a\"b,1\n",
        "x.csv:2: found text behind a closing quotation mark, expected a comma")]
    [InlineData("x.csv", "text,label\na \"b,\"c\"d\n",
        "x.csv:2: found text behind a closing quotation mark, expected a comma")]
    [InlineData("x.csv", "text,label\na \"b,\"c\nd,1\n", "x.csv:2: a quotation mark is not closed, expected another")]
    public void WrongTables_AreRefused(string name, string content, string message)
    {
        using TempFolder folder = new();
        string path = folder.Write(name, content);
        Assert.EndsWith(message, Assert.Throws<TaskDataException>(() => TaskData.Read(path, s_mood)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void NotUtf8_IsRefused_WithItsLine()
    {
        using TempFolder folder = new();
        string path = folder.PathOf("x.tsv");
        File.WriteAllBytes(path, [.. "text\tlabel\n"u8, 0xC3, 0x28, .. "\t1\n"u8]);
        Assert.Equal($"{path}:2: byte 1 is not UTF-8",
            Assert.Throws<TaskDataException>(() => TaskData.Read(path, s_mood)).Message);
    }

    [Fact]
    public void LinesLongerThanAReadingAtATime_AreWhole()
    {
        using TempFolder folder = new();
        string[] texts = [.. Enumerable.Range(0, 9).Select(static i => new string((char)('a' + i), 40_000 * i + 1))];
        string path = folder.Write("x.tsv", "text\tlabel\n"
            + string.Concat(texts.Select(static text => $"{text}\t1\n")));
        Assert.Equal(texts, TaskData.Read(path, s_mood).Select(static row => row.Text));
    }

    [Theory]
    [InlineData("x.jsonl", "")]
    [InlineData("x.json", "[ ")]
    [InlineData("x.json", "[ \"")]
    [InlineData("x.tsv", "")]
    [InlineData("x.csv", "")]
    [InlineData("x.csv", "\"\n")]
    public void ALineWithoutEnd_IsRefused_BeforeItFillsTheMemory(string name, string start)
    {
        using TempFolder folder = new();
        string path = folder.PathOf(name);
        using (FileStream file = new(path, FileMode.Create))
        {
            file.Write(Encoding.UTF8.GetBytes(start));
            byte[] letters = new byte[1 << 20];
            letters.AsSpan().Fill((byte)(start == "[ " ? ' ' : 'a'));
            for (int i = 0; i < 100; i++) file.Write(letters);
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("longer than 16 MB",
            Assert.Throws<TaskDataException>(() => TaskData.Read(path, s_mood)).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 256 << 20);
    }

    [Fact]
    public void TasksOfCandidates_AreReadFromJsonAlone()
    {
        using TempFolder folder = new();
        string path = folder.Write("x.tsv", "a\tb\n");
        string message = Assert.Throws<TaskDataException>(
            () => TaskData.Read(path, BuiltInTasks.Find("record")!)).Message;
        Assert.Contains("expected one: rows of the task 'record'", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5.5")]
    [InlineData("-0.1")]
    [InlineData("NaN")]
    [InlineData("1e999")]
    [InlineData("good")]
    public void ScoresOutsideTheScale_AreRefused(string score)
    {
        using TempFolder folder = new();
        string path = folder.Write("x.jsonl", $$"""{"sentence1": "a", "sentence2": "b", "label": "{{score}}"}""");
        Assert.Equal(
            $"{path}:1: \"label\" is \"{score}\", expected a score from 0 to 5",
            Assert.Throws<TaskDataException>(() => TaskData.Read(path, BuiltInTasks.Find("stsb")!)).Message);
    }
}
