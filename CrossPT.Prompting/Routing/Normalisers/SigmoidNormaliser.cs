namespace CrossPT.Prompting.Routing.Normalisers;

/// <summary>w = σ(y).</summary>
internal sealed class SigmoidNormaliser : INormaliser
{
    public void Forward(ReadOnlySpan<double> y, Span<double> w)
    {
        for (int i = 0; i < y.Length; i++) w[i] = RelaxedBernoulli.Sigmoid(y[i]);
    }

    /// <summary>dy = w·(1 − w)·dw</summary>
    public void Backward(ReadOnlySpan<double> y, ReadOnlySpan<double> w, ReadOnlySpan<double> dw, Span<double> dy)
    {
        for (int i = 0; i < w.Length; i++) dy[i] = w[i] * (1 - w[i]) * dw[i];
    }
}
