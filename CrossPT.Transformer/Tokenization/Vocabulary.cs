using System.Globalization;

namespace CrossPT.Transformer.Tokenization;

/// <summary>The pieces of a tokenizer by id and by text. Immutable.</summary>
internal sealed class Vocabulary
{
    private readonly List<Piece> _pieces;
    private readonly Dictionary<string, int> _ids;

    /// <summary>Indexes and checks the entries of a file.</summary>
    /// <exception cref="TokenizerFormatException">
    /// A piece occurs twice, there is not exactly one unknown piece, or the byte pieces are not what the file promises.
    /// </exception>
    public Vocabulary(TokenizerDefinition definition)
    {
        _pieces = definition.Pieces;
        _ids = new Dictionary<string, int>(_pieces.Count);
        int[] bytePieces = new int[256];
        Array.Fill(bytePieces, -1);
        UnknownId = -1;
        for (int id = 0; id < _pieces.Count; id++)
        {
            (string text, _, PieceType type) = _pieces[id];
            string place = $"piece {id}";
            if (!_ids.TryAdd(text, id)) throw definition.Error(place, $"'{text}' a second time", "each piece once");
            if (type == PieceType.Unknown)
            {
                if (UnknownId >= 0)
                {
                    throw definition.Error(place, $"a second unknown piece beside piece {UnknownId}", "exactly one");
                }

                UnknownId = id;
            }
            else if (type == PieceType.Byte)
            {
                if (!definition.ByteFallback)
                {
                    throw definition.Error(place, "a byte piece", "none, as byte fallback is off");
                }

                int value = ByteOf(text)
                    ?? throw definition.Error(place, $"the byte piece '{text}'", "<0x00> to <0xFF>");
                bytePieces[value] = id;
            }
        }

        if (!_pieces.Exists(static piece => piece.Type == PieceType.Normal))
        {
            throw definition.Error("", "no normal piece", "at least one");
        }

        if (UnknownId < 0) throw definition.Error("", "no unknown piece", "exactly one");
        if (definition.ByteFallback)
        {
            int missing = Array.IndexOf(bytePieces, -1);
            if (missing >= 0)
            {
                throw definition.Error("", $"no piece <0x{missing:X2}>", "all 256 byte pieces, as byte fallback is on");
            }

            BytePieces = bytePieces;
        }

        Lattice = new Lattice(_pieces);
    }

    /// <summary>Number of ids.</summary>
    public int Count => _pieces.Count;

    /// <summary>Id of the unknown piece.</summary>
    public int UnknownId { get; }

    /// <summary>Id of each byte's piece, null where characters that cannot be spelled are unknown pieces.</summary>
    public int[]? BytePieces { get; }

    /// <summary>Splits text into these pieces.</summary>
    public Lattice Lattice { get; }

    /// <summary>A piece.</summary>
    public Piece this[int id] => _pieces[id];

    /// <summary>The id of a piece, or -1.</summary>
    public int Find(string piece) => _ids.GetValueOrDefault(piece, -1);

    /// <summary>An index of the pieces of some kinds.</summary>
    public PieceIndex IndexOf(params ReadOnlySpan<PieceType> types)
    {
        List<(string, int)> pieces = [];
        for (int id = 0; id < _pieces.Count; id++)
        {
            if (types.Contains(_pieces[id].Type)) pieces.Add((_pieces[id].Text, id));
        }

        return new PieceIndex(pieces);
    }

    /// <summary>The byte that a piece like <c>&lt;0x0A&gt;</c> stands for, null where it is not of that form.</summary>
    public static int? ByteOf(string piece) =>
        piece is ['<', '0', 'x', var high, var low, '>'] && char.IsAsciiHexDigitUpper(high)
            && char.IsAsciiHexDigitUpper(low)
            ? int.Parse(piece.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
            : null;
}
