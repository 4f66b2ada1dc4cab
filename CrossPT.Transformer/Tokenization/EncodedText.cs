using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// The ids and pieces of one encoded text, and the working memory of the encoding. Reused from text to text it
/// makes encoding free of allocation.
/// </summary>
/// <remarks>
/// Filled by <see cref="SentencePieceTokenizer.Encode(ReadOnlySpan{byte}, EncodedText, EncodeOptions)"/>; spans it hands
/// out hold until the next fill. Not for use by two threads at once.
/// </remarks>
public sealed class EncodedText
{
    // A long text must not pin its buffers for good.
    private const int MaxRetained = 1 << 20;

    private readonly List<Surface> _surfaces = [];
    private Vocabulary? _vocabulary;
    private int[] _ids = [];
    private int[] _ends = [];
    private byte[] _surfaceBytes = [];
    private int _surfaceLength;
    private byte[] _normalized = [];
    private UnigramEncoder.Best[] _paths = [];
    private WordCache? _words;
    private bool _afterUnknown;

    /// <summary>Number of tokens.</summary>
    public int Count { get; private set; }

    /// <summary>The ids, in reading order.</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    /// <summary>The piece of a token in UTF-8; for an unknown piece the normalised text it stands for.</summary>
    /// <param name="token">Position of the token, in <c>[0, Count)</c>.</param>
    /// <returns>The piece; it holds until the next fill.</returns>
    public ReadOnlySpan<byte> PieceUtf8(int token)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(token);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(token, Count);
        return FindSurface(token) is { } surface ? SurfaceBytes(surface) : _vocabulary!.PieceUtf8(_ids[token]);
    }

    /// <summary>The piece of a token; for an unknown piece the normalised text it stands for.</summary>
    /// <param name="token">Position of the token, in <c>[0, Count)</c>.</param>
    /// <returns>The piece.</returns>
    public string Piece(int token) => Encoding.UTF8.GetString(PieceUtf8(token));

    /// <summary>Writes the ids as a JSON array, <c>[27,214]</c>.</summary>
    /// <param name="output">Receives UTF-8.</param>
    public void WriteIdsJson(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        Span<byte> target = output.GetSpan((Count * 11) + 2);
        int written = 0;
        target[written++] = (byte)'[';
        foreach (int id in Ids)
        {
            Utf8Formatter.TryFormat(id, target[written..], out int digits);
            written += digits;
            target[written++] = (byte)',';
        }

        output.Advance(CloseArray(target, written));
    }

    /// <summary>Writes the pieces as a JSON array, <c>["▁I","▁know"]</c>.</summary>
    /// <param name="output">Receives UTF-8.</param>
    public void WritePiecesJson(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        Span<byte> target = output.GetSpan(256);
        int written = 0;
        target[written++] = (byte)'[';
        if (Count > 0)
        {
            PieceJson json = _vocabulary!.Json;
            ReadOnlySpan<int> ids = Ids;
            int nextSurface = 0;
            for (int token = 0; token < ids.Length; token++)
            {
                bool isSurface = nextSurface < _surfaces.Count && _surfaces[nextSurface].Token == token;
                ReadOnlySpan<byte> piece = isSurface ? SurfaceBytes(_surfaces[nextSurface++]) : json[ids[token]];
                int size = isSurface ? JsonText.SizeOf(piece) : piece.Length;
                if (target.Length - written < size + 1)
                {
                    output.Advance(written);
                    target = output.GetSpan(size + 256);
                    written = 0;
                }

                if (isSurface)
                {
                    JsonText.Write(piece, target[written..]);
                }
                else
                {
                    piece.CopyTo(target[written..]);
                }

                written += size;
                target[written++] = (byte)',';
            }
        }

        output.Advance(CloseArray(target, written));
    }

    /// <summary>Forgets the last text.</summary>
    internal void Start(Vocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        Count = 0;
        _surfaces.Clear();
        _surfaceLength = 0;
        if (_normalized.Length > MaxRetained || _surfaceBytes.Length > MaxRetained)
        {
            (_ids, _ends, _surfaceBytes, _normalized, _paths) = ([], [], [], [], []);
        }
    }

    /// <summary>Appends one id.</summary>
    internal void Add(int id)
    {
        ReserveIds(1);
        _ids[Count++] = id;
    }

    /// <summary>Appends the encoding of a stretch of plain text.</summary>
    internal void Add(ReadOnlySpan<byte> utf8, Normalizer normalizer, bool escaped)
    {
        Vocabulary vocabulary = _vocabulary!;
        int length = normalizer.Normalize(utf8, ref _normalized);
        if (length == 0)
        {
            return;
        }

        UnigramEncoder encoder = vocabulary.Encoder;
        bool byWords = encoder.WordsAreIndependent;
        if (byWords && _words?.Encoder != encoder)
        {
            _words = new WordCache(encoder);
        }

        _afterUnknown = false;
        float score = 0;
        for (int start = 0, end; start < length; start = end)
        {
            end = length;
            if (byWords)
            {
                int next = _normalized.AsSpan(start + 1, length - start - 1).IndexOf(Normalizer.Space);
                end = next < 0 ? length : start + 1 + next;
                if (end - start <= WordCache.MaxWordBytes)
                {
                    ReserveIds(WordCache.MaxWordBytes);
                    int count = _words!.Split(_normalized, start, end - start, ref score, _ids.AsSpan(Count));
                    if (count > 0)
                    {
                        Count += count;
                        _afterUnknown = false;
                        continue;
                    }
                }
            }

            if (_paths.Length <= length)
            {
                _paths = new UnigramEncoder.Best[Math.Max(length + 1, Math.Min(_paths.Length * 2, MaxRetained))];
                _ends = new int[_paths.Length];
            }

            encoder.Encode(_normalized, start, end, score, _paths);
            score = (float)_paths[end].Score;
            AddPath(start, end, vocabulary, escaped);
        }
    }

    /// <summary>Appends the pieces of the best path from one position to another.</summary>
    private void AddPath(int start, int end, Vocabulary vocabulary, bool escaped)
    {
        // The path is linked from its end: lay the ends of its pieces out in reading order.
        int first = _ends.Length;
        for (int at = end; at > start; at = _paths[at].Start)
        {
            _ends[--first] = at;
        }

        ReserveIds(_ends.Length - first);
        ReadOnlySpan<int> values = vocabulary.Trie.Values;
        for (int i = first; i < _ends.Length; i++)
        {
            UnigramEncoder.Best best = _paths[_ends[i]];
            if (best.Unit >= 0)
            {
                _ids[Count++] = values[best.Unit];
                _afterUnknown = false;
            }
            else
            {
                AddUnknown(_normalized.AsSpan(best.Start, _ends[i] - best.Start), escaped, _ends.Length - i);
            }
        }
    }

    private static int CloseArray(Span<byte> target, int written)
    {
        // An array with elements ends in a comma that is not wanted.
        if (written > 0 && target[written - 1] == ',')
        {
            written--;
        }

        target[written++] = (byte)']';
        return written;
    }

    private void AddUnknown(ReadOnlySpan<byte> code, bool escaped, int idsToCome)
    {
        if (_surfaceBytes.Length - _surfaceLength < code.Length * 3)
        {
            Array.Resize(ref _surfaceBytes, Math.Max(_surfaceLength + (code.Length * 3), _surfaceBytes.Length * 2));
        }

        Span<byte> target = _surfaceBytes.AsSpan(_surfaceLength);
        int length = code.Length;
        if (escaped)
        {
            length = SpaceCode.ToUtf8(code, target);
        }
        else
        {
            code.CopyTo(target);
        }

        if (_vocabulary!.BytePieces is { } bytePieces)
        {
            ReserveIds(length + idsToCome);
            foreach (byte part in target[..length])
            {
                _ids[Count++] = bytePieces[part];
            }

            return;
        }

        if (_afterUnknown)
        {
            // A run of unknown characters is one unknown piece.
            Surface run = _surfaces[^1];
            _surfaces[^1] = run with { Length = run.Length + length };
        }
        else
        {
            _surfaces.Add(new Surface(Count, _surfaceLength, length));
            _ids[Count++] = _vocabulary.UnknownId;
            _afterUnknown = true;
        }

        _surfaceLength += length;
    }

    private Surface? FindSurface(int token)
    {
        int low = 0;
        for (int high = _surfaces.Count - 1; low <= high;)
        {
            int middle = (low + high) / 2;
            if (_surfaces[middle].Token == token)
            {
                return _surfaces[middle];
            }

            (low, high) = _surfaces[middle].Token < token ? (middle + 1, high) : (low, middle - 1);
        }

        return null;
    }

    private ReadOnlySpan<byte> SurfaceBytes(Surface surface) => _surfaceBytes.AsSpan(surface.Offset, surface.Length);

    private void ReserveIds(int more)
    {
        if (_ids.Length - Count < more)
        {
            Array.Resize(ref _ids, Math.Max(Count + more, Math.Max(64, _ids.Length * 2)));
        }
    }

    /// <summary>The text behind an unknown token.</summary>
    private readonly record struct Surface(int Token, int Offset, int Length);
}
