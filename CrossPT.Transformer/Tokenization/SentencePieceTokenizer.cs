using System.Buffers;
using System.Text;

namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// The tokenizer of T5: SentencePiece with a Unigram language model (Kudo and Richardson 2018; Kudo 2018), read from
/// <c>spiece.model</c> or from Hugging Face's <c>tokenizer.json</c>.
/// </summary>
/// <remarks>
/// Ids and pieces equal those of the sentencepiece library. Immutable once loaded: any number of threads may use one
/// instance. Text goes in as UTF-8 or as strings; bytes that are not UTF-8 count as U+FFFD.
/// </remarks>
public sealed class SentencePieceTokenizer : ITokenizer
{
    [ThreadStatic]
    private static EncodedText? _spare;

    private readonly Vocabulary _vocabulary;
    private readonly Normalizer _normalizer;
    private readonly PieceDecoder _decoder;
    private readonly SpecialPieces _special;
    private readonly bool _escaped;

    internal SentencePieceTokenizer(TokenizerDefinition definition)
    {
        _vocabulary = new Vocabulary(definition);
        _normalizer = new Normalizer(definition.Normalizer, definition.CharsMap, _vocabulary.UserDefined);
        _decoder = new PieceDecoder(_vocabulary, definition.Normalizer, definition.UnknownSurface);
        _escaped = definition.Normalizer.EscapeWhitespaces;
        _special = new SpecialPieces(_vocabulary.BuildSpecialTrie(definition.Pieces.File));
        PadId = _vocabulary.Find(definition.PadPiece);
        EndOfSequenceId = _vocabulary.Find(definition.EndOfSequencePiece);
    }

    /// <inheritdoc/>
    public int VocabularySize => _vocabulary.Count;

    /// <inheritdoc/>
    public int PadId { get; }

    /// <inheritdoc/>
    public int EndOfSequenceId { get; }

    /// <inheritdoc/>
    public int UnknownId => _vocabulary.UnknownId;

