using System.Runtime.CompilerServices;

namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// Pieces in ordinal order: those that begin with a given text are neighbours, and each further character narrows
/// their range. Immutable.
/// </summary>
internal sealed class PieceIndex
{
    private readonly string[] _texts;
    private readonly int[] _ids;

    // Pieces that begin with character c are those from _first[c] to before _first[c + 1].
    private readonly int[] _first;

    // The same of the second characters of those that begin with a space: that is where most pieces are.
    private readonly int[] _afterSpace;

    /// <summary>Sorts pieces, each of at least one character and none twice.</summary>
    public PieceIndex(IEnumerable<(string Text, int Id)> pieces)
    {
        (_texts, _ids) = ([.. pieces.Select(piece => piece.Text)], [.. pieces.Select(piece => piece.Id)]);
        Array.Sort(_texts, _ids, StringComparer.Ordinal);
        _first = Starts(_texts, 0, 0);
        (int low, int high) = (_first[Normalizer.Space], _first[Normalizer.Space + 1]);
        if (low < high && _texts[low].Length == 1) low++;
        _afterSpace = Starts(_texts.AsSpan(low..high), 1, low);
    }

    /// <summary>Number of pieces.</summary>
    public int Count => _texts.Length;

    /// <summary>The id of a piece.</summary>
    public int this[int index] => _ids[index];

    /// <summary>Starts a walk along a text.</summary>
    public Walk Follow(ReadOnlySpan<char> text) => new(this, text);

    /// <summary>The id of the longest piece that a text begins with, or -1.</summary>
    public int Longest(ReadOnlySpan<char> text, out int length)
    {
        (int id, length) = (-1, 0);
        for (Walk walk = Follow(text); walk.Next();)
        {
            (id, length) = (_ids[walk.Index], walk.Length);
        }

        return id;
    }

    /// <summary>Where the texts whose character at a depth is c start, for every c, counted from an origin.</summary>
    private static int[] Starts(ReadOnlySpan<string> texts, int depth, int origin)
    {
        int[] starts = new int[char.MaxValue + 2];
        starts[0] = origin;
        foreach (string text in texts) starts[text[depth] + 1]++;
        for (int c = 1; c < starts.Length; c++) starts[c] += starts[c - 1];
        return starts;
    }

    /// <summary>The pieces that a text begins with, shortest first.</summary>
    public ref struct Walk(PieceIndex index, ReadOnlySpan<char> text)
    {
        private readonly ReadOnlySpan<char> _text = text;
        private int _low = text.IsEmpty ? 0 : index._first[text[0]];
        private int _high = text.IsEmpty ? 0 : index._first[text[0] + 1];
        private int _depth = 1;

        /// <summary>Place of the piece in the index.</summary>
        public int Index { get; private set; }

        /// <summary>Its length.</summary>
        public int Length { get; private set; }

        /// <summary>Goes to the next longer piece.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public bool Next()
        {
            while (_low < _high)
            {
                // Of the pieces that begin with these characters, the one that has no others comes first.
                bool found = index._texts[_low].Length == _depth;
                (Index, Length) = (_low, _depth);
                if (found) _low++;
                Narrow();
                _depth++;
                if (found) return true;
            }

            return false;
        }

        /// <summary>Keeps the pieces that go on as the text does.</summary>
        private void Narrow()
        {
            if (_depth == _text.Length)
            {
                _high = _low;
                return;
            }

            char next = _text[_depth];
            (_low, _high) = _depth == 1 && _text[0] == Normalizer.Space
                ? (index._afterSpace[next], index._afterSpace[next + 1])
                : (Bound(next), Bound(next + 1));
        }

        /// <summary>The first piece of the range whose next character is not below one.</summary>
        private readonly int Bound(int next)
        {
            (int low, int high) = (_low, _high);
            while (low < high)
            {
                int middle = (low + high) >>> 1;
                if (index._texts[middle][_depth] < next) low = middle + 1;
                else high = middle;
            }

            return low;
        }
    }
}
