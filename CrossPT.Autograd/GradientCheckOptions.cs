namespace CrossPT.Autograd;

/// <summary>How <see cref="GradientCheck"/> compares; the defaults are for float64.</summary>
public sealed record GradientCheckOptions
{
    /// <summary>Relative error from which a gradient counts as wrong.</summary>
    /// <value>The default is 1e-6: central differences in float64 come to about 1e-9, a wrong formula to 1e-2 and
    /// more.</value>
    public double Tolerance { get; init; } = 1e-6;

    /// <summary>
    /// Step of the differences at a value x in parts of max(1, |x|); null chooses.
    /// </summary>
    /// <value>
    /// The default is null: 1e-5, or 1e-3 with <see cref="FourthOrder"/>. The error of a central difference is h²·f‴/6
    /// + u·f/h with the rounding u ≈ 1e-16, least near h = ∛u ≈ 5e-6; of the fourth order, h⁴·f⁗′/30 + u·f/h, least
    /// near u^(1/5) ≈ 6e-4. The smaller step also crosses fewer kinks of a ReLU.
    /// </value>
    public double? Step { get; init; }

    /// <summary>
    /// Four evaluations a difference instead of two: (8·(f(+h) − f(−h)) − (f(+2h) − f(−2h))) / 12h, for sharper
    /// tolerances on smooth losses.
    /// </summary>
    /// <value>The default is false.</value>
    public bool FourthOrder { get; init; }

    /// <summary>
    /// Elements compared one by one in each parameter, drawn at random where it has more; null compares all.
    /// </summary>
    /// <value>The default is 64.</value>
    public int? MaxElements { get; init; } = 64;

    /// <summary>
    /// Random directions compared in each parameter, and as many over all parameters together: they see every element
    /// at once.
    /// </summary>
    /// <value>The default is 2.</value>
    public int Directions { get; init; } = 2;

    /// <summary>Seed of the sample and the directions.</summary>
    /// <value>The default is 0.</value>
    public ulong Seed { get; init; }
}
