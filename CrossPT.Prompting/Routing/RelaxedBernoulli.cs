using CrossPT.Tensors;

namespace CrossPT.Prompting.Routing;

/// <summary>
/// The binary Concrete distribution (Maddison et al. 2017): y = σ((logit(u) + z) / τ) with u uniform; clamped in every place where PyTorch's
/// RelaxedBernoulli clamps in float32, so that a logit acts as if limited to about ±15.9.
/// </summary>
internal static class RelaxedBernoulli
{
    /// <summary>Distance of 1 to the next float32.</summary>
    private const double Epsilon = 1.1920928955078125e-07;

    /// <summary>The smallest normal float32.</summary>
    private const double Tiny = 1.1754943508222875e-38;

    /// <summary>A sample and its derivative by z: y(1 − y)/τ, 0 where a clamp holds.</summary>
    /// <param name="u">Uniform in [0, 1).</param>
    /// <param name="z">The logit.</param>
    /// <param name="temperature">τ.</param>
    public static (double Value, double Slope) Sample(double u, double z, double temperature)
    {
        double p = Sigmoid(z), clampedP = Clamp(p), clampedU = Clamp(u);
        double y = Sigmoid((Logit(clampedU) + Logit(clampedP)) / temperature), value = Math.Clamp(y, Tiny, 1 - Epsilon);
        return (value, p == clampedP && y == value ? y * (1 - y) / temperature : 0);
    }

    /// <summary>Uniform numbers of one task or row at one step, one a column: a function of all four alone.</summary>
    public static double[] Uniforms(ulong seed, int step, string row, int columns)
    {
        CounterRandom random = new(seed, RandomStreams.Of("router sample", row, (ulong)step));
        double[] uniforms = new double[columns];
        for (int i = 0; i < columns; i++) uniforms[i] = random.NextDouble();
        return uniforms;
    }

    /// <summary>1 / (1 + e^(−x)), without overflow.</summary>
    public static double Sigmoid(double x)
    {
        if (x >= 0) return 1 / (1 + Math.Exp(-x));
        double e = Math.Exp(x);
        return e / (1 + e);
    }

    private static double Clamp(double p) => Math.Clamp(p, Epsilon, 1 - Epsilon);

    private static double Logit(double p) => Math.Log(p) - Math.Log(1 - p);
}
