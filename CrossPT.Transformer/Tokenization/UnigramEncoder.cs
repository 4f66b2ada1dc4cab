using System.Runtime.CompilerServices;

namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// Splits a normalised text into the pieces whose log-probabilities add up highest: the Viterbi search of the Unigram
/// language model (Kudo 2018, "Subword Regularization", section 3.2), one pass with one best path per byte position.
/// </summary>
/// <remarks>
/// Ties and rounding follow sentencepiece's optimised encoder, so that ids are the same: a path's score is kept in
/// single precision, a candidate is compared in double precision before it is rounded, the first of equals stays.
/// Immutable.
/// </remarks>
internal sealed class UnigramEncoder
{
    // Sentencepiece: an unknown character costs this much more than the least likely piece.
    private const float UnknownPenalty = 10;

    private readonly DoubleArrayTrie _trie;
    private readonly double[] _userDefinedScores;

    /// <summary>Creates an encoder.</summary>
    /// <param name="trie">The pieces to be found, with <see cref="UserDefinedWeight"/> as the weight of user-defined ones.</param>
    /// <param name="minScore">Lowest score of a normal piece.</param>
    /// <param name="userDefinedScores">Scores of user-defined pieces by id, empty where there are none.</param>
    /// <param name="splitsAtSpaces">Whether no piece has a space but as its first character.</param>
    public UnigramEncoder(DoubleArrayTrie trie, float minScore, double[] userDefinedScores, bool splitsAtSpaces)
    {
        WordsAreIndependent = splitsAtSpaces && userDefinedScores.Length == 0;
        _trie = trie;
        UnknownScore = minScore - UnknownPenalty;
        _userDefinedScores = userDefinedScores;
    }

    /// <summary>Marks a piece whose score is not in the trie: double precision is needed to compare it.</summary>
    public static float UserDefinedWeight => float.PositiveInfinity;

    /// <summary>The pieces to be found.</summary>
    public DoubleArrayTrie Trie => _trie;

    /// <summary>Score of a character that cannot be spelled.</summary>
    public float UnknownScore { get; }

    /// <summary>Whether the best path of a text is the best paths of its words, each with the space before it.</summary>
    public bool WordsAreIndependent { get; }

    /// <summary>The best path that ends at a position.</summary>
    internal struct Best
    {
        /// <summary>Its score, rounded to single precision.</summary>
        public double Score;

        /// <summary>Where its last piece starts.</summary>
        public int Start;

        /// <summary>Trie state of its last piece, or -1 where that is an unknown character.</summary>
        public int Unit;
    }

    /// <summary>Finds the best split of a text, or of a part of it that pieces do not reach beyond.</summary>
    /// <param name="text">Normalised text, ended by 0xFF, which no UTF-8 has: walks through the trie stop there.</param>
    /// <param name="from">Where the part starts.</param>
    /// <param name="to">Where it ends.</param>
    /// <param name="score">Score of the path before it.</param>
    /// <param name="paths">Receives the best path to each position; entry <paramref name="to"/> leads back to <paramref name="from"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Encode(byte[] text, int from, int to, float score, Best[] paths)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(to, text.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(to, paths.Length);

        // The trie's invariant (base ^ byte is inside) makes its reads safe; positions never pass the end,
        // where there is a 0xFF or, with a part, a space that no piece goes on with.
        fixed (byte* bytes = text)
        fixed (Best* best = paths)
        fixed (DoubleArrayTrie.Unit* units = _trie.Units)
        {
            for (int i = from + 1; i <= to; i++)
            {
                best[i].Score = double.NegativeInfinity;
            }

            best[from].Score = score;
            uint rootBase = _trie.RootBase;
            int start = from;
            while (start < to)
            {
                double here = best[start].Score;
                int characterEnd = Math.Min(start + CharacterLength(bytes[start]), to);
                int end = start;
                uint childBase = rootBase;
                uint index = 0;
                bool inTrie = true;
                do
                {
                    index = childBase ^ bytes[end];
                    uint link = units[index].Link;
                    inTrie = (byte)link == bytes[end];
                    childBase = link >> 8;
                    end++;
                }
                while (inTrie && end < characterEnd);

                // A character that is no piece by itself can always be left unknown.
                float weight = units[index].Weight;
                if (inTrie && !float.IsNaN(weight))
                {
                    Offer(best, end, start, (int)index, here, weight);
                }
                else if ((float)here + UnknownScore > best[characterEnd].Score)
                {
                    best[characterEnd] = new Best { Score = (float)here + UnknownScore, Start = start, Unit = -1 };
                }

                while (inTrie)
                {
                    byte next = bytes[end];
                    index = childBase ^ next;
                    DoubleArrayTrie.Unit unit = units[index];
                    if ((byte)unit.Link != next)
                    {
                        break;
                    }

                    end++;
                    childBase = unit.Link >> 8;

                    // Where no piece ends the weight is NaN, and no comparison with NaN holds.
                    if (here + unit.Weight > best[end].Score)
                    {
                        Offer(best, end, start, (int)index, here, unit.Weight);
                    }
                }

                start = characterEnd;
            }
        }
    }

    /// <summary>Bytes of the character that begins with a byte (sentencepiece's table; stray trail bytes count 1).</summary>
    public static int CharacterLength(byte first) => (int)((0x4322_1111_1111_1111UL >> ((first >> 4) * 4)) & 0xF);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private unsafe void Offer(Best* best, int end, int start, int unit, double here, float weight)
    {
        double score = here + weight;
        if (double.IsPositiveInfinity(score))
        {
            score = here + _userDefinedScores[_trie.Values[unit]];
        }

        if (score > best[end].Score)
        {
            best[end].Score = (float)score;
            best[end].Start = start;
            best[end].Unit = unit;
        }
    }
}
