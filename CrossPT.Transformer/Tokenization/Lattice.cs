using System.Runtime.CompilerServices;
using System.Text;

namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// Splits a normalised text exactly as sentencepiece does, near-ties included, and tells how narrow the choice was: the
/// Viterbi search of the Unigram language model (Kudo 2018, "Subword Regularization", section 3.2).
/// </summary>
/// <remarks>
/// The library keeps a path's score in single precision and compares a candidate in double precision before it rounds
/// it; the first of equals stays. Where splits are nearly equal ("zzz": z + zz or zz + z) that rounding decides, and
/// with it all of the text before. Immutable.
/// </remarks>
internal sealed class Lattice
{
    // Sentencepiece: an unknown character costs this much more than the least likely piece.
    private const float UnknownPenalty = 10;

    private readonly PieceIndex _pieces;
    private readonly double[] _scores;
    private readonly double _unknownScore;
    private readonly bool _isDouble;

    /// <summary>
    /// Indexes all entries of a vocabulary, for the search of Hugging Face's library, which is in double precision.
    /// </summary>
    public Lattice(List<Piece> pieces, IReadOnlyList<double> scores)
    {
        _isDouble = true;
        _unknownScore = scores.Min() - UnknownPenalty;
        _pieces = new PieceIndex(scores.Select((_, id) => (pieces[id].Text, id)));
        _scores = [.. Enumerable.Range(0, _pieces.Count).Select(i => scores[_pieces[i]])];
    }

    /// <summary>Indexes the pieces that plain text can yield.</summary>
    public Lattice(List<Piece> pieces)
    {
        // The smallest normal number, as in sentencepiece, where scores are negative: never a piece's score.
        (float lowest, float highest) = (float.MaxValue, 1.17549435E-38f);
        foreach (Piece piece in pieces)
        {
            if (piece.Type == PieceType.Normal)
            {
                lowest = Math.Min(lowest, piece.Score);
                highest = Math.Max(highest, piece.Score);
            }
        }

        _unknownScore = lowest - UnknownPenalty;
        _pieces = new PieceIndex(
            pieces.Select((piece, id) => (piece.Text, id)).Where(piece => IsFound(pieces[piece.id].Type)));
        _scores = new double[_pieces.Count];
        for (int i = 0; i < _scores.Length; i++)
        {
            Piece piece = pieces[_pieces[i]];
            _scores[i] = piece.Type == PieceType.Normal
                ? piece.Score
                : (Encoding.UTF8.GetByteCount(piece.Text) * highest) - 0.1;
        }
    }

    /// <summary>The best path that ends at a position.</summary>
    public struct Node
    {
        /// <summary>Its score.</summary>
        public double Score;

        /// <summary>By how much it beats the next best.</summary>
        public double Lead;

        /// <summary>Start of its last piece.</summary>
        public int Start;

        /// <summary>Id of its last piece, or -1 for an unknown character.</summary>
        public int Id;
    }

    /// <summary>Finds the best path to every position of a text.</summary>
    /// <param name="text">Normalised text.</param>
    /// <param name="score">Score of the path before the text.</param>
    /// <param name="nodes">Receives the paths; replaced by a larger array when it is too small.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Search(ReadOnlySpan<char> text, float score, ref Node[] nodes)
    {
        if (nodes.Length <= text.Length) nodes = new Node[Math.Max(text.Length + 1, nodes.Length * 2)];
        Node unreached = new() { Score = double.NegativeInfinity, Lead = double.PositiveInfinity };
        nodes.AsSpan(1, text.Length).Fill(unreached);
        nodes[0] = unreached with { Score = score };
        for (int start = 0, next; start < text.Length; start = next)
        {
            next = start + (char.IsHighSurrogate(text[start]) ? 2 : 1);
            double here = nodes[start].Score;
            bool isPiece = false;
            for (PieceIndex.Walk walk = _pieces.Follow(text[start..]); walk.Next();)
            {
                int end = start + walk.Length;
                isPiece |= end == next;
                Offer(ref nodes[end], here + _scores[walk.Index], start, _pieces[walk.Index]);
            }

            // A character that is no piece by itself can always be left unknown.
            double unknown = here + _unknownScore;
            if (!isPiece) Offer(ref nodes[next], _isDouble ? unknown : (float)unknown, start, -1);
        }
    }

    /// <summary>How large the score before a text may be without changing its split through rounding.</summary>
    /// <param name="nodes">What <see cref="Search"/> made of the text, from the score 0.</param>
    /// <param name="length">The text's length.</param>
    /// <returns>The limit; negative where the split may depend on what comes before.</returns>
    public static float Limit(ReadOnlySpan<Node> nodes, int length)
    {
        double lead = double.PositiveInfinity;
        float largest = 0;
        for (int end = length; end > 0; end = nodes[end].Start)
        {
            if (nodes[end].Id < 0) return -1;
            lead = Math.Min(lead, nodes[end].Lead);
        }

        foreach (Node node in nodes[..(length + 1)])
        {
            if (double.IsFinite(node.Score)) largest = Math.Max(largest, (float)Math.Abs(node.Score));
        }

        // A stored score is off by at most half a unit in the last place (2^-24 of it) for each piece before it, and
        // two are compared: the lead must exceed 2^-23 of the largest score per piece. Twice that is asked for, since
        // the lead itself was measured with that error.
        return (float)Math.Min((lead * (1 << 22) / (length + 1)) - largest - 1, 1e20);
    }

    private static bool IsFound(PieceType type) => type is PieceType.Normal or PieceType.UserDefined;

    private void Offer(ref Node node, double score, int start, int id)
    {
        if (score > node.Score)
        {
            node = new Node { Lead = score - node.Score, Start = start, Id = id };
            node.Score = _isDouble ? score : (float)score;
        }
        else
        {
            node.Lead = Math.Min(node.Lead, node.Score - score);
        }
    }
}
