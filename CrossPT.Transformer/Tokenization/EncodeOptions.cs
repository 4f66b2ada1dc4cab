namespace CrossPT.Transformer.Tokenization;

/// <summary>Options of an encoding.</summary>
[Flags]
public enum EncodeOptions
{
    /// <summary>Plain SentencePiece: special pieces are ordinary text, nothing is appended.</summary>
    None = 0,

    /// <summary>
    /// Special pieces written out in the text (<c>&lt;/s&gt;</c>, <c>&lt;extra_id_0&gt;</c>) become their own ids.
    /// The stretches between them are encoded one by one, each as if it were a whole text.
    /// </summary>
    SpecialPieces = 1,

    /// <summary>The end-of-sequence id is appended.</summary>
    EndOfSequence = 2,

    /// <summary>The input of a T5 model: special pieces are recognised, and end of sequence is appended.</summary>
    ModelInput = SpecialPieces | EndOfSequence,
}
