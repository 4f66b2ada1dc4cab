namespace CrossPT.Tensors.Cuda;

/// <summary>Which gradient a group computes: known to the compiler.</summary>
internal interface IGradientKind
{
    /// <summary>Whether the group's own rows are queries and it walks over keys, or the other way round.</summary>
    static abstract bool OwnIsQuery { get; }

    /// <summary>Whether gradients of scores are summed, or else probabilities.</summary>
    static abstract bool OfScores { get; }
}

/// <summary>dQ = dS·K.</summary>
internal readonly struct QueryKind : IGradientKind
{
    public static bool OwnIsQuery => true;

    public static bool OfScores => true;
}

/// <summary>dK = dSᵀ·Q.</summary>
internal readonly struct KeyKind : IGradientKind
{
    public static bool OwnIsQuery => false;

    public static bool OfScores => true;
}

/// <summary>dV = dropout(P)ᵀ·dO.</summary>
internal readonly struct ValueKind : IGradientKind
{
    public static bool OwnIsQuery => false;

    public static bool OfScores => false;
}
