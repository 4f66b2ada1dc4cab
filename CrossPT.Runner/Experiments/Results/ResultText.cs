using System.Globalization;
using CrossPT.Prompting.Tasks;

namespace CrossPT.Runner.Experiments.Results;

/// <summary>Figures as tables write them: metrics in hundredths, so that 0.853 is 85.3.</summary>
internal static class ResultText
{
    /// <summary><c>85.3</c>.</summary>
    public static string Percent(double value) => (100 * value).ToString("F1", CultureInfo.InvariantCulture);

    /// <summary>A metric: in percent, or an error in the unit of the scores, <c>0.813</c>.</summary>
    public static string Metric(TaskMetric metric, double value) => TaskMetrics.IsError(metric)
        ? value.ToString("G3", CultureInfo.InvariantCulture)
        : Percent(value);

    /// <summary><c>+1.2</c>, <c>−0.4</c>, <c>0.0</c>.</summary>
    public static string Signed(double value)
    {
        string text = Percent(Math.Abs(value));
        return text == "0.0" ? text : (value < 0 ? "−" : "+") + text;
    }

    /// <summary>A weight or a cosine: <c>0.85</c>, <c>−0.04</c>; what rounds to nothing is <c>0.00</c>.</summary>
    public static string Hundredths(double value)
    {
        string text = Math.Abs(value).ToString("0.00", CultureInfo.InvariantCulture);
        return value < 0 && text != "0.00" ? $"−{text}" : text;
    }

    /// <summary>The label of a tick: <c>85</c>, <c>2.5</c>.</summary>
    public static string Tick(double value) =>
        Math.Round(100 * value, 4).ToString("0.##", CultureInfo.InvariantCulture).Replace('-', '−');

    /// <summary><c>85.3 ± 1.2</c>.</summary>
    public static string Spread(ResultCell cell) =>
        cell.Deviation is { } deviation ? $"{Percent(cell.Mean)} ± {Percent(deviation)}" : Percent(cell.Mean);

    /// <summary><c>[83.1, 87.0]</c>; nothing without an interval.</summary>
    public static string Range(Interval? interval) =>
        interval is { } known ? $"[{Percent(known.Low)}, {Percent(known.High)}]" : "";

    /// <summary><c>[+0.1, +2.4]</c>; nothing without an interval.</summary>
    public static string SignedRange(Interval? interval) =>
        interval is { } known ? $"[{Signed(known.Low)}, {Signed(known.High)}]" : "";

    /// <summary>Of the runs of a row: <c>3</c>, or <c>2 of 3</c> with what became of the others.</summary>
    public static string Runs(ResultRow row)
    {
        string count = row.Finished == row.Runs.Count ? $"{row.Finished}" : $"{row.Finished} of {row.Runs.Count}";
        string[] others =
        [
            .. Part(row.Diverged, "diverged"), .. Part(row.Collapsed, "collapsed"), .. Part(row.Failed, "failed"),
            .. Part(row.Unfinished, "unfinished"),
        ];
        return others.Length == 0 ? count : $"{count}, {string.Join(", ", others)}";

        static string[] Part(int number, string word) =>
            number == 0 ? [] : [string.Create(CultureInfo.InvariantCulture, $"{number} {word}")];
    }
}