    /// <summary>Loads a tokenizer.</summary>
    /// <param name="path">
    /// A <c>spiece.model</c>, a <c>tokenizer.json</c>, or a folder that holds one of them (<c>spiece.model</c> is
    /// preferred) and perhaps a <c>tokenizer_config.json</c>.
    /// </param>
    /// <returns>The tokenizer.</returns>
    /// <remarks>
    /// A <c>.model</c> file lacks T5's <c>&lt;extra_id_n&gt;</c> pieces: as many as the folder's
    /// <c>tokenizer_config.json</c> says are added, 100 where nothing says otherwise, the last id being
    /// <c>&lt;extra_id_0&gt;</c>.
    /// </remarks>
    /// <exception cref="TokenizerFormatException">The path, a file or its kind is not what is expected.</exception>
    public static SentencePieceTokenizer Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return TokenizerLoader.Load(path);
    }

    /// <inheritdoc/>
    public int[] Encode(string text, EncodeOptions options = EncodeOptions.None)
    {
        ArgumentNullException.ThrowIfNull(text);
        EncodedText encoded = Rent();
        Encode(text, encoded, options);
        int[] ids = encoded.Ids.ToArray();
        _spare = encoded;
        return ids;
    }

    /// <summary>Encodes UTF-8 text and appends its ids to a list.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="destination">Receives the ids.</param>
    /// <param name="options">Whether special pieces are looked for and the sequence is ended.</param>
    /// <returns>Number of ids appended.</returns>
    /// <exception cref="InvalidOperationException">An end of sequence was asked for and the vocabulary has none.</exception>
    public int Encode(ReadOnlySpan<byte> utf8, List<int> destination, EncodeOptions options = EncodeOptions.None)
    {
        ArgumentNullException.ThrowIfNull(destination);
        EncodedText encoded = Rent();
        Encode(utf8, encoded, options);
        destination.AddRange(encoded.Ids);
        _spare = encoded;
        return encoded.Count;
    }

    /// <summary>Encodes UTF-8 text into a span.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="destination">Receives the ids, unless they are too many.</param>
    /// <param name="count">Number of ids of the text, also where they did not fit.</param>
    /// <param name="options">Whether special pieces are looked for and the sequence is ended.</param>
    /// <returns>Whether the ids fitted.</returns>
    /// <exception cref="InvalidOperationException">An end of sequence was asked for and the vocabulary has none.</exception>
    public bool TryEncode(ReadOnlySpan<byte> utf8, Span<int> destination, out int count, EncodeOptions options = EncodeOptions.None)
    {
        EncodedText encoded = Rent();
        Encode(utf8, encoded, options);
        count = encoded.Count;
        bool fits = encoded.Ids.TryCopyTo(destination);
        _spare = encoded;
        return fits;
    }

    /// <summary>Encodes text into a buffer that also knows the pieces.</summary>
    /// <param name="text">The text; lone surrogates count as U+FFFD.</param>
    /// <param name="destination">Receives the encoding in place of the last one.</param>
    /// <param name="options">Whether special pieces are looked for and the sequence is ended.</param>
    /// <exception cref="InvalidOperationException">An end of sequence was asked for and the vocabulary has none.</exception>
    public void Encode(ReadOnlySpan<char> text, EncodedText destination, EncodeOptions options = EncodeOptions.None)
    {
        byte[] utf8 = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        int length = Encoding.UTF8.GetBytes(text, utf8);
        Encode(utf8.AsSpan(0, length), destination, options);
        ArrayPool<byte>.Shared.Return(utf8);
    }

    /// <summary>Encodes UTF-8 text into a buffer that also knows the pieces.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="destination">Receives the encoding in place of the last one.</param>
    /// <param name="options">Whether special pieces are looked for and the sequence is ended.</param>
    /// <exception cref="InvalidOperationException">An end of sequence was asked for and the vocabulary has none.</exception>
    public void Encode(ReadOnlySpan<byte> utf8, EncodedText destination, EncodeOptions options = EncodeOptions.None)
    {
        ArgumentNullException.ThrowIfNull(destination);
        destination.Start(_vocabulary);
        if ((options & EncodeOptions.SpecialPieces) != 0)
        {
            for (int start; (start = _special.Find(utf8, out int id, out int length)) >= 0; utf8 = utf8[(start + length)..])
            {
                destination.Add(utf8[..start], _normalizer, _escaped);
                destination.Add(id);
            }
        }

        destination.Add(utf8, _normalizer, _escaped);
        if ((options & EncodeOptions.EndOfSequence) != 0)
        {
            destination.Add(EndOfSequenceId >= 0
                ? EndOfSequenceId
                : throw new InvalidOperationException("The vocabulary has no end-of-sequence piece to append."));
        }
    }

    /// <inheritdoc/>
    /// <remarks>As in SentencePiece an unknown piece reads " ⁇ ", and special pieces are invisible unless asked for.</remarks>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true)
    {
        var text = new ArrayBufferWriter<byte>(Math.Max(16, ids.Length * 6));
        _decoder.Decode(ids, skipSpecial, text);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    /// <inheritdoc/>
    public string IdToPiece(int id) => Encoding.UTF8.GetString(PieceUtf8(id));

    /// <summary>The piece of an id in UTF-8, without allocation.</summary>
    /// <param name="id">An id in <c>[0, VocabularySize)</c>.</param>
    /// <returns>The piece; it holds as long as the tokenizer.</returns>
    /// <exception cref="ArgumentException">The id lies outside the vocabulary.</exception>
    public ReadOnlySpan<byte> PieceUtf8(int id) => _vocabulary.PieceUtf8(Checked(id));

    /// <summary>The piece of an id as a JSON string in UTF-8, quotes included, without allocation.</summary>
    /// <param name="id">An id in <c>[0, VocabularySize)</c>.</param>
    /// <returns>The string; it holds as long as the tokenizer.</returns>
    /// <exception cref="ArgumentException">The id lies outside the vocabulary.</exception>
    public ReadOnlySpan<byte> PieceJson(int id) => _vocabulary.Json[Checked(id)];

    /// <inheritdoc/>
    public int PieceToId(string piece)
    {
        ArgumentNullException.ThrowIfNull(piece);
        int id = _vocabulary.Find(piece);
        return id < 0 ? UnknownId : id;
    }

    private static EncodedText Rent()
    {
        // Taken while in use: nothing that runs meanwhile on this thread can get the same one.
        EncodedText encoded = _spare ?? new EncodedText();
        _spare = null;
        return encoded;
    }

    private int Checked(int id) => (uint)id < (uint)_vocabulary.Count
        ? id
        : throw new ArgumentException($"The id is {id}, expected 0 to {_vocabulary.Count - 1}.", nameof(id));
}
