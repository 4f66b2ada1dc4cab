namespace CrossPT.Prompting.Routing.Normalisers;

/// <summary>w = softmax(y).</summary>
internal sealed class SoftmaxNormaliser : INormaliser
{
    public void Forward(ReadOnlySpan<double> y, Span<double> w)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (double value in y) largest = Math.Max(largest, value);
        for (int i = 0; i < y.Length; i++) sum += w[i] = Math.Exp(y[i] - largest);
        for (int i = 0; i < y.Length; i++) w[i] /= sum;
    }

    /// <summary>dy = w·(dw − Σ w·dw)</summary>
    public void Backward(ReadOnlySpan<double> y, ReadOnlySpan<double> w, ReadOnlySpan<double> dw, Span<double> dy)
    {
        double dot = 0;
        for (int i = 0; i < w.Length; i++) dot += w[i] * dw[i];
        for (int i = 0; i < w.Length; i++) dy[i] = w[i] * (dw[i] - dot);
    }
}
