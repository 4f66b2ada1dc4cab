namespace CrossPT.Tensors;

/// <summary>
/// Where <see cref="IElementwiseKernels.RelaxedBernoulli"/> limits its numbers: PyTorch clamps probabilities of float32
/// to [ε, 1 − ε] with ε = 2⁻²³, and samples to [2⁻¹²⁶, 1 − ε].
/// </summary>
internal static class ConcreteLimits
{
    /// <summary>log((1 − 2⁻²³) / 2⁻²³).</summary>
    public const float Logit = 15.942385f;

    /// <summary>2⁻¹²⁶, the smallest normal float32.</summary>
    public const float Least = 1.17549435e-38f;

    /// <summary>1 − 2⁻²³.</summary>
    public const float Largest = 0.99999988f;
}
