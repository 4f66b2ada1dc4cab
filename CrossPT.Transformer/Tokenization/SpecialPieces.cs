using System.Buffers;

namespace CrossPT.Transformer.Tokenization;

/// <summary>Finds special pieces written out in a text; where two begin together the longer one counts. Immutable.</summary>
internal sealed class SpecialPieces
{
    private readonly DoubleArrayTrie _trie;
    private readonly SearchValues<byte> _firstBytes;

    /// <summary>Creates a finder.</summary>
    /// <param name="trie">The special pieces in UTF-8 with their ids.</param>
    public SpecialPieces(DoubleArrayTrie trie)
    {
        _trie = trie;
        byte[] first = [.. Enumerable.Range(0, 256).Select(b => (byte)b).Where(b => (byte)trie.Units[trie.RootBase ^ b].Link == b)];
        _firstBytes = SearchValues.Create(first);
    }

    /// <summary>Finds the first special piece.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="id">Its id.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <returns>Where it starts, or -1.</returns>
    public int Find(ReadOnlySpan<byte> text, out int id, out int length)
    {
        for (int start = 0; start < text.Length; start++)
        {
            int skipped = text[start..].IndexOfAny(_firstBytes);
            if (skipped < 0)
            {
                break;
            }

            start += skipped;
            length = _trie.LongestPrefix(text[start..], out id);
            if (length > 0)
            {
                return start;
            }
        }

        (id, length) = (-1, 0);
        return -1;
    }
}
