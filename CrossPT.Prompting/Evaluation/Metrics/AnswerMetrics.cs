using System.Text;

namespace CrossPT.Prompting.Evaluation;

/// <summary>
/// How well a text answers, as SQuAD and ReCoRD count it (Rajpurkar et al. 2016): the best over the right answers.
/// </summary>
internal static class AnswerMetrics
{
    public static double ExactMatch(string text, IReadOnlyList<string> answers)
    {
        string normal = Normalize(text);
        return answers.Any(answer => Normalize(answer) == normal) ? 1 : 0;
    }

    public static double TokenF1(string text, IReadOnlyList<string> answers) => answers.Count == 0
        ? 0
        : answers.Max(answer => TokenF1(Words(text), Words(answer)));

    /// <summary>Lower case, without ASCII punctuation and English articles, one space between words.</summary>
    internal static string Normalize(string text) => string.Join(' ', Words(text));

    private static string[] Words(string text)
    {
        StringBuilder kept = new();
        foreach (char c in text)
        {
            if (!(char.IsAscii(c) && (char.IsPunctuation(c) || char.IsSymbol(c))))
                kept.Append(char.ToLowerInvariant(c));
        }
        return [.. kept.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Where(static word => word is not ("a" or "an" or "the"))];
    }

    private static double TokenF1(string[] predicted, string[] right)
    {
        Dictionary<string, int> left = right.GroupBy(static word => word)
            .ToDictionary(static group => group.Key, static group => group.Count());
        int same = 0;
        foreach (string word in predicted)
        {
            if (left.GetValueOrDefault(word) == 0) continue;
            left[word]--;
            same++;
        }
        return same == 0 ? 0 : 2.0 * same / (predicted.Length + right.Length);
    }
}
