using System.Text;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Tests.Tasks;

/// <summary>One file divided by shares, as a configuration or a declaration says.</summary>
public sealed class SplitSharesTests : IDisposable
{
    private static readonly SplitShares s_tenths = new(0.1, 0.1, 1);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Shares_AreOfEveryLabel()
    {
        Example[] rows = Rows(200, static i => i % 10 == 0 ? 0 : 1);
        (Example[] train, Example[] validation, Example[] test) = Divide(s_tenths, rows);
        Assert.Equal((160, 20, 20), (train.Length, validation.Length, test.Length));
        Assert.Equal((16, 2, 2), (Rare(train), Rare(validation), Rare(test)));
        Assert.Equal(rows.Select(static row => row.Text).Order(),
            train.Concat(validation).Concat(test).Select(static row => row.Text).Order());

        static int Rare(Example[] part) => part.Count(static row => row.Label == 0);
    }

    [Fact]
    public void Rows_AreThoseOfTheSeed_WhateverTheTaskIsCalled()
    {
        Example[] rows = Rows(100, static i => i % 2);
        string first = Texts(Divide(s_tenths, rows).Test);
        Assert.Equal(first, Texts(Divide(s_tenths, rows, BuiltInTasks.Find("rte")!.WithName("other")).Test));
        Assert.NotEqual(first, Texts(Divide(s_tenths with { Seed = 2 }, rows).Test));
    }

    [Fact]
    public void ATextThatIsThereTwice_StaysOnOneSide_AndSoDoesAQuestion()
    {
        // Each text three times, once in other letters and spaces; every tenth text shares a question with the next.
        Example[] rows =
        [
            .. Enumerable.Range(0, 300).Select(static i => new Example(
                i % 3 == 0 ? $"Text  {i / 3} " : $"text {i / 3}", i / 3 % 2)
            {
                Group = i / 30 < 3 ? $"q{i / 30}" : null,
            }),
        ];
        (Example[] train, Example[] validation, Example[] test) = Divide(s_tenths, rows);
        Example[][] parts = [train, validation, test];
        Assert.All(parts, static part => Assert.NotEmpty(part));
        Assert.Equal(300, parts.Sum(static part => part.Length));
        AssertApart(static row => SplitShares.KeyOf(row.Text));
        AssertApart(static row => row.Group ?? row.Text);

        void AssertApart(Func<Example, string> key) => Assert.Equal(
            rows.Select(key).Distinct().Count(), parts.Sum(part => part.Select(key).Distinct().Count()));
    }

