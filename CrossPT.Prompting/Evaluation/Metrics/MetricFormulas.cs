using System.Text;

namespace CrossPT.Prompting.Evaluation;

/// <summary>Metrics of predicted and right labels, by place; −1 is a prediction that is no label.</summary>
internal static class LabelMetrics
{
    public static double Accuracy(ReadOnlySpan<int> predicted, ReadOnlySpan<int> actual)
    {
        int right = 0;
        for (int i = 0; i < predicted.Length; i++) right += predicted[i] == actual[i] ? 1 : 0;
        return (double)right / predicted.Length;
    }

    /// <summary>
    /// F1 of the label at place 1: what is no label counts as the other than the right one, as in T5's
    /// f1_score_with_invalid.
    /// </summary>
    public static double F1(ReadOnlySpan<int> predicted, ReadOnlySpan<int> actual)
    {
        int both = 0, either = 0;
        for (int i = 0; i < predicted.Length; i++)
        {
            bool found = predicted[i] == 1 || (predicted[i] is not (0 or 1) && actual[i] != 1), there = actual[i] == 1;
            both += found && there ? 1 : 0;
            either += (found ? 1 : 0) + (there ? 1 : 0);
        }
        return Ratio(both, either);
    }

    /// <summary>
    /// Mean F1 of the labels that are predicted or right somewhere, which is what scikit-learn takes the mean over.
    /// </summary>
    public static double MacroF1(ReadOnlySpan<int> predicted, ReadOnlySpan<int> actual) =>
        F1OfEach(predicted, actual).Values.Average(static one => one.F1);

    /// <summary>Mean F1 of the labels, each weighted by the rows it is right for.</summary>
    public static double WeightedF1(ReadOnlySpan<int> predicted, ReadOnlySpan<int> actual) =>
        F1OfEach(predicted, actual).Values.Sum(static one => one.F1 * one.Rows) / actual.Length;

    /// <summary>F1 of every label that is predicted or right somewhere, and the rows it is right for.</summary>
    private static Dictionary<int, (double F1, int Rows)> F1OfEach(
        ReadOnlySpan<int> predicted, ReadOnlySpan<int> actual)
    {
        Dictionary<int, (int Both, int Predicted, int Actual)> counts = [];
        for (int i = 0; i < predicted.Length; i++)
        {
            (int both, int found, int right) = counts.GetValueOrDefault(actual[i]);
            counts[actual[i]] = (both + (predicted[i] == actual[i] ? 1 : 0), found, right + 1);
            if (predicted[i] < 0) continue;
            (both, found, right) = counts.GetValueOrDefault(predicted[i]);
            counts[predicted[i]] = (both, found + 1, right);
        }
        return counts.ToDictionary(
            static one => one.Key,
            static one => (Ratio(one.Value.Both, one.Value.Predicted + one.Value.Actual), one.Value.Actual));
    }

    /// <summary>
    /// Correlation of predicted and right labels, (c·s − Σ p·t) / √((s² − Σ p²)·(s² − Σ t²)): s rows, c of them right,
    /// p and t times each label is predicted and right (Gorodkin 2004; of two labels, Matthews 1975). What is no label
    /// is a label of its own that is never right. Null where one side is constant.
    /// </summary>
    public static double? Matthews(ReadOnlySpan<int> predicted, ReadOnlySpan<int> actual)
    {
        Dictionary<int, (long Predicted, long Actual)> counts = [];
        long right = 0, rows = predicted.Length;
        for (int i = 0; i < predicted.Length; i++)
        {
            right += predicted[i] == actual[i] ? 1 : 0;
            Add(predicted[i], (1, 0));
            Add(actual[i], (0, 1));
        }
        double across = 0, predictedSquares = 0, actualSquares = 0, all = (double)rows * rows;
        foreach ((long p, long t) in counts.Values)
        {
            across += (double)p * t;
            predictedSquares += (double)p * p;
            actualSquares += (double)t * t;
        }
        double scale = (all - predictedSquares) * (all - actualSquares);
        return scale == 0 ? null : (((double)right * rows) - across) / Math.Sqrt(scale);

        void Add(int label, (long Predicted, long Actual) more)
        {
            (long Predicted, long Actual) old = counts.GetValueOrDefault(label);
            counts[label] = (old.Predicted + more.Predicted, old.Actual + more.Actual);
        }
    }

    /// <summary>Share of groups all of whose predictions are right.</summary>
    public static double WholeGroups(ReadOnlySpan<int> predicted, ReadOnlySpan<int> actual, ReadOnlySpan<string> groups)
    {
        Dictionary<string, bool> right = [];
        for (int i = 0; i < predicted.Length; i++)
            right[groups[i]] = right.GetValueOrDefault(groups[i], true) && predicted[i] == actual[i];
        return right.Values.Average(static one => one ? 1.0 : 0);
    }

    // Neither predicted nor there: nothing was missed and nothing found, which scikit-learn counts as 0 too.
    private static double Ratio(int both, int either) => either == 0 ? 0 : 2.0 * both / either;
}

/// <summary>
/// Correlations of two series of numbers; null where one of them is constant, which no correlation is defined for.
/// </summary>
internal static class Correlation
{
    public static double? Pearson(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double meanX = Mean(x), meanY = Mean(y), across = 0, squaresX = 0, squaresY = 0;
        bool constantX = true, constantY = true;
        for (int i = 0; i < x.Length; i++)
        {
            double dx = x[i] - meanX, dy = y[i] - meanY;
            across += dx * dy;
            squaresX += dx * dx;
            squaresY += dy * dy;
            // Not by the sums: the mean of equal numbers may be off by a rounding.
            constantX &= x[i] == x[0];
            constantY &= y[i] == y[0];
        }
        return constantX || constantY ? null : Math.Clamp(across / Math.Sqrt(squaresX * squaresY), -1, 1);
    }

    /// <summary>Pearson's correlation of ranks, equal numbers at the mean of their ranks.</summary>
    public static double? Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y) => Pearson(Ranks(x), Ranks(y));

    internal static double[] Ranks(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray(), ranks = new double[values.Length];
        int[] places = [.. Enumerable.Range(0, values.Length)];
        Array.Sort(sorted, places);
        for (int first = 0, end; first < sorted.Length; first = end)
        {
            end = first + 1;
            while (end < sorted.Length && sorted[end] == sorted[first]) end++;
            for (int i = first; i < end; i++) ranks[places[i]] = (first + end + 1) / 2.0;
        }
        return ranks;
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values) sum += value;
        return sum / values.Length;
    }
}

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
