using System.Buffers;
using System.Text;

namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// Turns ids back into text as sentencepiece does (src/sentencepiece_processor.cc): ▁ becomes a space, the space the
/// encoder put first goes away, byte pieces are joined to characters, control pieces are invisible. Immutable.
/// </summary>
internal sealed class PieceDecoder(Vocabulary vocabulary, NormalizerOptions options, string unknownSurface)
{
    private readonly bool _stripsLeadingSpace = options.AddDummyPrefix || options.RemoveExtraWhitespaces;
    private readonly byte[] _unknownSurface = Encoding.UTF8.GetBytes(unknownSurface);

    /// <summary>Writes the text of ids.</summary>
    /// <param name="ids">Ids in <c>[0, vocabulary size)</c>.</param>
    /// <param name="skipSpecial">Leaves control pieces out.</param>
    /// <param name="text">Receives UTF-8.</param>
    /// <exception cref="ArgumentException">An id lies outside the vocabulary.</exception>
    public void Decode(ReadOnlySpan<int> ids, bool skipSpecial, ArrayBufferWriter<byte> text)
    {
        bool atStart = true;
        bool tookSpace = false;
        for (int i = 0; i < ids.Length; i++)
        {
            int id = ids[i];
            if ((uint)id >= (uint)vocabulary.Count)
            {
                throw new ArgumentException($"Id {i} of {ids.Length} is {id}, expected 0 to {vocabulary.Count - 1}.", nameof(ids));
            }

            if (vocabulary.TypeOf(id) == PieceType.Byte)
            {
                i += AddBytes(ids[i..], text) - 1;
                continue;
            }

            if (tookSpace || text.WrittenCount > 0)
            {
                atStart = false;
            }

            tookSpace = false;
            ReadOnlySpan<byte> piece = vocabulary.PieceUtf8(id);
            switch (vocabulary.TypeOf(id))
            {
                case PieceType.Control:
                    if (!skipSpecial)
                    {
                        text.Write(piece);
                    }

                    break;
                case PieceType.Unknown:
                    text.Write(_unknownSurface);
                    break;
                default:
                    if (atStart && _stripsLeadingSpace && piece.StartsWith(SpaceCode.Symbol))
                    {
                        piece = piece[SpaceCode.Symbol.Length..];

                        // Where repeated spaces are removed, all leading ones go, not only the one put there.
                        tookSpace = !options.RemoveExtraWhitespaces;
                    }

                    // Also where a piece holds a real space it stays one: both codes are the space itself.
                    text.Advance(SpaceCode.FromUtf8(piece, text.GetSpan(piece.Length)));
                    break;
            }
        }
    }

    /// <summary>Joins a run of byte pieces; what is not UTF-8 becomes U+FFFD byte by byte.</summary>
    /// <returns>Length of the run.</returns>
    private int AddBytes(ReadOnlySpan<int> ids, ArrayBufferWriter<byte> text)
    {
        int run = 0;
        while (run < ids.Length && (uint)ids[run] < (uint)vocabulary.Count && vocabulary.TypeOf(ids[run]) == PieceType.Byte)
        {
            run++;
        }

        byte[] bytes = new byte[run];
        for (int i = 0; i < run; i++)
        {
            bytes[i] = (byte)Vocabulary.ByteOf(vocabulary.PieceUtf8(ids[i]))!.Value;
        }

        for (int i = 0; i < run;)
        {
            bool valid = Rune.DecodeFromUtf8(bytes.AsSpan(i), out _, out int length) == OperationStatus.Done;
            text.Write(valid ? bytes.AsSpan(i, length) : "\uFFFD"u8);
            i += valid ? length : 1;
        }

        return run;
    }
}
