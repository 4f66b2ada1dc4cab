namespace CrossPT.Transformer.Tokenization;

/// <summary>What a tokenizer file says, whichever of the two formats it has.</summary>
internal sealed class TokenizerDefinition
{
    /// <summary>Vocabulary entries in id order.</summary>
    public required PieceList Pieces { get; init; }

    /// <summary>Whitespace rules.</summary>
    public required NormalizerOptions Normalizer { get; init; }

    /// <summary>Character replacements, null where there are none.</summary>
    public PrecompiledCharsMap? CharsMap { get; init; }

    /// <summary>Characters that cannot be spelled become byte pieces.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>What an unknown piece reads as when decoded.</summary>
    public string UnknownSurface { get; init; } = " \u2047 ";

    /// <summary>Piece that ends a sequence.</summary>
    public string EndOfSequencePiece { get; set; } = "</s>";

    /// <summary>Piece that fills a batch.</summary>
    public string PadPiece { get; set; } = "<pad>";
}
