using System.Buffers;
using System.Globalization;
using System.Text;

namespace CrossPT.Transformer.Tokenization;

/// <summary>A token that is found in the text itself, before the model splits what is left.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">What is looked for.</param>
/// <param name="StripsLeft">It takes the whitespace before it.</param>
/// <param name="StripsRight">It takes the whitespace after it.</param>
/// <param name="IsWholeWord">It is found only where no letter, digit or underscore is beside it.</param>
/// <param name="IsNormalized">It is looked for in the normalised text.</param>
internal sealed record AddedToken(
    int Id,
    string Text,
    bool StripsLeft = false,
    bool StripsRight = false,
    bool IsWholeWord = false,
    bool IsNormalized = false);

/// <summary>
/// Finds added tokens as Hugging Face's tokenizers library does: of those that begin first the longest, each from where
/// the one before ended. Immutable.
/// </summary>
internal sealed class AddedTokens
{
    private readonly AddedToken[] _tokens;
    private readonly PieceIndex _index;
    private readonly SearchValues<char> _starts;

    /// <summary>Indexes tokens with different texts.</summary>
    public AddedTokens(IEnumerable<AddedToken> tokens)
    {
        _tokens = [.. tokens];
        _index = new PieceIndex(_tokens.Select(static (token, place) => (token.Text, place)));
        _starts = SearchValues.Create([.. _tokens.Select(static token => token.Text[0]).Distinct()]);
    }

    /// <summary>Number of tokens.</summary>
    public int Count => _tokens.Length;

    /// <summary>Finds the next token.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="from">Where the last token and the whitespace it took ended.</param>
    /// <param name="search">Where to look; receives where to go on.</param>
    /// <param name="start">Where the token begins, with the whitespace it takes.</param>
    /// <param name="end">Where it ends, with the whitespace it takes.</param>
    /// <returns>The token, null where there is none.</returns>
    public AddedToken? Next(ReadOnlySpan<char> text, int from, ref int search, out int start, out int end)
    {
        for (int skipped; (skipped = text[search..].IndexOfAny(_starts)) >= 0;)
        {
            start = search + skipped;
            int place = _index.Longest(text[start..], out int length);
            if (place < 0)
            {
                search = start + 1;
                continue;
            }

            AddedToken token = _tokens[place];
            search = end = start + length;
            if (token.IsWholeWord && (EndsWithWord(text[..start]) || StartsWithWord(text[end..]))) continue;
            if (token.StripsLeft) start = Math.Max(text[..start].TrimEnd().Length, from);
            if (token.StripsRight) end = text.Length - text[end..].TrimStart().Length;
            return token;
        }

        start = end = text.Length;
        return null;
    }

    private static bool StartsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out Rune rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool EndsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeLastFromUtf16(text, out Rune rune, out _) == OperationStatus.Done && IsWord(rune);

    /// <summary>Whether a character is one of a word (Unicode Technical Standard 18, annex C).</summary>
    private static bool IsWord(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber => true,
        UnicodeCategory.ConnectorPunctuation => true,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => true,
        UnicodeCategory.OtherSymbol => rune.Value
            is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149)
            or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189),
        UnicodeCategory.Format => rune.Value is 0x200C or 0x200D,
        _ => Rune.IsLetter(rune),
    };
}
