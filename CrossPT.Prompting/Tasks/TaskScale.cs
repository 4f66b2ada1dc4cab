using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json.Serialization;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Prompting.Tasks;

/// <summary>
/// The scores of a regression task, written out as words a step apart: 0.0, 0.2, … 5.0 for STS-B (Raffel et al. 2020,
/// section 2.3).
/// </summary>
/// <param name="Minimum">The least score.</param>
/// <param name="Maximum">The greatest.</param>
/// <param name="Step">What scores are rounded to.</param>
public sealed record TaskScale(double Minimum, double Maximum, double Step) : ICheckedRecord
{
    /// <summary>A scale to be read.</summary>
    public TaskScale()
        : this(0, 0, 0)
    {
    }

    /// <summary>The least score.</summary>
    [JsonInclude, RequiredSetting("the least score"), Range(-1e6, 1e6)]
    public double Minimum { get; internal set; } = Minimum;

    /// <summary>The greatest score.</summary>
    [JsonInclude, RequiredSetting("the greatest score"), Range(-1e6, 1e6)]
    public double Maximum { get; internal set; } = Maximum;

    /// <summary>What scores are rounded to; there are 1,024 steps at most.</summary>
    [JsonInclude, RequiredSetting("what scores are rounded to"), Range(1e-6, 1e6)]
    public double Step { get; internal set; } = Step;

    /// <summary>Words a scale may have at most: every one of them is scored for every text.</summary>
    internal const int MostWords = 1024;

    /// <summary>The score that a text which is no number counts as.</summary>
    public const double Unparsable = -1;

    /// <summary>How many words there are.</summary>
    [JsonIgnore]
    public int Count => (int)Math.Round((Maximum - Minimum) / Step) + 1;

    /// <summary>The score of a place.</summary>
    public double ScoreAt(int place) => Minimum + (place * Step);

    /// <summary>The word of a place, with one decimal or, where the step has more, as many as the step.</summary>
    public string WordAt(int place) => ScoreAt(place).ToString($"F{Decimals}", CultureInfo.InvariantCulture);

    /// <summary>
    /// Place of the nearest word; of two as near, the even one, in single precision, as T5's own rounding has it.
    /// </summary>
    public int PlaceOf(double score)
    {
        float steps = (float)(score - Minimum) * (float)(1 / Step);
        return (int)Math.Clamp(MathF.Round(steps, MidpointRounding.ToEven), 0, Count - 1);
    }

    /// <summary>A score as text, or null where it is no finite number.</summary>
    public static double? Parse(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double score)
            && double.IsFinite(score) ? score : null;

    void ICheckedRecord.Check(ConfigSection section)
    {
        if (Minimum < Maximum && (Maximum - Minimum) / Step < MostWords) return;
        throw section.Value.Wrong($"a maximum above the minimum, {MostWords} steps apart at most");
    }

    internal TaskLabel[] ToLabels() =>
        [.. Enumerable.Range(0, Count).Select(place => new TaskLabel(WordAt(place), WordAt(place)))];

    private int Decimals
    {
        get
        {
            int decimals = 1;
            for (decimal scaled = (decimal)Step * 10; scaled != decimal.Truncate(scaled) && decimals < 6; scaled *= 10)
                decimals++;
            return decimals;
        }
    }
}
