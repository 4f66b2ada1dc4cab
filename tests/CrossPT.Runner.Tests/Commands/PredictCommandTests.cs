using System.Text.Json;

namespace CrossPT.Runner.Tests.Commands;

public sealed class PredictCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Order_IsKept_AndOtherFieldsPassThrough()
    {
        string run = TinyRun.Train(_folder);
        string[] rows =
        [
            .. Enumerable.Range(0, 9).Select(static i =>
                $$$"""{"idx":{{{i}}},"sentence1":"a {{{new string('t', 1 + (i * 5 % 7))}}}","sentence2":"note","""
                + """ "prediction":"old","more":{"x":[1.50,null]}}"""),
        ];
        string input = string.Concat(rows.Select(static row => row + "\n"));
        CliRun predicted = CliRun.With(
            input, "predict", "--run", run, "--task", "rte", "--batch", "4", "--threads", "1");
        Assert.Equal((0, ""), (predicted.Code, predicted.Error));
        JsonElement[] answers = Parse(predicted.Output);
        Assert.Equal(Enumerable.Range(0, 9), answers.Select(static one => one.GetProperty("idx").GetInt32()));
        Assert.All(answers, static one => Assert.Equal("{\"x\":[1.50,null]}", one.GetProperty("more").GetRawText()));
        Assert.All(
            answers, static one => Assert.Single(one.EnumerateObject(), static member => member.Name == "prediction"));
        foreach (JsonElement one in answers)
        {
            double best = one.GetProperty("scores").EnumerateObject().Max(static score => score.Value.GetDouble());
            Assert.Equal(best, one.GetProperty("probability").GetDouble());
            Assert.Equal(
                best, one.GetProperty("scores").GetProperty(one.GetProperty("prediction").GetString()!).GetDouble());
            Assert.Equal(
                one.GetProperty("prediction").GetString() == "entailment" ? "0" : "1",
                one.GetProperty("predicted_label").GetString());
        }
        // One at a time, to a file, they are the same.
        string file = Path.Combine(_folder.FullName, "out.jsonl");
        CliRun single = CliRun.Of(
            "predict", "--run", run, "--task", "rte", "--batch", "1", "--threads", "1", "--input",
            _folder.Write("in.jsonl", input), "--output", file);
        Assert.Equal((0, "", ""), (single.Code, single.Output, single.Error));
        Assert.Equal(
            answers.Select(static one => one.GetProperty("prediction").GetString()),
            Parse(File.ReadAllText(file)).Select(static one => one.GetProperty("prediction").GetString()));
    }

    [Theory]
    [InlineData("{\"sentence1\":\"a\"}", "\"sentence2\"")]
    [InlineData("{\"sentence1\":\"a\",\"sentence2\":3}", "\"sentence2\" is 3, expected a string")]
    [InlineData("[1]", "expected a JSON object")]
    [InlineData("{\"sentence1\":", "not valid JSON")]
    public void BadLine_EndsIt_AfterTheEarlierOnesWereWritten(string line, string words)
    {
        string run = TinyRun.Train(_folder), good = "{\"sentence1\":\"a\",\"sentence2\":\"a tea\"}\n";
        CliRun predicted = CliRun.With(
            $"{good}{good}{line}\n{good}", "predict", "--run", run, "--task", "rte", "--threads", "1");
        Assert.Equal(2, predicted.Code);
        predicted.AssertOneLine("standard input:3:", words);
        Assert.Equal(2, Parse(predicted.Output).Length);
    }

    [Fact]
    public void WeightsOfSixteenBits_AreKeptAndChangeNothing_OrAreRoundedIfAsked()
    {
        // Label words of one letter: those of RTE are of such different lengths that no rounding shows.
        TinyRun.WriteConfiguration(_folder, "pt");
        _folder.Write("mood.json", """
            { "name": "mood", "fields": ["text"], "template": "{text}", "labels": { "0": "a", "1": "e" },
              "metrics": ["accuracy"], "files": { "train": ["mood.jsonl"], "validation": ["mood.jsonl"] } }
            """);
        _folder.Write("mood.jsonl", string.Concat(Enumerable.Range(0, 8).Select(static i =>
            $"{{ \"text\": \"a {(i % 2 == 0 ? "note" : "tea")}\", \"label\": {i % 2} }}\n")));
        string config = _folder.Write("mood-run.json", """
            { "model": "model", "method": "pt", "tasks": [ { "name": "mood", "declaration": "mood.json", "shots": 4 } ],
              "data": { "folder": "." }, "prompt": { "length": 3 }, "training": { "steps": 3, "batch": 4 } }
            """);
        string run = Path.Combine(_folder.FullName, "run");
        Train();
        string exact = Predict(run, "auto");
        Assert.Equal(exact, Predict(run, "fp32"));
        string rounded = Predict(run, "bf16");
        Assert.NotEqual(exact, rounded);
        double[] near = Probabilities(rounded);
        Assert.All(Probabilities(exact), (probability, i) => Assert.Equal(probability, near[i], 0.02));

        TinyModel.RoundToBFloat16(Path.Combine(_folder.FullName, "model"));
        Directory.Delete(run, recursive: true);
        Train();
        Assert.Equal(Predict(run, "fp32"), Predict(run, "auto"));

        void Train()
        {
            CliRun trained = CliRun.Of("train", config, "--out", run, "--threads", "1", "--quiet");
            Assert.True(trained.Code == 0, trained.Error);
        }

        static string Predict(string folder, string weights)
        {
            const string Rows = "{\"text\":\"a tea\"}\n{\"text\":\"note one\"}\n{\"text\":\"unit\"}\n";
            CliRun predicted = CliRun.With(
                Rows, "predict", "--run", folder, "--threads", "1", "--weights", weights);
            Assert.Equal((0, ""), (predicted.Code, predicted.Error));
            return predicted.Output;
        }

        static double[] Probabilities(string output) =>
            [.. Parse(output).Select(static one => one.GetProperty("probability").GetDouble())];
    }

    [Fact]
    public void UnknownTask_IsBadInput()
    {
        string run = TinyRun.Train(_folder);
        CliRun.Of("predict", "--run", run, "--task", "qqp").AssertBadInput("no task 'qqp', only rte, mrpc");
        CliRun.Of("evaluate", "--run", run, "--task", "qqp").AssertBadInput("no task 'qqp', only rte, mrpc");
        CliRun.Of("evaluate", "--run", run, "--without", "nobody")
            .AssertBadInput("no part 'nobody'", "source, other, none, sources, private");
    }

    [Theory]
    [InlineData("pt", "--without", "sources", "the run has no part 'sources', only private")]
    [InlineData("pt", "--only", "sources", "the run has no part 'sources', only private")]
    [InlineData("pt", "--only", "private", "--only private: the run has no other part to leave out")]
    [InlineData("pt", "--without", "nobody", "the run has no part 'nobody', only private")]
    public void PartThatLeavesNothingOut_IsBadInput(string method, string option, string part, string problem)
    {
        string run = TinyRun.Train(_folder, method);
        CliRun.Of("evaluate", "--run", run, option, part, "--threads", "1").AssertBadInput(problem);
    }

    [Fact]
    public void MovedRun_IsToldItsModel_AndRefusesAnother()
    {
        string run = TinyRun.Train(_folder);
        string moved = Path.Combine(_folder.FullName, "elsewhere", "moved");
        string model = Path.Combine(_folder.FullName, "other-model");
        string before = Predict(run, "--quiet");
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "elsewhere"));
        Directory.Move(run, moved);
        Assert.Equal(before, Predict(moved, "--quiet"));
        Directory.Move(Path.Combine(_folder.FullName, "model"), model);
        CliRun.Of("predict", "--run", moved, "--task", "rte").AssertBadInput("no such folder", "--model");
        Assert.Equal(before, Predict(moved, "--model", model));
        using (FileStream weights = new(Path.Combine(model, "model.safetensors"), FileMode.Open))
        {
            weights.Seek(-1, SeekOrigin.End);
            weights.WriteByte(7);
        }
        CliRun.Of("predict", "--run", moved, "--task", "rte", "--model", model).AssertBadInput("SHA-256");
        CliRun.Of("evaluate", "--run", moved, "--model", model).AssertBadInput("SHA-256");
    }

    private static string Predict(string run, params string[] more)
    {
        CliRun predicted = CliRun.With(
            "{\"sentence1\":\"a\",\"sentence2\":\"a tea\"}\n",
            ["predict", "--run", run, "--task", "rte", "--threads", "1", .. more]);
        Assert.True(predicted.Code == 0, predicted.Error);
        return predicted.Output;
    }

    private static JsonElement[] Parse(string lines) =>
        [.. lines.TrimEnd().Split('\n').Select(static line => JsonDocument.Parse(line).RootElement)];
}
