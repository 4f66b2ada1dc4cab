namespace CrossPT.Tensors;

/// <summary>Activation functions: of feed-forward layers, and of gates.</summary>
public enum Activation
{
    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>
    /// x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))): Hugging Face's <c>gelu_new</c>, the approximation of
    /// <see cref="Gelu"/> that T5 v1.1 was trained with.
    /// </summary>
    GeluTanh,

    /// <summary>x · Φ(x) with the normal distribution function Φ itself (Hendrycks and Gimpel 2016).</summary>
    Gelu,

    /// <summary>x / (1 + e^−x), also called swish.</summary>
    Silu,

    /// <summary>σ(x) = 1 / (1 + e^−x).</summary>
    Sigmoid,
}
