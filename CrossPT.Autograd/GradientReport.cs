using System.Globalization;
using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>One comparison of <see cref="GradientCheck"/>.</summary>
/// <param name="Parameter">Name of the parameter; <see cref="GradientReport.AllParameters"/> for a direction over all
/// of them.</param>
/// <param name="Index">Place of the element in row-major order, null for a direction.</param>
/// <param name="Place">The same by dimension, <c>[3, 17]</c>, or <c>direction 1</c>.</param>
/// <param name="Analytic">From the backward pass.</param>
/// <param name="Numeric">From differences of the loss.</param>
/// <param name="RelativeError">
/// |Analytic − Numeric| over the largest gradient of that parameter, or in a direction over the gradient's norm; NaN
/// where one of them is.
/// </param>
public sealed record GradientDifference(
    string Parameter, long? Index, string Place, double Analytic, double Numeric, double RelativeError)
{
    /// <summary>One sentence with all numbers.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Parameter} {Place}: analytic {Analytic:R}, numeric {Numeric:R}, relative error {RelativeError:E2}");

    internal static string PlaceOf(long index, Shape shape)
    {
        int[] place = new int[shape.Rank];
        for (int i = shape.Rank - 1; i >= 0; i--) (index, place[i]) = (index / shape[i], (int)(index % shape[i]));
        return $"[{string.Join(", ", place)}]";
    }
}

/// <summary>What <see cref="GradientCheck"/> found.</summary>
public sealed class GradientReport
{
    /// <summary>Name of the comparison over all parameters together.</summary>
    public const string AllParameters = "(all parameters)";

    internal GradientReport(IReadOnlyList<GradientDifference> differences, double tolerance)
    {
        Differences = differences;
        Tolerance = tolerance;
        Worst = differences.MaxBy(Badness)!;
        // The worst element says where; a direction is named only where no element shows the error.
        WorstElement = differences.Where(static difference => difference.Index is not null).MaxBy(Badness);

        static double Badness(GradientDifference difference)
            => double.IsNaN(difference.RelativeError) ? double.PositiveInfinity : difference.RelativeError;
    }

    /// <summary>
    /// Every comparison, parameter by parameter: elements, then directions; last, the directions over all parameters.
    /// </summary>
    public IReadOnlyList<GradientDifference> Differences { get; }

    /// <summary>Relative error from which a gradient counts as wrong.</summary>
    public double Tolerance { get; }

    /// <summary>The comparison with the largest error.</summary>
    public GradientDifference Worst { get; }

    /// <summary>The element with the largest error; null where none was compared by itself.</summary>
    public GradientDifference? WorstElement { get; }

    /// <summary>Whether every error is within the tolerance.</summary>
    public bool Passed => Worst.RelativeError <= Tolerance;

    /// <summary>One sentence: how many comparisons, and the worst.</summary>
    public override string ToString()
    {
        bool isElement = !Passed && WorstElement is not null && !(WorstElement.RelativeError <= Tolerance);
        GradientDifference shown = isElement ? WorstElement! : Worst;
        string outcome = Passed ? "Gradients agree" : "Gradients differ";
        return $"{outcome} in {Differences.Count} comparisons; the worst is {shown}.";
    }
}
