using System.Globalization;
using System.Text.Json;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Tasks;
using Parquet.Serialization;

namespace CrossPT.Runner.Tests.Commands;

/// <summary>Rows of one's own as people have them, and what <c>new --data</c> makes of them.</summary>
public sealed class NewDataTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string, string> Layouts
    {
        get
        {
            string[] texts = [.. Enumerable.Range(0, 40).Select(static i => $"a tea and note {i}")];
            string Lines(Func<int, string> row) => string.Concat(Enumerable.Range(0, 40).Select(row));
            string objects = Lines(
                i => $$"""{"id": {{i}}, "body": "{{texts[i]}}", "stars": "{{Word(i)}}"}""" + "\n");
            string list = string.Join(
                ",\n", texts.Select((text, i) => $$"""{"größe": "{{text}}", "label": "{{Word(i)}}"}"""));
            string dated = "what they wrote , Klasse,when\n" + Lines(i => $"{texts[i]},{Word(i)},2025-01-{i:00}\n");
            return new()
            {
                { "reviews.csv", "id,text,label\n" + Lines(i => $"{i},\"{texts[i]}, yes\",{Word(i)}\n"), "text" },
                { "reviews.tsv", "Label\tReview\n" + Lines(i => $"{Word(i)}\t{texts[i]}\n"), "Review" },
                { "reviews.jsonl", objects, "body" },
                { "reviews.json", $"[{list}]", "größe" },
                { "mine.csv", dated, "what they wrote" },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void AFileOfClasses_TrainsAsItIs(string name, string content, string field)
    {
        string config = New(_folder.Write(name, content), out JsonElement json);
        Assert.Equal((40, 32, 4, 4), (Number("rows"), Number("train_rows"), Number("validation_rows"),
            Number("test_rows")));
        RunConfiguration configuration = RunConfiguration.Load(config);
        TaskSettings task = Assert.Single(configuration.Tasks);
        TaskDeclaration declared = task.Declare();
        Assert.Equal([field], declared.Fields);
        Assert.Equal(["a", "e"], declared.Labels.Select(static label => label.Word));
        Assert.Equal([TaskMetric.Accuracy, TaskMetric.MacroF1], declared.Metrics);
        Assert.Equal(new SplitShares(0.1, 0.1, 1), task.Shares);
        Assert.Equal("pt", configuration.Method.Name);
        Train(config);

        int Number(string key) => json.GetProperty(key).GetInt32();
    }

    [Fact]
    public void Pairs_WithAScore_TrainAsTheyAre()
    {
        string rows = string.Concat(Enumerable.Range(0, 60).Select(
            static i => string.Create(CultureInfo.InvariantCulture, $"a note {i}\ta tea {i}\t{i % 26 * 0.2:F1}\n")));
        string config = New(_folder.Write("pairs.tsv", $"sentence1\tsentence2\tscore\n{rows}"), out _);
        TaskDeclaration task = RunConfiguration.Load(config).Tasks[0].Declare();
        Assert.Equal(["sentence1", "sentence2"], task.Fields);
        Assert.Equal(new TaskScale(0, 5, 0.2), task.Scale);
        Assert.Equal(TaskMetric.Pearson, task.Metrics[0]);
        // Its numbers have no pieces in the little vocabulary.
        Assert.Contains("the same tokens", CliRun.Of(
            ["train", config, .. Tiny(), "--dry-run"]).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AParquetFile_OfThreeClasses_HasTheNamesOfItsMetadata()
    {
        string path = Path.Combine(_folder.FullName, "news.parquet");
        Dictionary<string, string> metadata = new()
        {
            ["huggingface"] = """
                { "info": { "features": { "label": { "names": ["one", "two", "eat"], "_type": "ClassLabel" } } } }
                """,
        };
        NewsRow[] rows = [.. Enumerable.Range(0, 60).Select(static i => new NewsRow($"a note {i}", i % 3))];
        await ParquetSerializer.SerializeAsync(rows, path, customMetadata: metadata);
        string config = New(path, out _);
        Assert.Equal(["one", "two", "eat"], RunConfiguration.Load(config).Tasks[0].Declare().Labels.Select(
            static one => one.Word));
        Train(config, "--set", """tasks[0].declaration.labels={"one":"o","two":"t","eat":"e"}""");
    }

    [Theory]
    [InlineData("premise,hypothesis,label", "premise|hypothesis")]
    [InlineData("question1,question2,id,label", "question1|question2")]
    [InlineData("text_a,text_b,class", "text_a|text_b")]
    [InlineData("query,document,label", "query|document")]
    [InlineData("title,text,label", "text")]
    public void ColumnsThatArePairs_AreSeen(string header, string fields)
    {
        int columns = header.Split(',').Length;
        string rows = string.Concat(Enumerable.Range(0, 40).Select(i =>
            $"{string.Join(',', Enumerable.Repeat($"some words {i}", columns - 1))},{Word(i)}\n"));
        string config = New(_folder.Write("pairs.csv", $"{header}\n{rows}"), out _);
        Assert.Equal(fields, string.Join('|', RunConfiguration.Load(config).Tasks[0].Declare().Fields));
    }

    [Theory]
    [InlineData("0|1|2", null, false)]
    [InlineData("1|2|3|4|5", null, false)]
    [InlineData("1|2|3|4|5", "pearson", true)]
    [InlineData("1|2|3|4|5", "rmse", true)]
    [InlineData("0.5|1.0|1.5", null, true)]
    [InlineData("0.0|1.0", null, false)]
    [InlineData("true|false", null, false)]
    public void Numbers_AreClasses_OrAScore(string labels, string? metric, bool isScore)
    {
        string[] values = labels.Split('|');
        string rows = string.Concat(Enumerable.Range(0, 60).Select(i => $"a note {i},{values[i % values.Length]}\n"));
        string data = _folder.Write("rated.csv", $"text,label\n{rows}");
        string config = New(data, out _, metric is null ? [] : ["--metric", metric]);
        TaskDeclaration task = RunConfiguration.Load(config).Tasks[0].Declare();
        Assert.Equal(isScore, task.Scale is not null);
        if (!isScore) Assert.Equal(values.Length, task.Labels.Count);
        if (isScore) Assert.All(values, value => Assert.Contains(value.Contains('.') ? value : $"{value}.0",
            task.Labels.Select(static label => label.Word)));
    }

    [Theory]
    [InlineData("a.csv", "", "is empty, expected rows with a text and a label")]
    [InlineData("a.csv", "text,label\n", "is empty")]
    [InlineData("a.jsonl", "", "is empty")]
    [InlineData("a.json", "[]", "is empty")]
    [InlineData("a.csv", "text,label\na b,x\nc d,y\ne f,x\n", "has 3 rows of 3 different texts, expected more")]
    [InlineData("a.csv", "text,label\na b,x\nc d,x\ne f,x\n", "has one value, 'x', in the column \"label\"")]
    [InlineData("a.csv", "text,label\na b,\nc d,\n", "has no value in the column \"label\"")]
    [InlineData("a.csv", "text,other\na b,c d\ne f,g h\n", "expected --label COLUMN to say which")]
    [InlineData("a.csv", "one,two,label\na b,c d,x\ne f,g h,y\n",
        "the text may be one or two, expected --text COLUMN to say which, and --pair COLUMN for a second one")]
    [InlineData("a.csv", "text,category,sentiment\na b,x,y\nc d,y,x\n", "the label may be category or sentiment")]
    [InlineData("a.csv", "text,label,text\na b,x,c\nd,y,e\n", "has the column \"text\" twice")]
    [InlineData("a.csv", "text,label,label\na b,x,c\nd,y,d\n", "has the column \"label\" twice")]
    [InlineData("a.csv", "text;label\na b;x\n", "not semicolons")]
    [InlineData("a.csv", "te{xt,label\na b,x\nc d,y\n", "has a brace in the name of the column \"te{xt\"")]
    [InlineData("a.csv", "text,score\na b,0.5\nc d,1e300\n", "has scores from 0.5 to 1E+300 in the column")]
    [InlineData("a.csv", "text,score\na b,0.5\nc d,0.5\n", "has one score, 0.5, in the column \"score\"")]
    [InlineData("a.csv", "text,score\na b,0.5\nc d,NaN\n", "expected more, to divide them")]
    [InlineData("a.csv", "text,label\na b,x\nc d\ne f,y\n", "a.csv:3: found 1 column, expected 2 or more")]
    [InlineData("a.csv", "text,label\n\"a b,x\nc d,y\n", "a quotation mark is not closed")]
    [InlineData("a.jsonl", "[1, 2]\n", "found 1, expected a JSON object")]
    [InlineData("a.jsonl", "{\"text\": [\"a\"], \"label\": 1}\n", "the text may be")]
    [InlineData("a.jsonl", "{\"text\": \"a\", \"label\": \"\\ud800\"}\n", "cannot be read")]
    [InlineData("a.parquet", "PAR1", "cannot be read as Parquet")]
    public void WhatNoTaskFollowsFrom_IsOneLine(string name, string content, string message)
    {
        string config = Path.Combine(_folder.FullName, "mine.json");
        CliRun.Of("new", config, "--data", _folder.Write(name, content)).AssertBadInput(name, message);
        Assert.False(File.Exists(config));
    }

    [Theory]
    [InlineData("--text", "nothing", "has no column \"nothing\", expected one of text, label")]
    [InlineData("--label", "text", "has 40 rows of 2 different texts")]
    [InlineData("--pair", "text", "expected --text COLUMN to say which")]
    [InlineData("--pair", "label", "expected --label COLUMN to say which")]
    [InlineData("--metric", "pearson", "a metric of labels for --metric")]
    [InlineData("--metric", "fluency", "expected one of accuracy")]
    public void OptionsThatDoNotFit_AreOneLine(string option, string value, string message) => CliRun.Of(
        "new", Path.Combine(_folder.FullName, "mine.json"), "--data", Reviews(), option, value).AssertBadInput(message);

    [Theory]
    [InlineData("none.csv", "none.csv: no such file")]
    [InlineData("data/none.csv", "no such file")]
    public void AFileThatIsNotThere_IsOneLine(string data, string message) => CliRun.Of(
        "new", Path.Combine(_folder.FullName, "mine.json"), "--data", data).AssertBadInput(message);

    [Fact]
    public void OptionsWithoutData_AreRefused() => CliRun.Of(
        "new", Path.Combine(_folder.FullName, "mine.json"), "--label", "x").AssertBadInput("--label: without effect");

    [Fact]
    public void RowsWithoutALabel_AreLeftOut_AndTold()
    {
        string rows = string.Concat(Enumerable.Range(0, 40).Select(
            static i => $"a note {i},{(i < 3 ? "" : Word(i))}\n"));
        CliRun run = CliRun.Of("new", Path.Combine(_folder.FullName, "mine.json"), "--data",
            _folder.Write("some.csv", $"text,label\n{rows}"));
        Assert.Equal(0, run.Code);
        Assert.Contains("left out 3 rows without a label", run.Error, StringComparison.Ordinal);
        Assert.Contains("found  37 rows, text → label: 2 classes (a, e)", run.Output, StringComparison.Ordinal);
        Train(Path.Combine(_folder.FullName, "mine.json"));
    }

    [Fact]
    public void OddNames_StandAsTheyAre()
    {
        // A column that is called as a place of the template is, and labels with spaces, quotes and brackets.
        string rows = string.Concat(Enumerable.Range(0, 40).Select(
            static i => $"a note {i},{(i % 2 == 0 ? "\"ve\"\"ry [ a ]\"" : "not e")}\n"));
        string config = New(_folder.Write("STEPS.csv", $"STEPS,BATCH\n{rows}"), out _, "--text", "STEPS");
        TaskDeclaration task = RunConfiguration.Load(config).Tasks[0].Declare();
        Assert.Equal(("STEPS", "BATCH"), (task.Fields[0], task.LabelField));
        Assert.Equal(["not e", "ve\"ry [ a ]"], task.Labels.Select(static label => label.Word));
    }

    [Fact]
    public void TheDemosModel_ComesWithItsSourcePrompts()
    {
        string config = New(Reviews(), out JsonElement json, "--model", "demo");
        Assert.Contains("no piece for 'e'", json.GetProperty("warnings")[0].GetString(), StringComparison.Ordinal);
        RunConfiguration configuration = RunConfiguration.Load(config);
        Assert.Equal(("crosspt", 6), (configuration.Method.Name, configuration.Sources.Count));
    }

    [Fact]
    public void OtherAlphabets_GetAModelThatReadsThem()
    {
        string rows = string.Concat(Enumerable.Range(0, 40).Select(
            static i => $"это хороший товар {i},{(i % 2 == 0 ? "да" : "нет")}\n"));
        string config = New(_folder.Write("отзывы.csv", $"текст,label\n{rows}"), out JsonElement json);
        Assert.Equal("google/mt5-small", json.GetProperty("model").GetString());
        Assert.Equal("текст", RunConfiguration.Load(config).Tasks[0].Declare().Fields[0]);
    }

    [Fact]
    public void ManyRows_AreFast_AndTheSameEveryTime()
    {
        string rows = string.Concat(Enumerable.Range(0, 100_000).Select(static i => $"a note {i},{Word(i)}\n"));
        string config = New(_folder.Write("many.csv", $"text,label\n{rows}"), out JsonElement json);
        Assert.Equal(
            (80_000, 10_000),
            (json.GetProperty("train_rows").GetInt32(), json.GetProperty("test_rows").GetInt32()));
        Assert.Equal(500, RunConfiguration.Load(config).Evaluation.Examples);
        string first = Dry();
        Assert.Equal(first, Dry());

        string Dry() =>
            CliRun.Of(["train", config, .. Tiny(), "--dry-run", "--json"]).Json.GetProperty("data").GetRawText();
    }

    [Fact]
    public void TheDryRun_TellsWhatIsWrongWithTheRows_AndSoDoTheRunAndItsRecord()
    {
        List<string> rows = ["text,label"];
        for (int i = 0; i < 40; i++) rows.Add($"a note {i},{Word(i)}");
        // Twice, once with another answer; an empty text; a long one.
        rows.AddRange(["a note 3,a", "a note 3,e", ",a", $"{string.Concat(Enumerable.Repeat("a n ", 60))},e"]);
        string config = New(_folder.Write("odd.csv", string.Join('\n', rows)), out _);
        string[] settings =
        [
            "--set", "data.sourceLength=64", "--set", """tasks[0].declaration.labels={"a":"tea","e":"te"}""",
        ];
        CliRun dry = CliRun.Of(["train", config, .. Tiny(), .. settings, "--dry-run"]);
        Assert.True(dry.Code == 0, dry.Error);
        string[] warnings =
        [
            "odd.csv: 1 of 44 rows have an empty text, the first in line 44",
            "training rows repeat the text of another",
            "the text \"a note 3\" has two different answers among the training rows",
            "are longer than 64 tokens and are cut; data.sourceLength=",
        ];
        Assert.All(warnings, warning => Assert.Contains(warning, dry.Error, StringComparison.Ordinal));
        Assert.Matches(@"rows    36 training \(18 tea, 18 te\), 4 validation .*, 4 test", dry.Output);
        Assert.Contains("are cut at 64", dry.Output, StringComparison.Ordinal);

        JsonElement data = CliRun.Of(["train", config, .. Tiny(), .. settings, "--dry-run", "--json"]).Json;
        JsonElement training = data.GetProperty("data")[0].GetProperty("parts")[0];
        Assert.Equal("training", training.GetProperty("name").GetString());
        Assert.Equal(36, training.GetProperty("rows").GetInt32());
        Assert.Equal(18, training.GetProperty("labels").GetProperty("a").GetInt32());

        string output = Path.Combine(_folder.FullName, "run");
        CliRun trained = CliRun.Of(["train", config, .. Tiny(), .. settings, "--out", output]);
        Assert.True(trained.Code == 0, trained.Error);
        string record = string.Join('\n', JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "metrics.json")))
            .RootElement.GetProperty("warnings").EnumerateArray().Select(static one => one.GetString()));
        Assert.All(warnings, warning => Assert.Contains(warning, trained.Error, StringComparison.Ordinal));
        Assert.All(warnings, warning => Assert.Contains(warning, record, StringComparison.Ordinal));
    }

    [Fact]
    public void RowsInTrainingAndTest_AndLabelsNeverTrainedOn_AreTold()
    {
        string train = _folder.Write("train.csv", "text,label\n" + string.Concat(
            Enumerable.Range(0, 40).Select(static i => $"a note {i % 20},{Word(i)}\n")));
        string test = _folder.Write("test.csv", "text,label\nA  note 1,e\na tea,o\na tea 2,a\n");
        Tiny();
        string config = _folder.Write("own.json", JsonSerializer.Serialize(new
        {
            model = "model", method = "pt", prompt = new { length = 3 }, training = new { steps = 2, batch = 4 },
            tasks = new[]
            {
                new
                {
                    name = "mine", shots = "all", train, test,
                    declaration = new
                    {
                        fields = new[] { "text" }, labels = new { a = "a", e = "e", o = "o" },
                    },
                },
            },
        }));
        CliRun dry = CliRun.Of("train", config, "--dry-run", "--threads", "1");
        Assert.True(dry.Code == 0, dry.Error);
        Assert.Contains("no training row has the label 'o', which 1 of 3 test rows have", dry.Error,
            StringComparison.Ordinal);
        Assert.Contains("1 of 3 test rows have a text that is trained on, as \"text: A  note 1\"", dry.Error,
            StringComparison.Ordinal);
        Assert.Matches("rows    36 training .*, 4 validation .*, 3 test", dry.Output);
    }

    private static string Word(int i) => i % 2 == 0 ? "a" : "e";

    private string Reviews() => _folder.Write("reviews.csv", "text,label\n" + string.Concat(
        Enumerable.Range(0, 40).Select(static i => $"a note {i},{Word(i)}\n")));

    /// <summary>Settings that make a run a matter of a second.</summary>
    private string[] Tiny()
    {
        if (!Directory.Exists(Path.Combine(_folder.FullName, "model"))) TinyRun.WriteConfiguration(_folder, "pt");
        return
        [
            "--threads", "1", "--set", "model=model", "--set", "prompt.length=3", "--set", "training.steps=3",
            "--set", "training.batch=4",
        ];
    }

    private string New(string data, out JsonElement json, params string[] options)
    {
        string config = Path.Combine(_folder.FullName, "own-run.json");
        CliRun run = CliRun.Of(["new", config, "--data", data, "--json", .. options]);
        Assert.True(run.Code == 0, run.Error);
        json = run.Json;
        Assert.True(File.Exists(Path.Combine(_folder.FullName, "crosspt.schema.json")));
        return config;
    }

    private void Train(string config, params string[] settings)
    {
        string output = Path.Combine(_folder.FullName, "run");
        CliRun run = CliRun.Of(["train", config, .. Tiny(), .. settings, "--out", output]);
        Assert.True(run.Code == 0, run.Error);
        Assert.True(File.Exists(Path.Combine(output, "metrics.json")));
    }

    private sealed record NewsRow(string text, long label);
}
