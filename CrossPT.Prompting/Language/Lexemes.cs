namespace CrossPT.Prompting.Language;

/// <summary>A noun, which changes with number.</summary>
/// <param name="One">Singular.</param>
/// <param name="Many">Plural.</param>
public sealed record Inflected(string One, string Many)
{
    /// <summary>The form for a number.</summary>
    public string For(bool many) => many ? Many : One;
}

/// <summary>A verb's meaning with the words that have it: any may stand for any other.</summary>
/// <param name="Words">The synonyms.</param>
public sealed record VerbMeaning(IReadOnlyList<string> Words);

/// <summary>A noun's meaning and its kind.</summary>
/// <param name="Words">The synonyms.</param>
/// <param name="Kind">Place of its kind in <see cref="Domain.Kinds"/>.</param>
public sealed record NounMeaning(IReadOnlyList<Inflected> Words, int Kind);

/// <summary>What sentences may be about: words of its own, which no other domain has.</summary>
/// <param name="Index">Its place.</param>
/// <param name="Name">What reports call it; no word of the language.</param>
/// <param name="Nouns">Who acts and is acted upon.</param>
/// <param name="Kinds">Words for several nouns at once.</param>
/// <param name="Verbs">What is done.</param>
/// <param name="Good">Words of a good mood, its own alone.</param>
/// <param name="Bad">Words of a bad mood.</param>
public sealed record Domain(
    int Index,
    string Name,
    IReadOnlyList<NounMeaning> Nouns,
    IReadOnlyList<Inflected> Kinds,
    IReadOnlyList<VerbMeaning> Verbs,
    IReadOnlyList<string> Good,
    IReadOnlyList<string> Bad);
