using System.Text;

namespace CrossPT.Transformer.Tokenization;

/// <summary>Which stretches of text get a space before them.</summary>
internal enum PrependScheme
{
    /// <summary>All.</summary>
    Always,

    /// <summary>That at the beginning of the text.</summary>
    First,

    /// <summary>None.</summary>
    Never,
}

/// <summary>Normalization and pre-tokenization steps of a <c>tokenizer.json</c>.</summary>
internal sealed class HuggingFaceSteps
{
    /// <summary>Scores of the model's vocabulary; tokens with higher ids are only found as they are.</summary>
    public List<double> Scores { get; } = [];

    /// <summary>Normalisers, in the order of the file.</summary>
    public List<Func<string, string>> Normalizers { get; } = [];

    /// <summary>Words are split at whitespace of any kind, which is dropped.</summary>
    public bool SplitsAtWhitespace { get; set; }

    /// <summary>The model splits each word by itself.</summary>
    public bool SplitsAtSpaces { get; set; } = true;

    /// <summary>Which parts of a text get a space before them.</summary>
    public PrependScheme Prepend { get; set; }

    /// <summary>On plain text the steps do what sentencepiece does.</summary>
    public bool IsSentencePiece { get; set; }

    /// <summary>Applies the normalisers.</summary>
    public string Normalize(string text) => Normalizers.Aggregate(text, static (result, step) => step(result));

    /// <summary>Splits normalised text into the words that the model sees.</summary>
    /// <param name="text">Normalised text.</param>
    /// <param name="isFirst">Whether it begins the whole text.</param>
    public IEnumerable<string> Words(string text, bool isFirst)
    {
        if (!SplitsAtWhitespace) return SplitAtSpaces(text, isFirst);
        List<string> words = [];
        for (int start = 0, end; start < text.Length; start = end + 1)
        {
            for (end = start; end < text.Length && !char.IsWhiteSpace(text[end]);) end++;
            if (end > start) words.AddRange(SplitAtSpaces(text[start..end], isFirst && start == 0));
        }

        return words;
    }

    /// <summary>
    /// The normaliser of a charsmap. Other than sentencepiece, which replaces the longest match, the library replaces a
    /// short grapheme as a whole by what the shortest match says.
    /// </summary>
    public static string Replace(CharsMap map, string text)
    {
        StringBuilder output = new(text.Length);
        for (ReadOnlySpan<char> rest = text; !rest.IsEmpty;)
        {
            ReadOnlySpan<char> grapheme = rest[..System.Globalization.StringInfo.GetNextTextElementLength(rest)];
            rest = rest[grapheme.Length..];
            if (Encoding.UTF8.GetByteCount(grapheme) < 6
                && map.Match(grapheme, out _, takesShortest: true) is { } replacement)
            {
                output.Append(replacement);
                continue;
            }

            for (int length; !grapheme.IsEmpty; grapheme = grapheme[length..])
            {
                length = char.IsHighSurrogate(grapheme[0]) ? 2 : 1;
                ReadOnlySpan<char> character = grapheme[..length];
                output.Append(map.Match(character, out _) ?? character);
            }
        }

        return output.ToString();
    }

    private IEnumerable<string> SplitAtSpaces(string text, bool isFirst)
    {
        if (text.Length == 0) yield break;
        text = text.Replace(' ', Normalizer.Space);
        bool prepends = Prepend == PrependScheme.Always || (Prepend == PrependScheme.First && isFirst);
        if (prepends && text[0] != Normalizer.Space) text = Normalizer.Space + text;
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = SplitsAtSpaces ? text.IndexOf(Normalizer.Space, start + 1) : -1;
            if (end < 0) end = text.Length;
            yield return text[start..end];
        }
    }
}
