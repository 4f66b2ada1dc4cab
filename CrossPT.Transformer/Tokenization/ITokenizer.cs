namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// Turns text into the token ids a model was trained on, and back.
/// </summary>
/// <remarks>An implementation must allow calls from many threads at once.</remarks>
public interface ITokenizer
{
    /// <summary>Number of ids: every id lies in <c>[0, VocabularySize)</c>.</summary>
    int VocabularySize { get; }

    /// <summary>Id that fills short rows of a batch, or -1 where the vocabulary has none.</summary>
    int PadId { get; }

    /// <summary>Id that ends a sequence, or -1 where the vocabulary has none.</summary>
    int EndOfSequenceId { get; }

    /// <summary>Id that stands for text the vocabulary cannot spell.</summary>
    int UnknownId { get; }

    /// <summary>Encodes a text.</summary>
    /// <param name="text">The text; lone surrogates count as U+FFFD.</param>
    /// <param name="options">Whether special pieces are looked for and the sequence is ended.</param>
    /// <returns>The ids in reading order.</returns>
    /// <exception cref="InvalidOperationException">
    /// An end of sequence was asked for and the vocabulary has none.
    /// </exception>
    int[] Encode(string text, EncodeOptions options = EncodeOptions.None);

    /// <summary>
    /// Encodes a model's input that is written in part by the author of a task and in part by others.
    /// </summary>
    /// <param name="text">The text; lone surrogates count as U+FFFD.</param>
    /// <param name="literals">
    /// The author's parts: special pieces in them become their own ids, elsewhere they are ordinary text.
    /// </param>
    /// <returns>The ids in reading order, the end of sequence included.</returns>
    /// <exception cref="InvalidOperationException">The vocabulary has no end of sequence.</exception>
    int[] Encode(string text, IReadOnlyList<Range> literals);

    /// <summary>Turns ids back into text.</summary>
    /// <param name="ids">Ids in <c>[0, VocabularySize)</c>.</param>
    /// <param name="skipSpecial">
    /// Leaves special pieces (padding, end of sequence, <c>&lt;extra_id_n&gt;</c>) out of the text.
    /// </param>
    /// <returns>The text.</returns>
    /// <exception cref="ArgumentException">An id lies outside the vocabulary.</exception>
    string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true);

    /// <summary>The piece of an id, as the vocabulary spells it.</summary>
    /// <param name="id">An id in <c>[0, VocabularySize)</c>.</param>
    /// <returns>The piece.</returns>
    /// <exception cref="ArgumentException">The id lies outside the vocabulary.</exception>
    string IdToPiece(int id);

    /// <summary>The id of a piece, or <see cref="UnknownId"/> where the vocabulary lacks it.</summary>
    /// <param name="piece">The piece, as the vocabulary spells it.</param>
    /// <returns>The id.</returns>
    int PieceToId(string piece);
}
