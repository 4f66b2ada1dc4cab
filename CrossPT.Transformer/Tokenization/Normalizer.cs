using System.Text;

namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// Sentencepiece's text normalisation (src/normalizer.cc): the longest replacement at each place is made, and spaces
/// are put before, removed and escaped as the model asks. Immutable.
/// </summary>
/// <param name="definition">Replacements and whitespace rules.</param>
/// <param name="userDefined">Pieces that are never replaced.</param>
internal sealed class Normalizer(TokenizerDefinition definition, PieceIndex userDefined)
{
    /// <summary>The character that stands for a space in pieces.</summary>
    public const char Space = '\u2581';

    /// <summary>Normalises a text.</summary>
    public string Normalize(ReadOnlySpan<char> text)
    {
        bool removesExtra = definition.RemoveExtraWhitespaces;
        while (removesExtra && !text.IsEmpty)
        {
            int length = Next(text, out ReadOnlySpan<char> symbol);
            if (symbol is not " ") break;
            text = text[length..];
        }

        if (text.IsEmpty) return "";
        char space = definition.EscapeWhitespaces ? Space : ' ';
        StringBuilder output = new(text.Length + 1);
        if (definition.AddDummyPrefix && !definition.WhitespaceAsSuffix) output.Append(space);
        bool afterSpace = removesExtra;
        while (!text.IsEmpty)
        {
            int length = Next(text, out ReadOnlySpan<char> symbol);
            text = text[length..];
            if (afterSpace) symbol = symbol.TrimStart(' ');
            if (symbol.IsEmpty) continue;
            foreach (char c in symbol) output.Append(c == ' ' ? space : c);
            afterSpace = removesExtra && symbol[^1] == ' ';
        }

        while (removesExtra && output.Length > 0 && output[^1] == space) output.Length--;
        if (definition.AddDummyPrefix && definition.WhitespaceAsSuffix) output.Append(space);
        return output.ToString();
    }

    /// <summary>Replacement for the beginning of a text.</summary>
    /// <returns>How many characters of the text that takes.</returns>
    private int Next(ReadOnlySpan<char> text, out ReadOnlySpan<char> symbol)
    {
        if (userDefined.Longest(text, out int length) >= 0)
        {
            symbol = text[..length];
            return length;
        }

        if (definition.CharsMap?.Match(text, out length) is { } replacement)
        {
            symbol = replacement;
            return length;
        }

        bool isWhole = Rune.DecodeFromUtf16(text, out _, out length) == System.Buffers.OperationStatus.Done;
        symbol = isWhole ? text[..length] : "\uFFFD";
        return length;
    }
}
