using System.Text.Json;
using CrossPT.Runner.Cli;
using CrossPT.Tensors.Files;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Runner.Hub;

/// <summary>
/// Refuses what is no T5 with a SentencePiece tokenizer, by name and before its weights are downloaded.
/// </summary>
internal static class ModelKind
{
    // The last two are transformers 5's.
    private static readonly string[] s_tokenizers =
    [
        "T5Tokenizer", "T5TokenizerFast", "MT5Tokenizer", "MT5TokenizerFast", "PreTrainedTokenizerFast",
        "TokenizersBackend", "SentencePieceBackend",
    ];

    /// <summary>
    /// Checks <c>config.json</c>, and <c>tokenizer_config.json</c> where there is one: ByT5 and CodeT5 call themselves
    /// T5, too.
    /// </summary>
    /// <exception cref="UserException">It is another kind of model; the message says which.</exception>
    public static void CheckNames(HubName name, string folder)
    {
        string config = Path.Combine(folder, ModelFiles.Config);
        string tokenizer = Path.Combine(folder, ModelFiles.TokenizerConfig);
        string type = Text(config, "model_type")
            ?? throw new UserException($"{name}: its config.json names no model_type, expected t5 or mt5");
        if (type is not ("t5" or "mt5"))
            throw new UserException($"{name}: is a model of the type '{type}', expected t5 or mt5");
        foreach (string file in File.Exists(tokenizer) ? (string[])[tokenizer, config] : [config])
        {
            if (Text(file, "tokenizer_class") is { } kind && !s_tokenizers.Contains(kind))
                throw new UserException($"{name}: {Reason(kind)}");
        }
    }

    /// <summary>Reads configuration and tokenizer as a run will.</summary>
    /// <exception cref="T5FormatException">The configuration makes no T5.</exception>
    /// <exception cref="TokenizerFormatException">The tokenizer cannot be read.</exception>
    public static void CheckContents(HubName name, string folder)
    {
        T5Config config = T5Config.Load(folder);
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(folder);
        // A fine-tuned model may have dropped the extra pieces at the end; a wholly different vocabulary is another
        // thing.
        if (tokenizer.VocabularySize > config.VocabularySize + 256)
            throw new UserException(
                $"{name}: its tokenizer has {tokenizer.VocabularySize} pieces for a vocabulary of "
                    + $"{config.VocabularySize}, expected one that fits");
    }

    private static string Reason(string kind) => kind switch
    {
        "ByT5Tokenizer" => "is a ByT5, which reads bytes, expected a T5 or mT5 with a SentencePiece tokenizer",
        "RobertaTokenizer" or "RobertaTokenizerFast" =>
            "has CodeT5's tokenizer (byte-level BPE), expected a T5 or mT5 with a SentencePiece tokenizer",
        _ => $"has the tokenizer '{kind}', expected a T5 or mT5 with a SentencePiece tokenizer",
    };

    private static string? Text(string path, string key)
    {
        if (ForeignFile.Explain(path, FileContent.Json) is { } foreign) throw new UserException($"{path}: {foreign}");
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.Length > ModelFiles.ConfigLimit)
                throw new UserException(
                    $"{path}: has {stream.Length} bytes, expected at most {ModelFiles.ConfigLimit}");
            using JsonDocument document = JsonDocument.Parse(stream);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty(key, out JsonElement value)
                && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new UserException($"{path}: is no JSON that can be read", inner: error);
        }
    }
}
