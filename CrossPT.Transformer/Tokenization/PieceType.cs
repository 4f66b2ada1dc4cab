namespace CrossPT.Transformer.Tokenization;

/// <summary>Kinds of vocabulary entries; the numbers are those of sentencepiece's <c>ModelProto.SentencePiece.Type</c>.</summary>
internal enum PieceType : byte
{
    /// <summary>Found in text, scored by its log-probability.</summary>
    Normal = 1,

    /// <summary>Stands for what cannot be spelled.</summary>
    Unknown = 2,

    /// <summary>Never found in plain text and invisible when decoded.</summary>
    Control = 3,

    /// <summary>Always kept whole where it occurs.</summary>
    UserDefined = 4,

    /// <summary>Has an id but is never produced.</summary>
    Unused = 5,

    /// <summary>One byte of a character that cannot be spelled.</summary>
    Byte = 6,
}
