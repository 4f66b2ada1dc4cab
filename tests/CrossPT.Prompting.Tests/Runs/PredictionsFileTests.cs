using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tests.Kit;

namespace CrossPT.Prompting.Tests.Runs;

public sealed class PredictionsFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_GivesWhatWasWritten()
    {
        SavedPrediction[] predictions =
        [
            new("rte", 0, "<script>\"\u2028é", "entailment", "not_entailment", 0)
            {
                Scores = new Dictionary<string, double> { ["entailment"] = 0.25, ["not_entailment"] = 0.75 },
            },
            new("record", 7, "x", "a", "b", 1) { Answers = ["a", "b"], Group = "q1" },
            new("stsb", 1, "", "3.85", "-1", -1),
        ];
        string path = _folder.PathOf("predictions.jsonl");
        PredictionsFile.Write(path, predictions);
        Assert.Equal(3, File.ReadAllLines(path).Length);
        Assert.Equivalent(predictions, PredictionsFile.Read(path), strict: true);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("{\"task\":1,\"index\":0,\"input\":\"\",\"target\":\"\",\"predicted\":\"\",\"score\":1}")]
    [InlineData("{\"task\":\"rte\",\"index\":0,\"input\":null,\"target\":\"\",\"predicted\":\"\",\"score\":1}")]
    [InlineData("{\"task\":\"rte\",\"index\":0.5,\"input\":\"\",\"target\":\"\",\"predicted\":\"\",\"score\":1}")]
    [InlineData(
        "{\"task\":\"rte\",\"index\":0,\"input\":\"\",\"target\":\"\",\"predicted\":\"\",\"score\":1,\"scores\":[]}")]
    public void BadLine_IsNamed(string line)
    {
        string path = _folder.Write(
            "predictions.jsonl",
            """{"task":"rte","index":0,"input":"","target":"","predicted":"","score":1}""" + $"\n{line}\n");
        Assert.StartsWith(
            $"{path}:2: no prediction, expected",
            Assert.Throws<IOException>(() => PredictionsFile.Read(path).ToArray()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"tasks\": []}")]
    [InlineData("{\"tasks\": {\"rte\": {}}}")]
    [InlineData("{\"tasks\": {\"rte\": null}}")]
    [InlineData("{\"tasks\": {\"rte\": {\"metric\": \"accuracy\", \"whole\": \"1\", \"without_source\": {}}}}")]
    [InlineData("")]
    public void BadContribution_IsNamed(string text)
    {
        string path = _folder.Write("contribution.json", text);
        Assert.StartsWith(
            $"{path}: not what parts of prompts are worth",
            Assert.Throws<IOException>(() => TaskContribution.Read(path)).Message, StringComparison.Ordinal);
    }
}
