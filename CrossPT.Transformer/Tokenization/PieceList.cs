using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace CrossPT.Transformer.Tokenization;

/// <summary>Vocabulary entries as a file gives them, in id order, each checked as it is added.</summary>
internal sealed class PieceList(string file)
{
    // Longer pieces would let a hostile file make every position of a text expensive; real ones have about 16 characters.
    private const int MaxPieceBytes = 4096;

    // Sums of 2^31 scores must stay finite in single precision.
    private const float MaxScore = 1e28f;

    private byte[] _bytes = new byte[1024];
    private int[] _starts = new int[128];
    private PieceType[] _types = new PieceType[128];
    private float[] _scores = new float[128];

    /// <summary>File named in errors.</summary>
    public string File { get; } = file;

    /// <summary>Number of entries.</summary>
    public int Count { get; private set; }

    /// <summary>Kind of each entry.</summary>
    public ReadOnlySpan<PieceType> Types => _types.AsSpan(0, Count);

    /// <summary>Log-probability of each entry.</summary>
    public ReadOnlySpan<float> Scores => _scores.AsSpan(0, Count);

    /// <summary>All entries' UTF-8 bytes, one after another.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _starts[Count]);

    /// <summary>Where each entry starts in <see cref="Bytes"/>, and where the last ends.</summary>
    public ReadOnlySpan<int> Starts => _starts.AsSpan(0, Count + 1);

    /// <summary>Adds an entry.</summary>
    /// <param name="piece">Its UTF-8 bytes.</param>
    /// <param name="score">Its log-probability.</param>
    /// <param name="type">Its kind.</param>
    /// <param name="place">Where the file has it.</param>
    /// <exception cref="TokenizerFormatException">It is empty, too long, not UTF-8, or its score is no usable number.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(ReadOnlySpan<byte> piece, float score, PieceType type, PiecePlace place)
    {
        if (piece.IsEmpty)
        {
            throw Error(place, "an empty piece", "at least one character");
        }

        if (piece.Length > MaxPieceBytes)
        {
            throw Error(place, $"a piece of {piece.Length} bytes", $"at most {MaxPieceBytes}");
        }

        if (!Utf8.IsValid(piece))
        {
            throw Error(place, $"a piece of the bytes {Convert.ToHexString(piece[..Math.Min(32, piece.Length)])}", "valid UTF-8");
        }

        // Also catches what is not a number.
        if (!(Math.Abs(score) <= MaxScore))
        {
            throw Error(place, $"the score {score} of piece '{Encoding.UTF8.GetString(piece)}'", $"a number from {-MaxScore} to {MaxScore}");
        }

        int start = _starts[Count];
        if (_bytes.Length - start < piece.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, start + piece.Length));
        }

        if (Count + 1 == _starts.Length)
        {
            Array.Resize(ref _starts, _starts.Length * 2);
            Array.Resize(ref _types, _starts.Length);
            Array.Resize(ref _scores, _starts.Length);
        }

        piece.CopyTo(_bytes.AsSpan(start));
        _types[Count] = type;
        _scores[Count] = score;
        _starts[++Count] = start + piece.Length;
    }

    /// <summary>Adds invisible pieces that the file does not spell out; those that it does are left as they are.</summary>
    public void AddControls(IEnumerable<string> pieces)
    {
        HashSet<string> wanted = [.. pieces];
        string[] inOrder = [.. wanted];
        RemovePresent(wanted);
        foreach (string piece in inOrder)
        {
            if (wanted.Contains(piece))
            {
                Add(Encoding.UTF8.GetBytes(piece), 0, PieceType.Control, PiecePlace.Json);
            }
        }
    }

    /// <summary>Whether an entry spells a piece.</summary>
    public bool Contains(string piece)
    {
        HashSet<string> wanted = [piece];
        RemovePresent(wanted);
        return wanted.Count == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RemovePresent(HashSet<string> wanted)
    {
        // Almost no piece ends like a special one: only the few that do are worth a string.
        bool[] ends = new bool[256];
        foreach (string piece in wanted)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(piece);
            if (utf8.Length > 0)
            {
                ends[utf8[^1]] = true;
            }
        }

        for (int id = 0; id < Count; id++)
        {
            if (ends[_bytes[_starts[id + 1] - 1]])
            {
                wanted.Remove(Encoding.UTF8.GetString(_bytes.AsSpan(_starts[id]..(_starts[id + 1]))));
            }
        }
    }

    /// <summary>An error about the entry that was to be added next.</summary>
    public TokenizerFormatException Error(PiecePlace place, string found, string expected) =>
        new(File, place.Describe(Count), found, expected);
}

/// <summary>Where a file has a vocabulary entry.</summary>
/// <param name="Offset">Byte offset, or -1 in a JSON file.</param>
internal readonly record struct PiecePlace(int Offset)
{
    /// <summary>Entries of <c>model.vocab</c>, and pieces that no file spells out.</summary>
    public static PiecePlace Json => new(-1);

    /// <summary>The place in words.</summary>
    public string Describe(int index) => Offset < 0 ? $"model.vocab[{index}]" : $"byte {Offset} (piece {index})";
}
