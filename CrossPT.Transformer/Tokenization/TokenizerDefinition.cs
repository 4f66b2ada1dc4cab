using System.Text;

namespace CrossPT.Transformer.Tokenization;

/// <summary>Kinds of vocabulary entries, numbered as in sentencepiece's <c>ModelProto.SentencePiece.Type</c>.</summary>
internal enum PieceType : byte
{
    /// <summary>Found in text, scored by its log-probability.</summary>
    Normal = 1,

    /// <summary>Stands for what cannot be spelled.</summary>
    Unknown = 2,

    /// <summary>Never found in plain text, invisible when decoded.</summary>
    Control = 3,

    /// <summary>Kept whole and not normalised wherever it occurs.</summary>
    UserDefined = 4,

    /// <summary>Has an id but is never produced.</summary>
    Unused = 5,

    /// <summary>One byte of a character that cannot be spelled.</summary>
    Byte = 6,
}

/// <summary>A vocabulary entry.</summary>
internal readonly record struct Piece(string Text, float Score, PieceType Type);

/// <summary>Contents of a tokenizer file of either format.</summary>
/// <param name="file">File named in errors.</param>
internal sealed class TokenizerDefinition(string file)
{
    // A longer piece would let a hostile file make every position of a text expensive; real ones have some 16 bytes.
    private const int MaxPieceBytes = 4096;

    // Real vocabularies have at most some 256,000 pieces.
    private const int MaxPieces = 1 << 20;

    // Sums of 2^31 scores must stay finite in single precision.
    private const float MaxScore = 1e28f;

    /// <summary>File named in errors.</summary>
    public string File { get; } = file;

    /// <summary>Vocabulary entries; an entry's index is its id.</summary>
    public List<Piece> Pieces { get; } = [];

    /// <summary>Tokens that are looked for in the text itself where special pieces are.</summary>
    public List<AddedToken> AddedTokens { get; } = [];

    /// <summary>
    /// Steps of a <c>tokenizer.json</c> before the model; null for sentencepiece's own rules.
    /// </summary>
    public HuggingFaceSteps? Steps { get; set; }

    /// <summary>Character replacements, null where there are none.</summary>
    public CharsMap? CharsMap { get; set; }

    /// <summary>A space is put before the text, so that "world" reads the same alone and after "hello".</summary>
    public bool AddDummyPrefix { get; set; } = true;

    /// <summary>Leading, trailing and repeated spaces are removed.</summary>
    public bool RemoveExtraWhitespaces { get; set; } = true;

    /// <summary>Spaces are spelled U+2581 (▁) in pieces.</summary>
    public bool EscapeWhitespaces { get; set; } = true;

    /// <summary>The dummy space follows the text instead of leading it.</summary>
    public bool WhitespaceAsSuffix { get; set; }

    /// <summary>Characters that cannot be spelled become byte pieces.</summary>
    public bool ByteFallback { get; set; }

    /// <summary>Decoded text of an unknown piece.</summary>
    public string UnknownSurface { get; set; } = " \u2047 ";

    /// <summary>Piece that ends a sequence.</summary>
    public string EndOfSequencePiece { get; set; } = "</s>";

    /// <summary>Piece that fills a batch.</summary>
    public string PadPiece { get; set; } = "<pad>";

    /// <summary>Adds an entry.</summary>
    /// <param name="text">The piece.</param>
    /// <param name="score">Its log-probability.</param>
    /// <param name="type">Its kind.</param>
    /// <param name="place">Where the file has it.</param>
    /// <exception cref="TokenizerFormatException">It is empty or too long, or its score is unusable.</exception>
    public void Add(string text, float score, PieceType type, string place)
    {
        if (text.Length == 0) throw Error(place, "an empty piece", "at least one character");
        int bytes = Encoding.UTF8.GetByteCount(text);
        if (bytes > MaxPieceBytes) throw Error(place, $"a piece of {bytes} bytes", $"at most {MaxPieceBytes}");
        if (Pieces.Count == MaxPieces) throw Error(place, $"more than {MaxPieces} pieces", $"at most {MaxPieces}");

        // Not a number fails the comparison too.
        if (!(Math.Abs(score) <= MaxScore))
        {
            throw Error(place, $"the score {score} of piece '{text}'", $"a number from {-MaxScore} to {MaxScore}");
        }

        Pieces.Add(new Piece(text, score, type));
    }

    /// <summary>An error in this file.</summary>
    public TokenizerFormatException Error(string place, string found, string expected, Exception? cause = null) =>
        new(File, place, found, expected, cause);
}
