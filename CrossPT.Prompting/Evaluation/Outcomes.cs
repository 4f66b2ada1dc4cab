using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Evaluation;

/// <summary>Turns predictions into what metrics are measured on.</summary>
internal static class Outcomes
{
    /// <summary>Of ranked places.</summary>
    public static TaskOutcome OfPlaces(TaskDeclaration task, IReadOnlyList<EncodedExample> examples, int[] places) =>
        Create(
        task, examples, places, [.. places.Select((place, i) => examples[i].Example?.Candidates?[place] ?? "")],
        [.. places.Select(place => task.Scale?.ScoreAt(place) ?? 0)]);

    /// <summary>Of generated texts: each is a label word, candidate or number as it stands, or none.</summary>
    public static TaskOutcome OfTexts(TaskDeclaration task, IReadOnlyList<EncodedExample> examples, string[] texts)
    {
        string[] words = [.. task.Labels.Select(static label => label.Word)];
        int[] places = [.. texts.Select((text, i) => Find(examples[i].Example?.Candidates ?? words, text))];
        return Create(
            task, examples, places, texts,
            [.. texts.Select(static text => TaskScale.Parse(text) ?? TaskScale.Unparsable)]);
    }

    private static TaskOutcome Create(
        TaskDeclaration task, IReadOnlyList<EncodedExample> examples, int[] places, string[] texts, double[] scores)
    {
        TaskOutcome outcome = new() { Predicted = places, Actual = [.. examples.Select(static one => one.Label)] };
        if (examples.All(static one => one.Example?.Group is not null))
            outcome = outcome with { Groups = [.. examples.Select(static one => one.Example!.Group!)] };
        return task.Kind switch
        {
            TaskKind.Scores => outcome with
            {
                PredictedScores = scores,
                ActualScores = [.. examples.Select(one => one.Example?.Score ?? task.Scale!.ScoreAt(one.Label))],
            },
            TaskKind.Candidates =>
                outcome with
                {
                    Texts = texts,
                    Answers = [.. examples.Select(static one => one.Example?.Answers ?? [])],
                },
            _ => outcome,
        };
    }

    private static int Find(IReadOnlyList<string> words, string text)
    {
        for (int i = 0; i < words.Count; i++)
        {
            if (words[i].Trim() == text) return i;
        }
        return -1;
    }
}
