using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Tests.Tasks;

/// <summary>Tasks of one's own without a declaration.</summary>
public sealed class DerivedTaskTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("x.csv", "text,label\n\"a, b\",good\nc,bad\nd,Good\n", "text", "bad, good")]
    [InlineData("x.csv", "\uFEFFid,text,label\r\n1,a,1.0\r\n\r\n2,b,0.0\r\n3,c,10\r\n4,d,1\r\n", "text", "0, 1, 10")]
    [InlineData("x.tsv", "sentence1\tsentence2\tlabel\na\tb\tyes\nc\td\tno \n", "sentence1, sentence2", "no, yes")]
    [InlineData("x.jsonl", "{\"label\": true, \"text\": \"a\"}\n\n{\"label\": false, \"text\": \"b\"}\n", "text",
        "false, true")]
    [InlineData("x.json", "[{\"label\": 1, \"text\": \"a\", \"id\": 7}, {\"label\": 0, \"text\": \"b\", \"id\": 8}]",
        "text", "0, 1")]
    public void FieldsAndLabels_FollowFromTheFile(string name, string content, string fields, string labels)
    {
        string path = _folder.Write(name, content);
        TaskDeclaration task = Settings(path).Declare();
        Assert.Equal("mine", task.Name);
        Assert.Equal(fields, string.Join(", ", task.Fields));
        Assert.Equal(labels, string.Join(", ", task.Labels.Select(static label => label.Value)));
        Assert.All(task.Labels, static label => Assert.Equal(label.Value, label.Word));
        Assert.Equal([TaskMetric.Accuracy, TaskMetric.MacroF1], task.Metrics);
        Assert.NotEmpty(TaskData.Read(path, task));
    }

    [Theory]
    [InlineData("x.csv", "text,labels\na,1\n", "has the columns text, labels, expected one called label")]
    [InlineData("x.csv", "body,label\na,1\nb,0\n",
        "has the columns body, label, expected text, sentence, or sentence1 and sentence2")]
    [InlineData("x.csv", "text,label\na,1\nb,1\n", "has 1 label, expected two or more")]
    [InlineData("x.csv", "text,label\n", "expected text")]
    [InlineData("x.jsonl", "{\"label\": null, \"text\": \"a\"}", "x.jsonl:1: \"label\" is null, expected a label")]
    [InlineData("x.jsonl", "[7]", "is 7, expected an object")]
    [InlineData("x.jsonl", "{\"label\": \"\\ud800\", \"text\": \"a\"}", "x.jsonl: cannot be read")]
    [InlineData("x.parquet", "PAR1", "cannot be read as Parquet")]
    public void WhatNothingFollowsFrom_IsRefused(string name, string content, string message) => Assert.Contains(
        message, Assert.Throws<TaskDataException>(
            () => Settings(_folder.Write(name, content)).Declare()).Message, StringComparison.Ordinal);

    [Fact]
    public void Scores_AreRefused()
    {
        string path = _folder.Write("x.csv",
            $"text,label\n{string.Concat(Enumerable.Range(0, 90).Select(static i => $"a,0.{i + 10}\n"))}");
        string message = Assert.Throws<TaskDataException>(() => Settings(path).Declare()).Message;
        Assert.Equal(
            $"{path}: has more than 64 different labels, expected fewer (scores take a \"declaration\" with a "
                + $"\"scale\"); "
            + "or a \"declaration\" beside the task",
            message);
    }

    [Fact]
    public void OneFile_IsDivided_TheSameForEverySeed()
    {
        string path = _folder.Write("x.csv", "text,label\n"
            + string.Concat(Enumerable.Range(0, 60).Select(static i => $"b a {i},{(i % 2 == 0 ? "a" : "b")}\n")));
        TaskSplits one = Load(path, seed: 1), other = Load(path, seed: 2);
        Assert.Equal((8, 7, 15), (one.Shots.Count, one.Validation.Count, one.Test.Count));
        string[] all = [.. one.Shots.Concat(one.Validation).Concat(one.Test).Select(
            static row => row.Text)];
        Assert.Equal(all.Length, all.Distinct().Count());
        Assert.Equal(one.Test.Select(static row => row.Text).Order(),
            other.Test.Select(static row => row.Text).Order());
        Assert.NotEqual(one.Shots.Select(static row => row.Text),
            other.Shots.Select(static row => row.Text));
        Assert.Equal(
            "the task 'mine' has no declaration: fields text; labels a, b; metrics accuracy, macro_f1; "
            + "of its one file 38 rows are for training, 7 for validation, 15 for testing",
            Assert.Single(one.Remarks));
    }

    [Fact]
    public void Configuration_TakesATrainingFileInPlaceOfADeclaration()
    {
        string path = _folder.Write("c.json",
            """{ "model": "m", "method": "pt", "tasks": [ { "name": "mine", "train": "x.csv" } ] }""");
        TaskSettings settings = Assert.Single(RunConfiguration.Load(path).Tasks);
        Assert.True(settings.IsDerived);
        string bare = _folder.Write("d.json", """{ "model": "m", "method": "pt", "tasks": [ { "name": "mine" } ] }""");
        Assert.Contains(
            "or a \"declaration\", a \"dataset\" or a \"train\" file beside it",
                Assert.Throws<ConfigurationException>(() => RunConfiguration.Load(bare)).Message,
                StringComparison.Ordinal);
    }

    private static TaskSettings Settings(string path) => new("mine") { TrainFile = path };

    private static TaskSplits Load(string path, ulong seed)
    {
        TaskSettings settings = Settings(path) with { Shots = 8 };
        return TaskSplits.Load(settings, settings.Declare(), null, seed);
    }
}
