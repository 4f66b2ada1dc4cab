using System.Text.Json;

namespace CrossPT.Runner.Tests.Commands;

/// <summary>A trained run asked about files that came later.</summary>
public sealed class NewRowsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ATable_KeepsItsColumns_AndGetsThePredictions()
    {
        string run = TrainReviews(), output = PathOf("out.csv");
        string input = _folder.Write("new.csv",
            "\ufeffid,text,note\r\n7,\"a, \"\"t\"\" o\",\"two\nlines\"\r\n\r\n008,e n,\"\"\r\n9,a\r\n");
        CliRun predicted = Predict(run, "--input", input, "--output", output);
        Assert.Equal((0, "", $"{input}: skipped 1 blank line\n"), (predicted.Code, predicted.Output, predicted.Error));
        string text = File.ReadAllText(output);
        Assert.StartsWith(
            "id,text,note,prediction,predicted_label,probability\n7,\"a, \"\"t\"\" o\",\"two\nlines\",", text,
            StringComparison.Ordinal);
        string[] lines = text.TrimEnd('\n').Split('\n');
        Assert.Matches("^008,e n,,[ae],[ae],[0-9.]+$", lines[3]);
        Assert.Matches("^9,a,,[ae],[ae],[0-9.]+$", lines[4]);

        // As JSON lines they are the same rows with the same predictions.
        CliRun lined = Predict(run, "--input", input);
        string[] predictions =
            [.. Parse(lined.Output).Select(static row => row.GetProperty("probability").GetRawText())];
        Assert.Equal(predictions, lines[2..].Select(static line => line.Split(',')[^1]));
        Assert.Equal("two\nlines", Parse(lined.Output)[0].GetProperty("note").GetString());
        Assert.Equal("008", Parse(lined.Output)[1].GetProperty("id").GetString());
        Assert.False(Parse(lined.Output)[2].TryGetProperty("note", out _));

        // What was predicted before gives way.
        CliRun again = Predict(run, "--input", output, "--output", PathOf("again.csv"));
        Assert.Equal((0, ""), (again.Code, again.Error));
        Assert.Equal(text, File.ReadAllText(PathOf("again.csv")));
    }

    [Fact]
    public void EveryLayout_GivesTheSame()
    {
        string run = TrainReviews();
        string expected = Scores(Predict(run, "--input", _folder.Write("a.csv", "text,x\na t,1\ne n,2\n")));
        (string Name, string Content)[] files =
        [
            ("b.tsv", "x\ttext\n1\ta t\n2\te n\n"),
            ("c.jsonl", "{\"text\": \"a t\"}\n{\"text\": \"e n\", \"label\": \"e\"}\n"),
            ("d.json", "[{\"text\": \"a t\"},\n {\"text\": \"e n\"}]\n"),
        ];
        foreach ((string name, string content) in files)
            Assert.Equal(expected, Scores(Predict(run, "--input", _folder.Write(name, content))));
        Assert.Equal(
            expected, Scores(Predict(run, "--text", "a t")) + Scores(Predict(run, "--text", "e n")));
        CliRun table = Predict(run, "--input", PathOf("b.tsv"), "--output", PathOf("out.tsv"));
        Assert.Equal((0, ""), (table.Code, table.Error));
        Assert.StartsWith("x\ttext\tprediction\t", File.ReadAllText(PathOf("out.tsv")), StringComparison.Ordinal);
    }

    [Fact]
    public void Parquet_IsPredicted_AndEvaluatedOn()
    {
        string run = TinyRun.Train(_folder);
        string rows = RepositoryFolder.PathOf("tests/fixtures/parquet/rte-snappy.parquet");
        CliRun predicted = CliRun.Of(
            "predict", "--run", run, "--task", "rte", "--input", rows, "--output", PathOf("out.csv"), "--threads", "1");
        Assert.Equal((0, ""), (predicted.Code, predicted.Error));
        Assert.StartsWith(
            "sentence1,sentence2,label,idx,prediction,predicted_label,probability\nHerceptin ",
            File.ReadAllText(PathOf("out.csv")), StringComparison.Ordinal);
        CliRun evaluated = CliRun.Of(
            "evaluate", "--run", run, "--task", "rte", "--input", rows, "--threads", "1", "--json");
        Assert.Equal((0, ""), (evaluated.Code, evaluated.Error));
        Assert.Equal(3, evaluated.Json.GetProperty("tasks").GetProperty("rte").GetProperty("examples").GetInt32());
        Assert.Equal(rows, evaluated.Json.GetProperty("input").GetString());
    }

    [Fact]
    public void Pairs_TakeATextForEachField()
    {
        string run = TinyRun.Train(_folder);
        CliRun one = CliRun.Of(
            "predict", "--run", run, "--task", "rte", "--text", "a tea", "--text", "a", "--threads", "1");
        Assert.Equal((0, ""), (one.Code, one.Error));
        Assert.StartsWith(
            "{\"sentence1\":\"a tea\",\"sentence2\":\"a\",\"prediction\":", one.Output, StringComparison.Ordinal);
        CliRun.Of("predict", "--run", run, "--task", "rte", "--text", "a", "--threads", "1").AssertBadInput(
            "--text: found 1, expected one for each field of the task 'rte', in this order: sentence1, sentence2");
        CliRun.Of("predict", "--run", run, "--text", "a", "--threads", "1").AssertBadInput(
            "--task: the run has 2 tasks, expected one of rte, mrpc");
        CliRun.Of("evaluate", "--run", run, "--input", PathOf("data.jsonl"), "--threads", "1").AssertBadInput(
            "--task: the run has 2 tasks, expected one of rte, mrpc");
    }

    [Fact]
    public void ANewFile_IsEvaluatedOn_WithAllItsRows()
    {
        string run = TrainReviews();
        string input = _folder.Write(
            "new.csv", "label,text\n" + string.Concat(Enumerable.Range(0, 9).Select(static i => $"a,t {i}\n")));
        CliRun evaluated = CliRun.Of("evaluate", "--run", run, "--input", input, "--threads", "1");
        Assert.Equal((0, ""), (evaluated.Code, evaluated.Error));
        Assert.Matches("reviews +accuracy +[0-9.]+ +100.0 +9\n", evaluated.Output);
        CliRun.Of("evaluate", "--run", run, "--input", input, "--split", "test").AssertBadInput(
            "--input and --split, expected one of them");
        CliRun.Of("evaluate", "--run", run, "--input", _folder.Write("bad.csv", "label,text\na,t\nzz,t\n"),
            "--threads", "1").AssertBadInput("bad.csv:3:", "\"zz\"", "expected a label of the task 'reviews': a, e");
        CliRun.Of("evaluate", "--run", run, "--input", _folder.Write("bare.csv", "text\na\n"), "--threads", "1")
            .AssertBadInput("bare.csv:1: no column \"label\", only text");
    }

    [Fact]
    public void Scores_HaveErrorsInTheirOwnUnit()
    {
        TinyRun.WriteConfiguration(_folder, "pt");
        string tokenizer = Path.Combine("model", "tokenizer.json");
        _folder.Write(tokenizer, TinyRun.Tokenizer.Replace(
            "[\"v\", -3]", """["v", -3], ["0", -3], ["2", -3], ["5", -3], [".", -3]""", StringComparison.Ordinal));
        _folder.Write("task.json", """
            { "name": "grade", "fields": ["text"], "label": "score",
              "scale": { "minimum": 0, "maximum": 5, "step": 2.5 } }
            """);
        string rows = "text,score\n" + string.Concat(Enumerable.Range(0, 24).Select(
            static i => $"{(i % 2 == 0 ? "a t" : "e n")},{(i % 2 == 0 ? "0.5" : "4.25")}\n"));
        _folder.Write("grades.csv", rows);
        string config = _folder.Write("grade.json", """
            { "model": "model", "method": "pt", "prompt": { "length": 3 }, "training": { "steps": 3, "batch": 4 },
              "tasks": [ { "name": "grade", "declaration": "task.json", "train": "grades.csv",
                "validation": "grades.csv", "shots": 8 } ] }
            """);
        CliRun trained = CliRun.Of("train", config, "--out", PathOf("run"), "--threads", "1", "--quiet");
        Assert.True(trained.Code == 0, trained.Error);
        CliRun evaluated = CliRun.Of(
            "evaluate", "--run", PathOf("run"), "--input", PathOf("grades.csv"), "--threads", "1", "--json");
        JsonElement scores = evaluated.Json.GetProperty("tasks").GetProperty("grade");
        Assert.Equal(1.875, scores.GetProperty("majority").GetProperty("rmse").GetDouble(), 12);
        Assert.InRange(scores.GetProperty("rmse").GetDouble(), 0.5, 4.75);
        string shown = CliRun.Of("evaluate", "--run", PathOf("run"), "--input", PathOf("grades.csv"), "--threads", "1")
            .Output;
        Assert.Matches(@"constant\s+answer|constant answer", shown);
        Assert.Matches(@"grade +pearson +-?[0-9.]+ +0.0 +24\n(.*\n)* +rmse +[0-4](\.[0-9]+)? +1\.88\n", shown);
        CliRun predicted = Predict(PathOf("run"), "--text", "a t");
        string? word = Parse(predicted.Output)[0].GetProperty("prediction").GetString();
        Assert.Contains(word, (string[])["0.0", "2.5", "5.0"]);
    }

    [Fact]
    public void WhatCannotBePredicted_IsOneLine()
    {
        string run = TrainReviews();
        string input = _folder.Write("new.csv", "body,id\na,1\n");
        Refused("new.csv:2: no column \"text\", only body, id", "--input", input);
        Refused("none.csv: no such file", "--input", PathOf("none.csv"));
        Refused("--text and --input, expected one of them", "--input", input, "--text", "a");
        Refused("is the input, expected another file", "--input", input, "--output", input);
        Assert.Equal("body,id\na,1\n", File.ReadAllText(input));
        Refused("long.csv:2: found 3 columns, expected 1", "--input", _folder.Write("long.csv", "text\na,b,c\n"));
        Refused(
            "more.jsonl:2: \"x\" is not in the first row",
            "--input", _folder.Write("more.jsonl", "{\"text\":\"a\"}\n{\"text\":\"a\",\"x\":1}\n"),
            "--output", PathOf("out.csv"));
        Refused(
            "tab.jsonl:1: has a tab or a line break in it",
            "--input", _folder.Write("tab.jsonl", "{\"text\":\"a\\tt\"}\n"), "--output", PathOf("out.tsv"));

        void Refused(string words, params string[] options) => Predict(run, options).AssertBadInput(words);
    }

    private static CliRun Predict(string run, params string[] options) =>
        CliRun.Of(["predict", "--run", run, "--threads", "1", .. options]);

    private static string Scores(CliRun run)
    {
        Assert.True(run.Code == 0, run.Error);
        return string.Concat(Parse(run.Output).Select(static row => row.GetProperty("scores").GetRawText() + "\n"));
    }

    private static JsonElement[] Parse(string lines) =>
        [.. lines.TrimEnd().Split('\n').Select(static line => JsonDocument.Parse(line).RootElement)];

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private string TrainReviews()
    {
        TinyRun.WriteConfiguration(_folder, "pt");
        _folder.Write("reviews.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 40).Select(
            static i => $"{(i % 2 == 0 ? "a t" : "e n")} {i},{(i % 2 == 0 ? "a" : "e")}\n")));
        string config = _folder.Write("own.json", """
            { "model": "model", "method": "pt", "tasks": [ { "name": "reviews", "train": "reviews.csv", "shots": 8 } ],
              "prompt": { "length": 3 }, "training": { "steps": 3, "batch": 4 } }
            """);
        CliRun trained = CliRun.Of("train", config, "--out", PathOf("run"), "--threads", "1", "--quiet");
        Assert.True(trained.Code == 0, trained.Error);
        return PathOf("run");
    }
}