    [Fact]
    public void EveryLabel_HasARowToTrainOn()
    {
        Example[] rows = Rows(40, static i => i == 7 ? 0 : 1);
        Assert.Contains(Divide(s_tenths, rows).Train, static row => row.Label == 0);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void TooFewTexts_AreRefused(int count) => Assert.Contains(
        $"has {count} rows of {count} different texts, expected more",
        Assert.Throws<ArgumentException>(() => Divide(s_tenths, Rows(count, static i => i % 2))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void OneTextOverAndOver_IsRefused() => Assert.Contains(
        "90 rows of 1 different texts",
        Assert.Throws<ArgumentException>(
            () => Divide(s_tenths, [.. Enumerable.Repeat(new Example("same", 0), 90)])).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("""{ "validation": 0.1, "test": 0.2 }""", 0.1, 0.2, 1)]
    [InlineData("""{ "validation": 0.05, "test": 0.05, "seed": 7 }""", 0.05, 0.05, 7)]
    public void Shares_AreRead_AndWritten(string json, double validation, double test, long seed)
    {
        DataSplit split = Read(json).Splits!;
        Assert.Equal((SplitRule.Files, new SplitShares(validation, test, seed)), (split.Rule, split.Shares));
        Assert.Equal(split, DataSplit.Read(split.Write()));
    }

    [Theory]
    [InlineData("""{ "validation": 0.1 }""", "no \"test\", expected a share of the rows")]
    [InlineData("""{ "validation": 0.6, "test": 0.4 }""", "less than 1 together")]
    [InlineData("""{ "validation": 0, "test": 0.4 }""", "found 0, expected a number from 0.0001 to 0.9")]
    [InlineData("""{ "validation": 0.1, "test": 0.1, "train": 0.8 }""", "unknown key")]
    [InlineData("""{ "validation": 0.1, "test": 0.1, "seed": -1 }""", "found -1")]
    [InlineData("[80, 10, 10]", "found a list of 3, expected \"halves\"")]
    [InlineData("\"thirds\"", "expected one of halves, heldOut, files")]
    [InlineData("""{ "validation": 0.1, "test": 0.1 }, "test": "t.csv" """, "none beside \"splits\"")]
    [InlineData("""{ "validation": 0.1, "test": 0.1 }, "validation": "t.csv" """, "none beside \"splits\"")]
    public void OtherSplits_AreRefused(string json, string message) => Assert.Contains(
        message, Assert.Throws<ConfigurationException>(() => Read(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void ADeclarationInTheConfiguration_IsTheTask()
    {
        string path = _folder.Write("c.json", """
            { "model": "m", "method": "pt", "tasks": [ { "name": "mine", "train": "x.csv", "shots": "all",
                "declaration": { "fields": ["Titel", "2"], "label": "größe", "labels": { "0": "a", "1": "b" },
                "dropLabels": [""], "splits": { "validation": 0.1, "test": 0.2, "seed": 3 } } } ] }
            """);
        _folder.Write("x.csv", "Titel, 2,größe\n" + string.Concat(
            Enumerable.Range(0, 40).Select(static i => $"a {i},b,{(i == 5 ? "" : $"{i % 2}.0")}\n")));
        RunConfiguration configuration = RunConfiguration.Load(path);
        TaskSettings settings = Assert.Single(configuration.Tasks);
        TaskDeclaration task = settings.Declare();
        Assert.Equal(("mine", "Titel: {Titel} 2: {2}"), (task.Name, task.Template));
        TaskSplits splits = Load(settings);
        Assert.Equal((29, 3, 7), (splits.Shots.Count, splits.Validation.Count, splits.Test.Count));
        Assert.Contains(splits.Remarks, static remark => remark.EndsWith("left out 1 row without a label",
            StringComparison.Ordinal));
        Assert.Contains(splits.Shots, static row => row.Text == "Titel: a 1 2: b");
        // As a run keeps it.
        TaskSettings kept = RunConfiguration.Read(configuration.ToValue(), "again").Tasks[0];
        Assert.Equal(task.Labels, kept.Declare().Labels);
        Assert.Equal(new SplitShares(0.1, 0.2, 3), kept.Shares);
    }

    [Theory]
    [InlineData("""{ "fields": ["text"] }""", "no \"labels\"")]
    [InlineData("""{ "name": "x", "fields": ["text"], "labels": { "0": "a", "1": "b" } }""", "declaration.name")]
    [InlineData("7", "expected a file, or a section that declares the task")]
    [InlineData(
        """{ "fields": ["text"], "labels": { "0": "a", "1": "b" }, "splits": { "validation": 0.1, "test": 0.1 }, """
        + """ "files": { "test": "t.csv" } }""", "none beside \"splits\"")]
    public void AnotherDeclaration_IsRefused(string json, string message)
    {
        string path = _folder.Write("c.json", $$"""
            { "model": "m", "method": "pt", "tasks": [ { "name": "mine", "train": "x.csv", "declaration": {{json}} } ] }
            """);
        string found = Assert.Throws<ConfigurationException>(() => RunConfiguration.Load(path)).Message;
        Assert.Contains(message, found, StringComparison.Ordinal);
        Assert.Contains("c.json:1:", found, StringComparison.Ordinal);
    }

    [Fact]
    public void AColumnThatIsThereTwice_IsRefused()
    {
        string path = _folder.Write("x.csv", "text,label,text\na,0,b\n");
        Assert.Equal($"{path}:1: has the column \"text\" twice, expected once",
            Assert.Throws<TaskDataException>(() => TaskData.Read(path, Declared())).Message);
    }

    [Theory]
    [InlineData("x.csv", "text,label\na,0\nb,\nc,1\n")]
    [InlineData(
        "x.jsonl",
        "{\"text\":\"a\",\"label\":0}\n{\"text\":\"b\",\"label\":null}\n{\"text\":\"c\",\"label\":1}")]
    [InlineData("x.json", "[{\"text\":\"a\",\"label\":0},{\"text\":\"b\"},{\"text\":\"c\",\"label\":\"1\"}]")]
    public void RowsWithoutALabel_AreLeftOut_WhereTheTaskSaysSo(string name, string content)
    {
        string path = _folder.Write(name, content);
        TaskRows rows = TaskData.Read(TaskLocation.Of(path), Declared() with { DroppedLabels = [""] });
        Assert.Equal((2, 1), (rows.Examples.Count, rows.DroppedLabels));
        Assert.Throws<TaskDataException>(() => TaskData.Read(path, Declared()));
    }

    // A declaration that halves its validation file, as the built-in ones do: that rule is not for files that the
    // configuration names.
    [Fact]
    public void ATestFile_IsRead_AndRefusedWhereTheSplitsDoNotReadIt()
    {
        string rows = string.Concat(
            Enumerable.Range(0, 8).Select(static i => $"{{\"text\":\"a {i}\",\"label\":{i % 2}}}\n"));
        _folder.Write("train.jsonl", rows);
        _folder.Write("dev.jsonl", rows.Replace("a ", "b ", StringComparison.Ordinal));
        _folder.Write("test.jsonl", rows.Replace("a ", "a b ", StringComparison.Ordinal));
        Assert.Equal(8, Load(Settings("")).Test.Count(static row => row.Text.StartsWith("a b ")));
        Assert.Contains(
            "has a test file, which the splits \"halves\" do not read",
            Assert.Throws<ArgumentException>(() => Load(Settings(", \"splits\": \"halves\""))).Message,
            StringComparison.Ordinal);

        TaskSettings Settings(string splits) => TaskSettings.Read(ConfigReader.Read(
            Encoding.UTF8.GetBytes($$"""
                { "name": "mine", "shots": 4, "train": "train.jsonl", "validation": "dev.jsonl",
                  "test": "test.jsonl", "declaration": { "fields": ["text"], "template": "{text}",
                    "labels": { "0": "a", "1": "b" }, "splits": "halves" }{{splits}} }
                """), "c.json", _folder.FullName));
    }

    private static TaskDeclaration Declared() => new("x", ["text"], "{text}")
    {
        Labels = [new TaskLabel("0", "a"), new TaskLabel("1", "b")],
    };

    private static (Example[] Train, Example[] Validation, Example[] Test) Divide(
        SplitShares shares, Example[] rows, TaskDeclaration? task = null) =>
        shares.Divide(task ?? BuiltInTasks.Find("rte")!, rows);

    private static string Texts(Example[] rows) => string.Join('\n', rows.Select(static row => row.Text));

    private static Example[] Rows(int count, Func<int, int> label) =>
        [.. Enumerable.Range(0, count).Select(i => new Example($"row {i}", label(i)))];

    private TaskSettings Read(string splits) => TaskSettings.Read(ConfigReader.Read(
        Encoding.UTF8.GetBytes($$"""{ "name": "mine", "train": "x.csv", "splits": {{splits}} }"""), "c.json",
        _folder.FullName));

    private static TaskSplits Load(TaskSettings settings) =>
        TaskSplits.Load(settings, settings.Declare(), null, seed: 1);
}
