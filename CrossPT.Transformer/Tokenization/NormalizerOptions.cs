namespace CrossPT.Transformer.Tokenization;

/// <summary>Whitespace rules of sentencepiece's <c>NormalizerSpec</c>, with its defaults.</summary>
internal sealed record NormalizerOptions
{
    /// <summary>A space is put before the text, so that "world" reads the same alone and after "hello".</summary>
    public bool AddDummyPrefix { get; init; } = true;

    /// <summary>Leading, trailing and repeated spaces are removed.</summary>
    public bool RemoveExtraWhitespaces { get; init; } = true;

    /// <summary>Spaces are spelled U+2581 (▁) in pieces.</summary>
    public bool EscapeWhitespaces { get; init; } = true;

    /// <summary>The dummy space follows the text instead of leading it.</summary>
    public bool WhitespaceAsSuffix { get; init; }
}
