namespace CrossPT.Prompting.Routing.Normalisers;

/// <summary>w = 1 at the largest score, the first of equals, else 0.</summary>
internal sealed class MaxNormaliser : INormaliser
{
    public void Forward(ReadOnlySpan<double> y, Span<double> w)
    {
        int best = 0;
        for (int i = 1; i < y.Length; i++)
        {
            if (y[i] > y[best]) best = i;
        }
        w.Clear();
        w[best] = 1;
    }

    /// <summary>dy = 0: a step has no slope.</summary>
    public void Backward(ReadOnlySpan<double> y, ReadOnlySpan<double> w, ReadOnlySpan<double> dw, Span<double> dy) => dy.Clear();
}
