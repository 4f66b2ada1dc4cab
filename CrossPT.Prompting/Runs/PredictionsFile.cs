using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Tasks;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Runs;

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
