namespace CrossPT.Prompting.Routing.Normalisers;

/// <summary>w = y.</summary>
internal sealed class NoNormaliser : INormaliser
{
    public void Forward(ReadOnlySpan<double> y, Span<double> w) => y.CopyTo(w);

    /// <summary>dy = dw</summary>
    public void Backward(ReadOnlySpan<double> y, ReadOnlySpan<double> w, ReadOnlySpan<double> dw, Span<double> dy) => dw.CopyTo(dy);
}
