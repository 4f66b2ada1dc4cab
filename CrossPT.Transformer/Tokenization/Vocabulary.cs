using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace CrossPT.Transformer.Tokenization;

/// <summary>The pieces of a tokenizer by id, and the tries that find them in text. Immutable.</summary>
internal sealed class Vocabulary
{
    private readonly byte[] _bytes;
    private readonly int[] _starts;
    private readonly PieceType[] _types;

    // Pieces that plain text never yields: control, unknown, byte; then unused ones and ones no normalised text holds.
    private readonly Dictionary<string, int> _reserved = [];
    private readonly Dictionary<string, int> _unreachable = [];
    private readonly bool _escaped;
    private readonly Lazy<PieceJson> _json;

    /// <summary>Indexes the entries of a file.</summary>
    /// <exception cref="TokenizerFormatException">
    /// A piece occurs twice, or there is not exactly one unknown piece, or the byte pieces are not what the file promises.
    /// </exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public Vocabulary(TokenizerDefinition definition)
    {
        PieceList pieces = definition.Pieces;
        _bytes = pieces.Bytes.ToArray();
        _starts = pieces.Starts.ToArray();
        _types = pieces.Types.ToArray();
        _escaped = definition.Normalizer.EscapeWhitespaces;
        _json = new Lazy<PieceJson>(() => new PieceJson(this));
        UnknownId = -1;
        BytePieces = definition.ByteFallback ? new int[256] : null;
        BytePieces?.AsSpan().Fill(-1);

        byte[] codes = new byte[_bytes.Length];
        int codesLength = 0;
        var found = new List<DoubleArrayTrieBuilder.Key>(_types.Length);
        List<DoubleArrayTrieBuilder.Key> userDefined = [];
        double[]? userDefinedScores = null;
        bool splitsAtSpaces = true;
        float minScore = float.MaxValue;

        // The smallest normal number, as in sentencepiece, where scores are negative: it never becomes a piece's score.
        float maxScore = 1.17549435E-38f;
        for (int id = 0; id < _types.Length; id++)
        {
            if (_types[id] == PieceType.Normal)
            {
                minScore = Math.Min(minScore, pieces.Scores[id]);
                maxScore = Math.Max(maxScore, pieces.Scores[id]);
            }
        }

        for (int id = 0; id < _types.Length; id++)
        {
            PieceType type = _types[id];
            ReadOnlySpan<byte> piece = PieceUtf8(id);
            if (type is PieceType.Normal or PieceType.UserDefined && !(_escaped && piece.Contains(Normalizer.Space)))
            {
                int length = piece.Length;
                if (_escaped)
                {
                    length = SpaceCode.FromUtf8(piece, codes.AsSpan(codesLength));
                }
                else
                {
                    piece.CopyTo(codes.AsSpan(codesLength));
                }

                splitsAtSpaces &= !codes.AsSpan(codesLength + 1, length - 1).Contains(Normalizer.Space);
                bool isUserDefined = type == PieceType.UserDefined;
                float weight = isUserDefined ? UnigramEncoder.UserDefinedWeight : pieces.Scores[id];
                found.Add(new DoubleArrayTrieBuilder.Key(codesLength, length, id, weight));
                codesLength += length;
                if (isUserDefined)
                {
                    userDefined.Add(new DoubleArrayTrieBuilder.Key(_starts[id], piece.Length, id, 0));
                    userDefinedScores ??= new double[_types.Length];
                    userDefinedScores[id] = (piece.Length * maxScore) - 0.1;
                }
            }
            else
            {
                AddAside(definition, id, piece, type);
                if (type == PieceType.UserDefined)
                {
                    userDefined.Add(new DoubleArrayTrieBuilder.Key(_starts[id], piece.Length, id, 0));
                }
            }
        }

        if (minScore == float.MaxValue)
        {
            throw new TokenizerFormatException(pieces.File, "", "no normal piece", "at least one");
        }

        if (UnknownId < 0)
        {
            throw new TokenizerFormatException(pieces.File, "", "no unknown piece", "exactly one");
        }

        if (BytePieces is not null && BytePieces.IndexOf(-1) is var missing and >= 0)
        {
            throw new TokenizerFormatException(pieces.File, "", $"no piece <0x{missing:X2}>", "all 256 byte pieces, as byte fallback is on");
        }

        Trie = BuildTrie(pieces.File, codes, found);
        UserDefined = userDefined.Count == 0 ? null : BuildTrie(pieces.File, _bytes, userDefined);
        Encoder = new UnigramEncoder(Trie, minScore, userDefinedScores ?? [], splitsAtSpaces);
        foreach ((string piece, int id) in _unreachable)
        {
            if (FindInTrie(Encoding.UTF8.GetBytes(piece)) >= 0)
            {
                throw Duplicate(pieces.File, id);
            }
        }
    }

    /// <summary>Number of ids.</summary>
    public int Count => _types.Length;

