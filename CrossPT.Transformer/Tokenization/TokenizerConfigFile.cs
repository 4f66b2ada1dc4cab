using System.Text.Json;

namespace CrossPT.Transformer.Tokenization;

/// <summary>What Hugging Face's <c>tokenizer_config.json</c> says that the tokenizer file does not.</summary>
internal sealed class TokenizerConfigFile
{
    /// <summary>Extra pieces of a T5 that says nothing about them.</summary>
    public const int DefaultExtraIds = 100;

    private const int MaxExtraIds = 10_000;

    private static readonly string[] SupportedClasses =
        ["T5Tokenizer", "T5TokenizerFast", "MT5Tokenizer", "MT5TokenizerFast", "PreTrainedTokenizerFast"];

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
    /// <exception cref="TokenizerFormatException">It is no JSON, or names a tokenizer class that is not supported.</exception>
    public static TokenizerConfigFile Read(string file, byte[] data)
    {
        using var document = new JsonFile(file, data);
        JsonElement root = document.Root;
        if (document.Text(root, "tokenizer_class") is { } name && !SupportedClasses.Contains(name))
        {
            throw document.Error("tokenizer_class", $"'{name}'", $"a SentencePiece Unigram tokenizer ({string.Join(", ", SupportedClasses)})");
        }

        int? extraIds = null;
        if (document.Find(root, "extra_ids") is { } count)
        {
            extraIds = count.ValueKind == JsonValueKind.Number && count.TryGetInt32(out int value) && value is >= 0 and <= MaxExtraIds
                ? value
                : throw document.Error("extra_ids", count.ToString(), $"a whole number from 0 to {MaxExtraIds}");
        }

        List<string> special = [];
        int listedExtraIds = 0;
        if (document.Find(root, "additional_special_tokens") is { } tokens)
        {
            document.Require(tokens, JsonValueKind.Array, "additional_special_tokens");
            int index = 0;
            foreach (JsonElement token in tokens.EnumerateArray())
            {
                string text = document.Token(token, $"additional_special_tokens[{index++}]");
                if (text.StartsWith("<extra_id_", StringComparison.Ordinal))
                {
                    listedExtraIds++;
                }
                else
                {
                    special.Add(text);
                }
            }

            extraIds ??= listedExtraIds > 0 ? listedExtraIds : null;
            if (listedExtraIds > 0 && extraIds != listedExtraIds)
            {
                throw document.Error("extra_ids", $"{extraIds} beside {listedExtraIds} <extra_id_n> in additional_special_tokens", "the same number");
            }
        }

        return new TokenizerConfigFile
        {
            ExtraIds = extraIds,
            SpecialPieces = special,
            EndOfSequencePiece = document.Find(root, "eos_token") is { } end ? document.Token(end, "eos_token") : null,
            PadPiece = document.Find(root, "pad_token") is { } pad ? document.Token(pad, "pad_token") : null,
        };
    }
}
