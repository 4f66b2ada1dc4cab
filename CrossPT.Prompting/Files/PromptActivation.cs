namespace CrossPT.Prompting.Files;

/// <summary>What lies between the layers of a prompt encoder's MLP; its file does not say.</summary>
public enum PromptActivation
{
    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x·Φ(x), with the normal distribution function itself, not its tanh approximation.</summary>
    Gelu,
}

/// <summary>Values of the activations.</summary>
internal static class PromptActivations
{
    public static double Apply(this PromptActivation activation, double x) =>
        activation == PromptActivation.Relu ? Math.Max(x, 0) : x * 0.5 * (1 + Erf(x / Math.Sqrt(2)));

    /// <summary>
    /// erf(x) = 2/√π · e^(−x²) · Σ 2ⁿ x²ⁿ⁺¹ / (1·3·…·(2n+1)), Abramowitz and Stegun 7.1.6: all terms have one sign, so
    /// no digit is lost.
    /// </summary>
    private static double Erf(double x)
    {
        if (Math.Abs(x) > 6) return Math.Sign(x); // 1 − erf(6) is 2e-17
        double term = x, sum = x;
        for (int n = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); n++) sum += term *= 2 * x * x / ((2 * n) + 1);
        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }
}
