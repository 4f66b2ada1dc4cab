namespace CrossPT.Prompting.Routing.Normalisers;

/// <summary>w = y / Σ y; zeros where the sum is zero.</summary>
internal sealed class SumNormaliser : INormaliser
{
    public void Forward(ReadOnlySpan<double> y, Span<double> w)
    {
        double sum = Sum(y);
        for (int i = 0; i < y.Length; i++) w[i] = sum == 0 ? 0 : y[i] / sum;
    }

    /// <summary>dy = (dw − Σ w·dw) / Σ y</summary>
    public void Backward(ReadOnlySpan<double> y, ReadOnlySpan<double> w, ReadOnlySpan<double> dw, Span<double> dy)
    {
        double sum = Sum(y), dot = 0;
        for (int i = 0; i < w.Length; i++) dot += w[i] * dw[i];
        for (int i = 0; i < w.Length; i++) dy[i] = sum == 0 ? 0 : (dw[i] - dot) / sum;
    }

    private static double Sum(ReadOnlySpan<double> y)
    {
        double sum = 0;
        foreach (double value in y) sum += value;
        return sum;
    }
}
