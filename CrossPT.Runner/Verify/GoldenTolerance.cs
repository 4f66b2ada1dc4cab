using System.Globalization;

namespace CrossPT.Runner.Verify;

/// <summary>How near to the reference a result must be.</summary>
/// <param name="MaxRelative">Largest absolute difference over the largest golden value.</param>
internal readonly record struct GoldenTolerance(double MaxRelative)
{
    /// <summary>Two logits nearer than this share of the largest may change places in bf16.</summary>
    public const double Tie = 6e-2;

    /// <summary>
    /// Of operands rounded to bf16, seven bits of fraction: the relative L2 difference, by kind of tensor, for single
    /// elements may be far off.
    /// </summary>
    public static GoldenTolerance BFloat16 { get; } = new(double.NaN);

    /// <summary>Whether greedy ids may part from the reference's where two logits are nearly equal.</summary>
    public bool AllowsTies => double.IsNaN(MaxRelative);

    /// <summary>Whether a tensor of this name may lie so far off.</summary>
    public bool Allows(string tensor, Difference difference)
    {
        if (!AllowsTies) return difference.MaxRelative <= MaxRelative;
        double most = tensor == "loss" ? 5e-3 : tensor.StartsWith("grad_", StringComparison.Ordinal) ? 0.15 : 3e-2;
        return difference.RelativeL2 <= most;
    }

    public override string ToString() =>
        AllowsTies ? "what bf16 allows" : MaxRelative.ToString("0.##e+0", CultureInfo.InvariantCulture);
}
