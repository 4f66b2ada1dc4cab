using System.Text.Json;
using System.Text.Json.Nodes;
using CrossPT.Runner.Tests.Cli;

namespace CrossPT.Runner.Tests.Commands;

/// <summary>A table of one's own, from the file to predictions, without a declaration.</summary>
public sealed class OwnDataTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ATableOfReviews_IsTrainedOn_AndPredicted()
    {
        string config = WriteConfiguration("reviews.csv", Reviews());
        CliRun dry = CliRun.Of("train", config, "--dry-run", "--threads", "1");
        Assert.True(dry.Code == 0, dry.Error);
        Assert.Contains("task      reviews: fields text; labels a, e; metrics accuracy, macro_f1", dry.Output,
            StringComparison.Ordinal);
        Assert.Equal(
            "reviews", CliRun.Of("train", config, "--dry-run", "--threads", "1", "--json").Json.GetProperty("tasks")[
                0].GetProperty("name").GetString());

        string output = Path.Combine(_folder.FullName, "run");
        CliRun trained = CliRun.Of("train", config, "--out", output, "--threads", "1");
        Assert.True(trained.Code == 0, trained.Error);
        Assert.Contains(
            "note: the task 'reviews' has no declaration: fields text; labels a, e; metrics accuracy, macro_f1; "
            + "of its one file 38 rows", trained.Error, StringComparison.Ordinal);
        Assert.Contains("skipped 1 blank line", trained.Error, StringComparison.Ordinal);

        string rows = _folder.Write("new.jsonl",
            "{\"text\": \"a t o\", \"id\": \"x\u2028y\"}\n\n{\"text\": \"e n e\"}\n");
        CliRun predicted = CliRun.Of("predict", "--run", output, "--task", "reviews", "--input", rows, "--threads",
            "1");
        Assert.True(predicted.Code == 0, predicted.Error);
        string[] lines = predicted.Output.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.All(lines, static line =>
            Assert.Contains(JsonDocument.Parse(line).RootElement.GetProperty("prediction").GetString(),
            (string[])["a", "e"]));
        Assert.StartsWith("{\"id\":\"x\\u2028y\",",
            lines[0].Replace("\"text\":\"a t o\",", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("new.jsonl: skipped 1 blank line", predicted.Error, StringComparison.Ordinal);

        // The run keeps its labels, whatever becomes of the file.
        _folder.Write("reviews.csv", Reviews().Replace(",e", ",zz", StringComparison.Ordinal));
        CliRun evaluated = CliRun.Of("evaluate", "--run", output, "--threads", "1");
        Assert.NotEqual(0, evaluated.Code);
        Assert.Contains("expected a label of the task 'reviews': a, e", evaluated.Error, StringComparison.Ordinal);
    }

    // Runs of versions that divided one file by another rule do not have the shares on record.
    [Fact]
    public void AFileDividedOtherwiseThanInTraining_IsNeitherEvaluatedNorResumed()
    {
        string config = WriteConfiguration("reviews.csv", Reviews());
        string output = Path.Combine(_folder.FullName, "run"), record = Path.Combine(output, "config.json");
        Assert.Equal(0, CliRun.Of("train", config, "--out", output, "--threads", "1", "--quiet").Code);
        Assert.Equal(0, CliRun.Of("evaluate", "--run", output, "--threads", "1", "--quiet").Code);
        JsonNode root = JsonNode.Parse(File.ReadAllText(record))!;
        Assert.True(root["tasks"]![0]!.AsObject().Remove("splits"));
        File.WriteAllText(record, root.ToJsonString());

        const string Problem = "the rows of 'reviews' are divided otherwise than when the run was trained";
        CliRun.Of("evaluate", "--run", output, "--threads", "1").AssertBadInput(Problem);
        File.Delete(Path.Combine(output, "metrics.json"));
        CliRun.Of("train", config, "--out", output, "--resume", "--threads", "1").AssertBadInput(Problem);
        CliRun rows = CliRun.Of(
            "evaluate", "--run", output, "--input", Path.Combine(_folder.FullName, "reviews.csv"), "--threads", "1");
        Assert.Equal(0, rows.Code);
    }

    [Fact]
    public void ATableWithoutTheColumns_IsOneLine() =>
        CliRun.Of("train", WriteConfiguration("reviews.csv", "body,label\na,a\n"), "--threads", "1", "--out",
        _folder.FullName + "/run")
        .AssertBadInput("reviews.csv", "has the columns body, label");

    private static string Reviews() => "text,label\n\n"
        + string.Concat(Enumerable.Range(0, 60).Select(
        static i => $"\"{(i % 2 == 0 ? "a t" : "e, n")} {i}\",{(i % 2 == 0 ? "a" : "e")}\n"));

    private string WriteConfiguration(string name, string content)
    {
        string given = TinyRun.WriteConfiguration(_folder, "pt"), data = _folder.Write(name, content);
        Assert.NotEmpty(given);
        return _folder.Write("own.json", JsonSerializer.Serialize(new
        {
            model = "model", method = "pt", tasks = new[] { new { name = "reviews", train = data, shots = 8 } },
                prompt = new { length = 3 }, training = new { steps = 3, batch = 4 },
        }));
    }
}
