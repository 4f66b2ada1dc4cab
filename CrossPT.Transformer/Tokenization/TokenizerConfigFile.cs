using System.Globalization;
using System.Text.Json;

namespace CrossPT.Transformer.Tokenization;

/// <summary>Settings of Hugging Face's <c>tokenizer_config.json</c> that the tokenizer file lacks.</summary>
internal sealed class TokenizerConfigFile
{
    /// <summary>Extra pieces of a T5 that says nothing about them.</summary>
    public const int DefaultExtraIds = 100;

    private const int MaxExtraIds = 10_000;

    private static readonly string[] SupportedClasses =
    [
        "T5Tokenizer", "T5TokenizerFast", "MT5Tokenizer", "MT5TokenizerFast", "PreTrainedTokenizerFast",
        // What transformers 5 calls them.
        "TokenizersBackend", "SentencePieceBackend",
    ];

    /// <summary>Where there is no such file.</summary>
    public static TokenizerConfigFile Default { get; } = new();

    /// <summary>Number of <c>&lt;extra_id_n&gt;</c> pieces to append to a model, null where nothing is said.</summary>
    public int? ExtraIds { get; private init; }

    /// <summary>Special pieces, those included where they are listed.</summary>
    public IReadOnlyList<string> SpecialPieces { get; private init; } = [];

    /// <summary>Added tokens whose ids are given, by id.</summary>
    public SortedDictionary<int, (AddedToken Token, bool IsSpecial)> AddedTokens { get; private init; } = [];

    /// <summary>Whether text after an added token is treated as older versions did, with a space before it.</summary>
    public bool IsLegacy { get; private init; } = true;

    /// <summary>Piece that ends a sequence, null where nothing is said.</summary>
    public string? EndOfSequencePiece { get; private init; }

    /// <summary>Piece that fills a batch, null where nothing is said.</summary>
    public string? PadPiece { get; private init; }

    /// <summary>Reads the file.</summary>
    /// <exception cref="TokenizerFormatException">It is no JSON, or names an unsupported tokenizer class.</exception>
    public static TokenizerConfigFile Read(string file, byte[] data)
    {
        using JsonFile json = new(file, data);
        JsonElement root = json.Root;
        if (json.Text(root, "tokenizer_class", "tokenizer_class") is { } name && !SupportedClasses.Contains(name))
        {
            string classes = string.Join(", ", SupportedClasses);
            throw json.Error("tokenizer_class", $"'{name}'", $"a SentencePiece Unigram tokenizer ({classes})");
        }

        int? extraIds = null;
        if (json.Find(root, "extra_ids") is { } count)
        {
            bool isCount = count.ValueKind == JsonValueKind.Number && count.TryGetInt32(out int value)
                && value is >= 0 and <= MaxExtraIds;
            extraIds = isCount
                ? count.GetInt32()
                : throw json.Error("extra_ids", count.ToString(), $"a whole number from 0 to {MaxExtraIds}");
        }

        const string Listed = "additional_special_tokens";
        List<string> special = [.. Special(json, Listed), .. Special(json, "extra_special_tokens")];
        int listed = special.Distinct().Count(static piece => piece.StartsWith("<extra_id_", StringComparison.Ordinal));
        if (listed > 0 && extraIds is not null && extraIds != listed)
        {
            throw json.Error("extra_ids", $"{extraIds} beside {listed} <extra_id_n> in {Listed}", "the same number");
        }

        return new TokenizerConfigFile
        {
            ExtraIds = extraIds ?? (listed > 0 ? listed : null),
            SpecialPieces = special,
            AddedTokens = Added(json),
            IsLegacy = json.Flag(root, "legacy", true, "legacy"),
            EndOfSequencePiece = json.Token(json.Find(root, "eos_token"), "eos_token"),
            PadPiece = json.Token(json.Find(root, "pad_token"), "pad_token"),
        };
    }

    /// <summary>Reads <c>added_tokens.json</c>, which older versions wrote: ids by token.</summary>
    /// <exception cref="TokenizerFormatException">It is no JSON, or an id is none.</exception>
    public void ReadAddedTokens(string file, byte[] data)
    {
        using JsonFile json = new(file, data);
        HashSet<string> special = [.. SpecialPieces];
        foreach ((string name, JsonElement number) in json.Properties(json.Root, ""))
        {
            string path = $"'{name}'";
            bool isId = number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out int value) && value >= 0;
            if (!isId) throw json.Error(path, number.ToString(), "a whole number from 0");
            int id = number.GetInt32();
            bool isSpecial = special.Contains(name);
            if (!AddedTokens.TryAdd(id, (new AddedToken(id, name, IsNormalized: !isSpecial), isSpecial)))
            {
                throw json.Error(path, $"{id} a second time", "each id once");
            }
        }
    }

    /// <summary>Tokens listed, or by names as transformers 5 writes them.</summary>
    private static IEnumerable<string> Special(JsonFile json, string key) => json.Find(json.Root, key) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Object } named =>
            json.Properties(named, key).Select(token => json.Token(token.Value, $"{key}.{token.Name}")!),
        _ => json.List(json.Root, key, key).Select(token => json.Token(token.Element, token.Path)!),
    };

    private static SortedDictionary<int, (AddedToken Token, bool IsSpecial)> Added(JsonFile json)
    {
        const string Key = "added_tokens_decoder";
        SortedDictionary<int, (AddedToken, bool)> added = [];
        if (json.Find(json.Root, Key) is not { } tokens) return added;
        foreach ((string name, JsonElement value) in json.Properties(tokens, Key))
        {
            string path = $"{Key}.{name}";
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            {
                throw json.Error(path, $"the id '{name}'", "a whole number from 0");
            }

            bool isSpecial = json.Flag(value, "special", false, path + ".special");
            string text = json.Token(value, path)!;
            if (!added.TryAdd(id, (json.Added(value, path, id, text, isSpecial), isSpecial)))
            {
                throw json.Error(path, $"{id} a second time", "each id once");
            }
        }

        return added;
    }
}
