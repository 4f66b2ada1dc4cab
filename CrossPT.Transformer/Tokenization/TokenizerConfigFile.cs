using System.Text.Json;

namespace CrossPT.Transformer.Tokenization;

/// <summary>What Hugging Face's <c>tokenizer_config.json</c> says that the tokenizer file does not.</summary>
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

    /// <summary>Special pieces besides those.</summary>
    public IReadOnlyList<string> SpecialPieces { get; private init; } = [];

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

        List<string> special = [];
        const string Listed = "additional_special_tokens";
        if (json.Find(root, Listed) is not null)
        {
            special.AddRange(json.List(root, Listed, Listed).Select(token => json.Token(token.Element, token.Path)!));
        }

        int listed = special.RemoveAll(static piece => piece.StartsWith("<extra_id_", StringComparison.Ordinal));
        if (listed > 0 && extraIds is not null && extraIds != listed)
        {
            throw json.Error("extra_ids", $"{extraIds} beside {listed} <extra_id_n> in {Listed}", "the same number");
        }

        return new TokenizerConfigFile
        {
            ExtraIds = extraIds ?? (listed > 0 ? listed : null),
            SpecialPieces = special,
            EndOfSequencePiece = json.Token(json.Find(root, "eos_token"), "eos_token"),
            PadPiece = json.Token(json.Find(root, "pad_token"), "pad_token"),
        };
    }
}