    /// <summary>Id of the unknown piece.</summary>
    public int UnknownId { get; private set; }

    /// <summary>Id of each byte's piece, null where characters that cannot be spelled are unknown pieces.</summary>
    public int[]? BytePieces { get; }

    /// <summary>Pieces found in text, spelled in <see cref="SpaceCode"/> where spaces are escaped.</summary>
    public DoubleArrayTrie Trie { get; }

    /// <summary>User-defined pieces in UTF-8, null where there are none.</summary>
    public DoubleArrayTrie? UserDefined { get; }

    /// <summary>The encoder over <see cref="Trie"/>.</summary>
    public UnigramEncoder Encoder { get; }

    /// <summary>The pieces as JSON strings.</summary>
    public PieceJson Json => _json.Value;

    /// <summary>Kind of a piece.</summary>
    public PieceType TypeOf(int id) => _types[id];

    /// <summary>A piece's UTF-8 bytes.</summary>
    public ReadOnlySpan<byte> PieceUtf8(int id) => _bytes.AsSpan(_starts[id]..(_starts[id + 1]));

    /// <summary>The id of a piece, or -1.</summary>
    public int Find(string piece) =>
        _reserved.TryGetValue(piece, out int id) || _unreachable.TryGetValue(piece, out id)
            ? id
            : FindInTrie(Encoding.UTF8.GetBytes(piece));

    /// <summary>The control and unknown pieces in UTF-8, with their ids.</summary>
    public DoubleArrayTrie BuildSpecialTrie(string file)
    {
        List<DoubleArrayTrieBuilder.Key> keys = [];
        foreach (int id in _reserved.Values)
        {
            if (_types[id] != PieceType.Byte)
            {
                keys.Add(new DoubleArrayTrieBuilder.Key(_starts[id], _starts[id + 1] - _starts[id], id, 0));
            }
        }

        return BuildTrie(file, _bytes, keys);
    }

    private int FindInTrie(ReadOnlySpan<byte> piece)
    {
        byte[] code = new byte[piece.Length];
        int length = piece.Length;
        if (_escaped)
        {
            length = SpaceCode.FromUtf8(piece, code);
        }
        else
        {
            piece.CopyTo(code);
        }

        // A space in the piece would have been taken for a ▁.
        int id = Trie.Find(code.AsSpan(0, length));
        return id >= 0 && PieceUtf8(id).SequenceEqual(piece) ? id : -1;
    }

    private void AddAside(TokenizerDefinition definition, int id, ReadOnlySpan<byte> piece, PieceType type)
    {
        string file = definition.Pieces.File;
        Dictionary<string, int> pieces = type is PieceType.Unknown or PieceType.Control or PieceType.Byte ? _reserved : _unreachable;
        if (!pieces.TryAdd(Encoding.UTF8.GetString(piece), id))
        {
            throw Duplicate(file, id);
        }

        if (type == PieceType.Unknown)
        {
            if (UnknownId >= 0)
            {
                throw new TokenizerFormatException(file, $"piece {id}", $"a second unknown piece beside piece {UnknownId}", "exactly one");
            }

            UnknownId = id;
        }
        else if (type == PieceType.Byte)
        {
            if (BytePieces is null)
            {
                throw new TokenizerFormatException(file, $"piece {id}", "a byte piece", "none, as byte fallback is off");
            }

            string text = Encoding.UTF8.GetString(piece);
            if (ByteOf(piece) is not int value)
            {
                throw new TokenizerFormatException(file, $"piece {id}", $"the byte piece '{text}'", "<0x00> to <0xFF>");
            }

            BytePieces[value] = id;
        }
    }

    /// <summary>The byte that a piece like <c>&lt;0x0A&gt;</c> stands for.</summary>
    public static int? ByteOf(ReadOnlySpan<byte> piece) =>
        piece.Length == 6 && piece.StartsWith("<0x"u8) && piece[5] == '>'
            && char.IsAsciiHexDigitUpper((char)piece[3]) && char.IsAsciiHexDigitUpper((char)piece[4])
            ? Convert.FromHexString(Encoding.ASCII.GetString(piece[3..5]))[0]
            : null;

    private DoubleArrayTrie BuildTrie(string file, byte[] bytes, List<DoubleArrayTrieBuilder.Key> keys)
    {
        try
        {
            return DoubleArrayTrieBuilder.Build(bytes, CollectionsMarshal.AsSpan(keys));
        }
        catch (DoubleArrayTrieBuilder.DuplicateKeyException duplicate)
        {
            throw Duplicate(file, duplicate.Value);
        }
        catch (NotSupportedException tooLarge)
        {
            throw new TokenizerFormatException(file, "", "a vocabulary too large for this tokenizer", tooLarge.Message, tooLarge);
        }
    }

    private TokenizerFormatException Duplicate(string file, int id) =>
        new(file, $"piece {id}", $"'{Encoding.UTF8.GetString(PieceUtf8(id))}' a second time", "each piece once");
}
