namespace CrossPT.Tensors.Reference;

/// <summary>The activation functions and their derivatives, as <see cref="Activation"/> defines them.</summary>
internal static class ReferenceActivation
{
    private const double Cubic = 0.044715;
    private static readonly double s_root = Math.Sqrt(2 / Math.PI);

    public static double Value(Activation activation, double x) => activation switch
    {
        Activation.Relu => Math.Max(x, 0),
        Activation.GeluTanh => x / 2 * (1 + Tanh(x)),
        Activation.Gelu => x * Normal(x),
        Activation.Silu => x * Sigmoid(x),
        _ => Sigmoid(x),
    };

    public static double Derivative(Activation activation, double x)
    {
        switch (activation)
        {
            case Activation.Relu:
                return x > 0 ? 1 : 0;
            case Activation.GeluTanh:
                // d/dx of x/2 · (1 + t) with t = tanh(u): (1 + t)/2 + x/2 · (1 − t²) · u′.
                double t = Tanh(x);
                double du = s_root * (1 + (3 * Cubic * x * x));
                return ((1 + t) / 2) + (x / 2 * (1 - (t * t)) * du);
            case Activation.Gelu:
                return Normal(x) + (x * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI));
            case Activation.Silu:
                double sigmoid = Sigmoid(x);
                return sigmoid * (1 + (x * (1 - sigmoid)));
            default:
                return Sigmoid(x) * (1 - Sigmoid(x));
        }
    }

    /// <summary>σ(x).</summary>
    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double Tanh(double x) => Math.Tanh(s_root * (x + (Cubic * x * x * x)));

    /// <summary>
    /// The normal distribution function, Φ(x) = ½ + φ(x) · Σ x²ⁿ⁺¹ / (1·3·…·(2n+1)) (Abramowitz and Stegun
    /// 26.2.11): all terms have one sign, so no digit is lost.
    /// </summary>
    private static double Normal(double x)
    {
        if (double.IsNaN(x)) return x;
        // Φ(−9) is 1e-19.
        if (Math.Abs(x) > 9) return x > 0 ? 1 : 0;
        double term = x, sum = x;
        for (int n = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); n++)
        {
            term *= x * x / ((2 * n) + 1);
            sum += term;
        }
        return 0.5 + (Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI) * sum);
    }
}
