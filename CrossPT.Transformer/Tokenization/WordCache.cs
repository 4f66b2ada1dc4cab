using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// Remembers how short words split. Where no piece goes on past a space, the best path of a text is the best paths of its
/// words one after another, and words repeat.
/// </summary>
/// <remarks>
/// The library sums scores in single precision from the beginning of the text, so rounding before a word could decide
/// between splits of it that are nearly equal. Each word is therefore split in double precision, with the margin by which
/// the best path wins at each of its positions: as long as rounding cannot use that margin up, the split is the library's.
/// Belongs to one <see cref="EncodedText"/>; not for use by two threads at once.
/// </remarks>
internal sealed class WordCache(UnigramEncoder encoder)
{
    /// <summary>Longest word kept, in bytes.</summary>
    public const int MaxWordBytes = 15;

    /// <summary>Bytes that are read from the start of a word, whatever its length.</summary>
    public const int ReadBytes = 16;

    // 8192 words, 512 KiB: what a core's own cache can hold beside the vocabulary.
    private const int LogEntries = 13;
    private const int MaxTokens = 5;

    // Most words of a text are rare: a word keeps its place against this many others, more if it was met again.
    private const int FirstCredit = 2;
    private const int MaxCredit = 8;

    private readonly Entry[] _entries = new Entry[1 << LogEntries];

    /// <summary>The encoder whose splits are kept.</summary>
    public UnigramEncoder Encoder { get; } = encoder;

    /// <summary>Splits a word if rounding before it cannot change how.</summary>
    /// <param name="text">The text, with <see cref="ReadBytes"/> readable from the word's start on.</param>
    /// <param name="start">Where the word starts.</param>
    /// <param name="length">Its length in bytes, at most <see cref="MaxWordBytes"/>.</param>
    /// <param name="score">Score of the path before the word; afterwards of the path with it.</param>
    /// <param name="ids">Receives the ids; at least as long as the word.</param>
    /// <returns>Number of ids, 0 where the word must be split in its place.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Split(byte[] text, int start, int length, ref float score, Span<int> ids)
    {
        ReadOnlySpan<byte> bytes = text.AsSpan(start, ReadBytes);
        ulong head = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        ulong tail = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        if (length < 8)
        {
            head &= (1UL << (length * 8)) - 1;
            tail = 0;
        }
        else
        {
            tail &= (1UL << ((length - 8) * 8)) - 1;
        }

        tail |= (ulong)length << 56;
        ulong hash = ((head * 0x9E37_79B9_7F4A_7C15) ^ BitOperations.RotateLeft(tail * 0xC2B2_AE3D_27D4_EB4F, 31)) * 0xD6E8_FEB8_6659_FD93;
        ref Entry entry = ref _entries[hash >> (64 - LogEntries)];
        if (entry.Head == head && entry.Tail == tail)
        {
            entry.Credit = (short)Math.Min(entry.Credit + 1, MaxCredit);
        }
        else if (entry.Credit > 0)
        {
            entry.Credit--;
            return 0;
        }
        else
        {
            entry.Head = head;
            entry.Tail = tail;
            entry.Credit = FirstCredit;
            Learn(ref entry, bytes[..length]);
        }

        if (!(Math.Abs(score) <= entry.Limit))
        {
            return 0;
        }

        float sum = score;
        for (int i = 0; i < entry.Count; i++)
        {
            ids[i] = entry.Ids[i];
            sum = (float)((double)sum + entry.Scores[i]);
        }

        score = sum;
        return entry.Count;
    }

    /// <summary>Splits a word in double precision, and finds how large the score before it may be.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Learn(ref Entry entry, ReadOnlySpan<byte> word)
    {
        Span<Candidate> best = stackalloc Candidate[MaxWordBytes + 1];
        for (int i = 1; i <= word.Length; i++)
        {
            best[i].Score = double.NegativeInfinity;
            best[i].Second = double.NegativeInfinity;
        }

        best[0] = default;
        DoubleArrayTrie trie = Encoder.Trie;
        for (int start = 0; start < word.Length;)
        {
            int characterEnd = Math.Min(start + UnigramEncoder.CharacterLength(word[start]), word.Length);
            bool spelled = false;
            uint childBase = trie.RootBase;
            for (int end = start; end < word.Length; end++)
            {
                uint index = childBase ^ word[end];
                DoubleArrayTrie.Unit unit = trie.Units[index];
                if ((byte)unit.Link != word[end])
                {
                    break;
                }

                childBase = unit.Link >> 8;
                if (!float.IsNaN(unit.Weight))
                {
                    spelled |= end + 1 == characterEnd;
                    best[end + 1].Offer(best[start].Score + unit.Weight, start, (int)index);
                }
            }

            if (!spelled)
            {
                best[characterEnd].Offer(best[start].Score + Encoder.UnknownScore, start, -1);
            }

            start = characterEnd;
        }

        double margin = double.PositiveInfinity;
        int first = MaxTokens;
        Span<int> units = stackalloc int[MaxTokens];
        entry.Count = 0;
        entry.Limit = -1;
        for (int end = word.Length; end > 0; end = best[end].Start)
        {
            if (first == 0 || best[end].Unit < 0)
            {
                return;
            }

            units[--first] = best[end].Unit;
            margin = Math.Min(margin, best[end].Score - best[end].Second);
        }

        double largest = 0;
        for (int i = 1; i <= word.Length; i++)
        {
            largest = Math.Max(largest, double.IsInfinity(best[i].Score) ? 0 : Math.Abs(best[i].Score));
        }

        // A stored score is off by at most half a unit in the last place (2^-24 of it) per piece before it, and two scores
        // are compared: the margin must exceed 2^-23 per byte of the largest score. Twice that is asked for.
        entry.Limit = (float)Math.Min((margin * (1 << 22) / (word.Length + 1)) - largest - 1, 1e20);
        for (; first < MaxTokens; first++)
        {
            entry.Ids[entry.Count] = trie.Values[units[first]];
            entry.Scores[entry.Count++] = trie.Units[units[first]].Weight;
        }
    }

    private struct Candidate
    {
        public double Score;
        public double Second;
        public int Start;
        public int Unit;

        public void Offer(double score, int start, int unit)
        {
            if (score > Score)
            {
                (Second, Score, Start, Unit) = (Score, score, start, unit);
            }
            else
            {
                Second = Math.Max(Second, score);
            }
        }
    }

    /// <summary>A word: one cache line.</summary>
    private struct Entry
    {
        public ulong Head;
        public ulong Tail;
        public float Limit;
        public short Count;
        public short Credit;
        public TokenIds Ids;
        public TokenScores Scores;
    }

    [InlineArray(MaxTokens)]
    private struct TokenIds
    {
        private int _first;
    }

    [InlineArray(MaxTokens)]
    private struct TokenScores
    {
        private float _first;
    }
}
