using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Tasks;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Runs;

/// <summary>The prediction for one row.</summary>
/// <param name="Label">The likeliest label as the data spells it, <c>0</c>, or the likeliest candidate.</param>
/// <param name="Word">Its word, <c>entailment</c>; a candidate is its own.</param>
/// <param name="Probability">Its probability among the task's labels.</param>
/// <param name="Scores">Probabilities of all labels by word, in the task's order.</param>
public sealed record Prediction(
    string Label, string Word, double Probability, IReadOnlyList<(string Word, double Probability)> Scores)
{
    /// <summary>
    /// What the text's prompt takes of each source prompt and, last, of the task's own, where the router reads the text
    /// (ATTEMPT); otherwise empty. Only a <see cref="Serving.PromptServer"/> tells it.
    /// </summary>
    public IReadOnlyList<(string Source, double Weight)> Router { get; init; } = [];

    internal static Prediction Of(TaskDeclaration task, IReadOnlyList<string>? candidates, double[] logLikelihoods)
    {
        double[] probabilities = LabelRanking.Probabilities(logLikelihoods);
        int best = LabelRanking.Best(logLikelihoods);
        IEnumerable<string> words = candidates ?? task.Labels.Select(static label => label.Word);
        (string Word, double Probability)[] scores = [.. words.Zip(probabilities)];
        return new Prediction(
            candidates is null ? task.Labels[best].Value : candidates[best], scores[best].Word, probabilities[best],
            scores);
    }
}

/// <summary>The saved prediction for one test example.</summary>
/// <param name="Task">The task.</param>
/// <param name="Index">Place of the example among the task's, from 0.</param>
/// <param name="Input">The example's text, its beginning.</param>
/// <param name="Target">The right label word; of scores, the number as the data has it; of candidates, the first right
/// answer.</param>
/// <param name="Predicted">What was predicted in its place; of greedy decoding, what was written where that is none of
/// the labels.</param>
/// <param name="Score">1 where it is right, 0 where it is not; of scores, the number predicted.</param>
/// <param name="Scores">Probabilities by label word or candidate; null for greedy decoding.</param>
/// <param name="Answers">All right answers of candidates; null elsewhere.</param>
/// <param name="Group">Key shared by the examples of one question; null where the example stands alone.</param>
public sealed record SavedPrediction(
    string Task, int Index, string Input, string Target, string Predicted, double Score,
    IReadOnlyDictionary<string, double>? Scores = null, IReadOnlyList<string>? Answers = null, string? Group = null);

/// <summary>
/// <c>predictions.jsonl</c>: a line a test example and task,
/// <c>{"task", "index", "input", "target", "predicted", "score", "scores": {label: probability}}</c>, with
/// <c>answers</c> and <c>group</c> where there are some.
/// </summary>
public static class PredictionsFile
{
    /// <summary>Characters of an input that are kept.</summary>
    public const int InputLength = 300;

    private static readonly JsonWriterOptions s_line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The predictions of an evaluation.</summary>
    /// <param name="evaluation">The evaluation.</param>
    /// <param name="examples">The evaluated examples.</param>
    public static IReadOnlyList<SavedPrediction> Of(TaskEvaluation evaluation, IReadOnlyList<Example> examples)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        ArgumentNullException.ThrowIfNull(examples);
        return [.. examples.Select((example, i) => Of(evaluation, example, i))];
    }

    /// <summary>Writes the file, whole or not at all.</summary>
    public static void Write(string path, IEnumerable<SavedPrediction> predictions)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        AtomicFile.Write(path, stream =>
        {
            using Utf8JsonWriter json = new(stream, s_line);
            foreach (SavedPrediction prediction in predictions)
            {
                JsonSerializer.Serialize(json, prediction, RunTypes.Default.SavedPrediction);
                stream.Write("\n"u8);
                json.Reset();
            }
        });
    }

    /// <summary>Reads the file line by line.</summary>
    /// <exception cref="IOException">A line is no prediction; the message names file and line.</exception>
    public static IEnumerable<SavedPrediction> Read(string path)
    {
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            yield return JsonFile.Parse(line, RunTypes.Default.SavedPrediction)
                ?? throw new IOException(
                    $"{path}:{number}: no prediction, expected an object with task, index, input, target, predicted "
                        + $"and score");
        }
    }

    private static SavedPrediction Of(TaskEvaluation evaluation, Example example, int i)
    {
        TaskDeclaration task = evaluation.Task;
        TaskOutcome outcome = evaluation.Outcome;
        string[] words = example.Candidates is { } candidates
            ? [.. candidates]
            : [.. task.Labels.Select(static label => label.Word)];
        int place = outcome.Predicted[i];
        string predicted = place >= 0 ? words[place] : evaluation.Texts[i];
        SavedPrediction prediction = new(
            task.Name, i, Cut(example.Text), words[outcome.Actual[i]], predicted, place == outcome.Actual[i] ? 1 : 0,
            Group: example.Group);
        if (evaluation.Scores.Count > 0)
        {
            double[] probabilities = LabelRanking.Probabilities(evaluation.Scores[i]);
            prediction = prediction with
            {
                Scores = words.Zip(probabilities).DistinctBy(static one => one.First)
                    .Where(static one => double.IsFinite(one.Second))
                    .ToDictionary(static one => one.First, static one => Math.Round(one.Second, 6)),
            };
        }
        return task.Kind switch
        {
            TaskKind.Scores => prediction with
            {
                Target = outcome.ActualScores![i].ToString(CultureInfo.InvariantCulture),
                Predicted = outcome.PredictedScores![i].ToString(CultureInfo.InvariantCulture),
                Score = outcome.PredictedScores[i],
            },
            TaskKind.Candidates => prediction with
            {
                Target = outcome.Answers![i] is [string first, ..] ? first : "",
                Score = AnswerMetrics.ExactMatch(predicted, outcome.Answers[i]),
                Answers = outcome.Answers[i],
            },
            _ => prediction,
        };
    }

    // Never between the two halves of one character.
    private static string Cut(string text) => text.Length <= InputLength ? text
        : string.Concat(
            text.AsSpan(0, char.IsHighSurrogate(text[InputLength - 1]) ? InputLength - 1 : InputLength), "…");
}
