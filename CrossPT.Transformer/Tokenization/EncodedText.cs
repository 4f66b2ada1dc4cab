using System.Runtime.InteropServices;

namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// The ids and pieces of one encoded text, and the working memory of the encoding. Reused from text to text it makes
/// encoding of known words free of allocation.
/// </summary>
/// <remarks>Filled by <see cref="SentencePieceTokenizer"/>. Not for use by two threads at once.</remarks>
public sealed class EncodedText
{
    // A long text must not pin its buffers for good.
    private const int MaxRetained = 1 << 20;

    private readonly List<Surface> _unknown = [];
    private List<int> _ids = [];
    private Vocabulary? _vocabulary;
    private bool _afterUnknown;

    /// <summary>Number of tokens.</summary>
    public int Count => _ids.Count;

    /// <summary>The ids, in reading order; they hold until the next fill.</summary>
    public ReadOnlySpan<int> Ids => CollectionsMarshal.AsSpan(_ids);

    /// <summary>Score of the path so far.</summary>
    internal float Score { get; private set; }

    /// <summary>Working memory of searches.</summary>
    internal Lattice.Node[] Nodes = [];

    /// <summary>The piece of a token; for an unknown piece the normalised text it stands for.</summary>
    /// <param name="token">Position of the token, in <c>[0, Count)</c>.</param>
    public string Piece(int token)
    {
        int id = Ids[token];
        if (id != _vocabulary!.UnknownId) return _vocabulary[id].Text;
        int unknown = _unknown.BinarySearch(new Surface(token, "", 0, 0));
        return unknown < 0 ? _vocabulary[id].Text : _unknown[unknown].ToString();
    }

    /// <summary>Forgets the last text.</summary>
    internal void Start(Vocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        _unknown.Clear();
        _ids.Clear();
        if (_ids.Capacity > MaxRetained) _ids = [];
        if (Nodes.Length > MaxRetained) Nodes = [];
    }

    /// <summary>Begins a stretch of text that is encoded on its own.</summary>
    internal void StartStretch() => (Score, _afterUnknown) = (0, false);

    /// <summary>Appends one id.</summary>
    internal void Add(int id) => _ids.Add(id);

    /// <summary>Appends a word whose split is known.</summary>
    internal void Add(ReadOnlySpan<int> ids)
    {
        float score = Score;
        foreach (int id in ids) score = (float)((double)score + _vocabulary![id].Score);
        (Score, _afterUnknown) = (score, false);
        _ids.AddRange(ids);
    }

    /// <summary>Splits a normalised text and appends its pieces.</summary>
    internal void Split(string text, Lattice? lattice = null)
    {
        Vocabulary vocabulary = _vocabulary!;
        (lattice ?? vocabulary.Lattice).Search(text, Score, ref Nodes);
        Score = (float)Nodes[text.Length].Score;

        // The path is linked from its end: turn the links round.
        int end = text.Length;
        for (int from = end, to = -1; from >= 0;)
        {
            int before = from == 0 ? -1 : Nodes[from].Start;
            Nodes[from].Start = to;
            (to, from) = (from, before);
        }

        for (int start = 0, next; start < end; start = next)
        {
            next = Nodes[start].Start;
            int id = Nodes[next].Id;
            if (id < 0 || (id == vocabulary.UnknownId && vocabulary.BytePieces is null))
            {
                AddUnknown(text, start, next - start);
                continue;
            }

            _ids.Add(id);
            _afterUnknown = false;
        }
    }

    private void AddUnknown(string text, int start, int length)
    {
        if (_vocabulary!.BytePieces is { } bytePieces)
        {
            Span<byte> utf8 = stackalloc byte[4];
            int bytes = System.Text.Encoding.UTF8.GetBytes(text.AsSpan(start, length), utf8);
            foreach (byte part in utf8[..bytes]) _ids.Add(bytePieces[part]);
            return;
        }

        if (!_afterUnknown)
        {
            _unknown.Add(new Surface(_ids.Count, text, start, length));
            _ids.Add(_vocabulary.UnknownId);
            _afterUnknown = true;
            return;
        }

        // A run of unknown characters is one unknown piece.
        Surface run = _unknown[^1];
        _unknown[^1] = ReferenceEquals(run.Text, text) && run.Start + run.Length == start
            ? run with { Length = run.Length + length }
            : run with { Text = $"{run}{text.AsSpan(start, length)}", Start = 0, Length = run.Length + length };
    }

    /// <summary>The text behind an unknown token.</summary>
    private readonly record struct Surface(int Token, string Text, int Start, int Length) : IComparable<Surface>
    {
        public int CompareTo(Surface other) => Token.CompareTo(other.Token);

        public override string ToString() => Text.Substring(Start, Length);
    }
}
