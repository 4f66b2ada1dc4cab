using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using Microsoft.ML.Tokenizers;
using UnigramModel = Microsoft.ML.Tokenizers.SentencePieceTokenizer;

namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// The tokenizer of T5: SentencePiece with a Unigram language model (Kudo and Richardson 2018; Kudo 2018), read from
/// <c>spiece.model</c> or from Hugging Face's <c>tokenizer.json</c>.
/// </summary>
/// <remarks>
/// Words are split by Microsoft.ML.Tokenizers and remembered. Its scores round differently from sentencepiece's: where
/// that could matter, and where a vocabulary has pieces of kinds that the package does not know, <see cref="Lattice"/>
/// splits, so that ids and pieces always equal those of the library. Any number of threads may use one instance.
/// </remarks>
public sealed class SentencePieceTokenizer : ITokenizer
{
    // Longer words are rare and not remembered, so that memory is bounded: a word takes some 150 bytes.
    private const int MaxWordLength = 48;
    private const int MaxWords = 1 << 18;

    private static readonly SearchValues<char> s_printableAscii =
        SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(static code => (char)code)]);

    private readonly TokenizerDefinition _definition;
    private readonly Vocabulary _vocabulary;
    private readonly Normalizer _normalizer;
    private readonly AddedTokens _added;
    private readonly AddedTokens _addedNormalized;
    private readonly AddedTokens _addedAsWritten;
    private readonly Lattice? _modelLattice;
    private readonly bool _keepsPlainText;
    private readonly bool _splitsAtSpaces;
    private readonly Lazy<UnigramModel?> _model;
    private ConcurrentDictionary<string, Word> _words = new(StringComparer.Ordinal);
    private int _wordCount;

    internal SentencePieceTokenizer(TokenizerDefinition definition)
    {
        _definition = definition;
        _vocabulary = new Vocabulary(definition);
        PieceIndex userDefined = _vocabulary.IndexOf(PieceType.UserDefined);
        _normalizer = new Normalizer(definition, userDefined);
        // Then the split of a text is the splits of its words, each with the space before it.
        _splitsAtSpaces = definition is
        {
            AddDummyPrefix: true, RemoveExtraWhitespaces: true, EscapeWhitespaces: true, WhitespaceAsSuffix: false,
        }
            && userDefined.Count == 0
            && definition.CharsMap?.MixesSpaces != true
            && !definition.Pieces.Exists(static piece =>
                piece.Type == PieceType.Normal && piece.Text.AsSpan(1).Contains(Normalizer.Space));
        (List<AddedToken> raw, List<AddedToken> normalized) = ([.. definition.AddedTokens], []);
        if (definition.Steps is { } steps)
        {
            // Hugging Face's model finds every entry of its vocabulary that is left in the text, special or not.
            _modelLattice = new Lattice(definition.Pieces, steps.Scores);
            raw.RemoveAll(static token => token.IsNormalized);
            normalized = [.. definition.AddedTokens.Where(static token => token.IsNormalized)
                .Select(token => token with { Text = steps.Normalize(token.Text) })
                .Where(static token => token.Text.Length > 0).DistinctBy(static token => token.Text)];
            _keepsPlainText = steps.IsSentencePiece && _splitsAtSpaces && normalized.Count == 0
                && !raw.Exists(static token => token.IsWholeWord);
        }
        else
        {
            HashSet<int> present = [.. raw.Select(static token => token.Id)];
            raw.AddRange(definition.Pieces.Select(static (piece, id) => (piece, id))
                .Where(entry => entry.piece.Type is PieceType.Control or PieceType.Unknown && present.Add(entry.id))
                .Select(static entry => new AddedToken(entry.id, entry.piece.Text)));
        }

        _added = new AddedTokens(raw);
        _addedNormalized = new AddedTokens(normalized);
        IEnumerable<AddedToken> asWritten = raw.Concat(
            definition.AddedTokens.Where(static token => token.IsNormalized));
        _addedAsWritten = normalized.Count == 0
            ? _added
            : new AddedTokens(asWritten.DistinctBy(static token => token.Text));

        _model = new Lazy<UnigramModel?>(CreateModel);
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
        EncodedText encoded = new();
        Encode(text, encoded, options);
        return encoded.Ids.ToArray();
    }

    /// <summary>Encodes text into a buffer that also knows the pieces.</summary>
    /// <param name="text">The text; lone surrogates count as U+FFFD.</param>
    /// <param name="destination">Receives the encoding in place of the last one.</param>
    /// <param name="options">Whether special pieces are looked for and the sequence is ended.</param>
    /// <exception cref="InvalidOperationException">
    /// An end of sequence was asked for and the vocabulary has none.
    /// </exception>
    public void Encode(ReadOnlySpan<char> text, EncodedText destination, EncodeOptions options = EncodeOptions.None)
    {
        ArgumentNullException.ThrowIfNull(destination);
        destination.Start(_vocabulary);
        if ((options & EncodeOptions.SpecialPieces) != 0)
        {
            (int from, int search) = (0, 0);
            while (_added.Next(text, from, ref search, out int start, out int end) is { } token)
            {
                if (start > from) EncodeStretch(text[from..start], destination, from == 0, findsAdded: true);
                destination.Add(token.Id);
                from = end;
            }

            if (from < text.Length) EncodeStretch(text[from..], destination, from == 0, findsAdded: true);
        }
        else
        {
            EncodeStretch(text, destination, isFirst: true, findsAdded: false);
        }

        if ((options & EncodeOptions.EndOfSequence) != 0) AddEnd(destination);
    }

    /// <inheritdoc/>
    public int[] Encode(string text, IReadOnlyList<Range> literals)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(literals);
        EncodedText encoded = new();
        encoded.Start(_vocabulary);
        int from = 0;
        int search = 0;
        while (_addedAsWritten.Next(text, from, ref search, out int start, out int end) is { } token)
        {
            // The search goes on behind the token itself; start and end count the spaces that it takes.
            int first = search - token.Text.Length;
            if (!literals.Any(one => one.Start.Value <= first && search <= one.End.Value))
            {
                search = first + 1;
                continue;
            }

            if (start > from) EncodeStretch(text.AsSpan(from, start - from), encoded, from == 0, findsAdded: false);
            encoded.Add(token.Id);
            from = end;
        }

        if (from < text.Length) EncodeStretch(text.AsSpan(from), encoded, from == 0, findsAdded: false);
        AddEnd(encoded);
        return encoded.Ids.ToArray();
    }

    /// <inheritdoc/>
    /// <remarks>
    /// As in SentencePiece an unknown piece reads " ⁇ ", and special pieces are invisible unless asked for.
    /// </remarks>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true)
    {
        StringBuilder text = new(ids.Length * 6);
        bool stripsSpace = _definition.AddDummyPrefix || _definition.RemoveExtraWhitespaces;
        bool atStart = true;
        bool tookSpace = false;
        for (int i = 0; i < ids.Length; i++)
        {
            if ((uint)ids[i] >= (uint)VocabularySize)
            {
                string message = $"Id {i} of {ids.Length} is {ids[i]}, expected 0 to {VocabularySize - 1}.";
                throw new ArgumentException(message, nameof(ids));
            }

            (string piece, _, PieceType type) = _vocabulary[ids[i]];
            if (type == PieceType.Byte)
            {
                i += DecodeBytes(ids[i..], text) - 1;
                continue;
            }

            atStart &= !tookSpace && text.Length == 0;
            tookSpace = false;
            if (type == PieceType.Control)
            {
                if (!skipSpecial) text.Append(piece);
            }
            else if (type == PieceType.Unknown)
            {
                text.Append(_definition.UnknownSurface);
            }
            else
            {
                // Where repeated spaces are removed, all leading ones go, not only the one put there.
                bool takes = atStart && stripsSpace && piece[0] == Normalizer.Space;
                tookSpace = takes && !_definition.RemoveExtraWhitespaces;
                text.Append(piece[(takes ? 1 : 0)..].Replace(Normalizer.Space, ' '));
            }
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public string IdToPiece(int id) => (uint)id < (uint)VocabularySize
        ? _vocabulary[id].Text
        : throw new ArgumentException($"The id is {id}, expected 0 to {VocabularySize - 1}.", nameof(id));

    /// <inheritdoc/>
    public int PieceToId(string piece)
    {
        ArgumentNullException.ThrowIfNull(piece);
        int id = _vocabulary.Find(piece);
        return id < 0 ? UnknownId : id;
    }

    private void AddEnd(EncodedText destination) => destination.Add(EndOfSequenceId >= 0
        ? EndOfSequenceId
        : throw new InvalidOperationException("The vocabulary has no end-of-sequence piece to append."));

    private void EncodeStretch(ReadOnlySpan<char> text, EncodedText destination, bool isFirst, bool findsAdded)
    {
        bool isAscii = !text.ContainsAnyExcept(s_printableAscii);
        if (_definition.Steps is not { } steps || (findsAdded
            ? _keepsPlainText && isAscii
            : steps.IsSentencePiece && (isAscii || !steps.SplitsAtWhitespace || _definition.CharsMap is not null)))
        {
            EncodePlain(text, destination, findsAdded ? _modelLattice : null);
            return;
        }

        // Lone surrogates become U+FFFD.
        string normalized = steps.Normalize(string.Concat(text.ToString().EnumerateRunes()));
        (int from, int search) = (0, 0);
        while (findsAdded
            && _addedNormalized.Next(normalized, from, ref search, out int start, out int end) is { } token)
        {
            if (start > from) SplitWords(normalized[from..start], from == 0);
            destination.Add(token.Id);
            from = end;
        }

        if (from < normalized.Length) SplitWords(normalized[from..], from == 0);

        void SplitWords(string part, bool isStart)
        {
            foreach (string word in steps.Words(part, isFirst && isStart))
            {
                destination.StartStretch();
                destination.Split(word, _modelLattice);
            }
        }
    }

    private void EncodePlain(ReadOnlySpan<char> text, EncodedText destination, Lattice? wordLattice)
    {
        destination.StartStretch();
        if (!_splitsAtSpaces || text.Contains(Normalizer.Space))
        {
            string normalized = _normalizer.Normalize(text);
            if (normalized.Length > 0) destination.Split(normalized);
            return;
        }

        var known = _words.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (Range range in text.Split(' '))
        {
            ReadOnlySpan<char> raw = text[range];
            if (raw.IsEmpty) continue;
            if (!known.TryGetValue(raw, out Word? word)) word = Learn(raw, ref destination.Nodes);
            if (wordLattice is not null) destination.StartStretch();
            if (Math.Abs(destination.Score) <= word.Limit) destination.Add(word.Ids);
            else if (word.Text.Length > 0) destination.Split(word.Text, wordLattice);
        }
    }

    /// <summary>Normalises and splits a word, and remembers the split if it is short.</summary>
    private Word Learn(ReadOnlySpan<char> raw, ref Lattice.Node[] nodes)
    {
        string text = _normalizer.Normalize(raw);
        if (raw.Length > MaxWordLength || text.Length > MaxWordLength) return new Word(text, [], -1);
        float limit = -1;
        if (text.Length > 0 && _model.Value is not null)
        {
            _vocabulary.Lattice.Search(text, 0, ref nodes);
            limit = Lattice.Limit(nodes, text.Length);
        }

        int[] ids = limit < 0 ? [] : [.. _model.Value!.EncodeToIds(text, false, false, considerNormalization: false)];
        Word word = new(text, ids, limit);
        if (Interlocked.Increment(ref _wordCount) > MaxWords)
        {
            _words = new ConcurrentDictionary<string, Word>(StringComparer.Ordinal);
            _wordCount = 0;
        }

        _words[raw.ToString()] = word;
        return word;
    }

    /// <summary>The package's model of these pieces, null where it cannot hold them (such with U+0000).</summary>
    private UnigramModel? CreateModel()
    {
        using MemoryStream model = SentencePieceModelFile.Write(_definition.Pieces, UnknownId, MaxWordLength);
        try
        {
            return UnigramModel.Create(model, addBeginningOfSentence: false, addEndOfSentence: false);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return null;
        }
    }

    /// <summary>Joins a run of byte pieces; what is not UTF-8 becomes U+FFFD byte by byte.</summary>
    /// <returns>Length of the run.</returns>
    private int DecodeBytes(ReadOnlySpan<int> ids, StringBuilder text)
    {
        List<byte> run = [];
        foreach (int id in ids)
        {
            if ((uint)id >= (uint)VocabularySize || _vocabulary[id].Type != PieceType.Byte) break;
            run.Add((byte)Vocabulary.ByteOf(_vocabulary[id].Text)!.Value);
        }

        ReadOnlySpan<byte> bytes = [.. run];
        while (!bytes.IsEmpty)
        {
            bool isWhole = Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) == OperationStatus.Done;
            text.Append(isWhole ? rune.ToString() : "\uFFFD");
            bytes = bytes[(isWhole ? length : 1)..];
        }

        return run.Count;
    }

    /// <summary>A word with the space before it.</summary>
    /// <param name="Text">The word, normalised.</param>
    /// <param name="Ids">Its pieces.</param>
    /// <param name="Limit">Largest score before it with which that is its split.</param>
    private sealed record Word(string Text, int[] Ids, float Limit);
}
