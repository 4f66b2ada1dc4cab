namespace CrossPT.Prompting.Routing.Normalisers;

/// <summary>Makes weights w of the scores y of the chosen columns: the function and its derivative side by side.</summary>
internal interface INormaliser
{
    /// <summary>w = f(y), of one length and at least one.</summary>
    void Forward(ReadOnlySpan<double> y, Span<double> w);

    /// <summary>dy = (∂w/∂y)ᵀ·dw.</summary>
    void Backward(ReadOnlySpan<double> y, ReadOnlySpan<double> w, ReadOnlySpan<double> dw, Span<double> dy);
}

/// <summary>The normalisers by name.</summary>
internal static class NormaliserTable
{
    public static INormaliser Of(RouterNormaliser kind) => kind switch
    {
        RouterNormaliser.Softmax => new SoftmaxNormaliser(),
        RouterNormaliser.Sigmoid => new SigmoidNormaliser(),
        RouterNormaliser.Sum => new SumNormaliser(),
        RouterNormaliser.Max => new MaxNormaliser(),
        _ => new NoNormaliser(),
    };
}
