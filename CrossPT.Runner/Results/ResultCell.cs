using CrossPT.Prompting.Evaluation;

namespace CrossPT.Runner.Results;

/// <summary>A figure over the seeds of a setting.</summary>
/// <param name="Values">One a finished run, or one a pair of them.</param>
/// <param name="Interval">Bootstrap over seeds and test examples; null where there is one value and its examples were not kept.</param>
internal sealed record ResultCell(IReadOnlyList<double> Values, Interval? Interval)
{
    public int Count => Values.Count;

    public double Mean => Values.Average();

    /// <summary>Standard deviation over the seeds; null of one alone, which says nothing of how far the next would lie.</summary>
    public double? Deviation => Count > 1 ? SampleStatistics.Of(Values).StandardDeviation : null;
}
