using System.Text.RegularExpressions;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Runs;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Tests.Runs;

/// <summary>Run folders that an earlier version wrote predict as they did then.</summary>
public sealed partial class EarlierRunTests
{
    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "fixtures", "runs");

    [Theory]
    [InlineData("attempt")]
    [InlineData("crosspt")]
    [InlineData("dept")]
    [InlineData("mcat")]
    [InlineData("mpt")]
    [InlineData("pt")]
    public void Predict_GivesTheLabelsAndProbabilitiesOfThen(string method)
    {
        string folder = Path.Combine(s_folder, method);
        using TrainedRun run = TrainedRun.Load(folder, Path.Combine(s_folder, "model"));
        SavedPrediction[] saved = [.. PredictionsFile.Read(Path.Combine(folder, "predictions.jsonl"))];
        Assert.Equal(24, saved.Length);
        foreach (SavedPrediction expected in saved)
        {
            Match texts = Sentences().Match(expected.Input);
            Dictionary<string, string> fields = new()
            {
                ["sentence1"] = texts.Groups[1].Value,
                ["sentence2"] = texts.Groups[2].Value,
            };
            Prediction actual = run.Predict(expected.Task, fields);
            Assert.Equal(expected.Predicted, actual.Word);
            foreach ((string word, double probability) in expected.Scores!)
                Assert.Equal(probability, actual.Scores.Single(score => score.Word == word).Probability, 2e-6);
        }
    }

    [Fact]
    public void Compose_FromSavedParts_GivesTheSavedPrompts()
    {
        foreach (string method in (string[])["crosspt", "mcat", "mpt", "pt"])
        {
            using TrainedRun run = TrainedRun.Load(Path.Combine(s_folder, method), Path.Combine(s_folder, "model"));
            using PromptMethod composed = run.Compose();
            using TargetPrompts now = TargetPrompts.Collapse(composed, run.Model.Backend);
            float[] saved = Assert.IsType<TargetPrompts>(run.Prompts).Rows.ToSingles(), actual = now.Rows.ToSingles();
            Assert.Equal(saved.Length, actual.Length);
            // The router's softmax was computed in float64 then.
            for (int i = 0; i < saved.Length; i++) Assert.Equal(saved[i], actual[i], 1e-5);
        }
    }

    [GeneratedRegex("^sentence1: (.*) sentence2: (.*)$")]
    private static partial Regex Sentences();
}
