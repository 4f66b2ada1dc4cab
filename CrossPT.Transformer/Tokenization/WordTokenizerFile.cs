using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// Writes a tokenizer whose pieces are whole words, as a <c>tokenizer.json</c> in the layout of Hugging Face's library:
/// for small languages whose words are known.
/// </summary>
public static class WordTokenizerFile
{
    /// <summary>File name in a model folder.</summary>
    public const string JsonName = "tokenizer.json";

    private const string Steps = """
        {
          "version": "1.0",
          "added_tokens": [],
          "normalizer": null,
          "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
              { "type": "WhitespaceSplit" },
              { "type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": true }
            ]
          },
          "post_processor": {
            "type": "TemplateProcessing",
            "single": [{ "Sequence": { "id": "A", "type_id": 0 } }, { "SpecialToken": { "id": "</s>", "type_id": 0 } }],
            "pair": [
              { "Sequence": { "id": "A", "type_id": 0 } }, { "SpecialToken": { "id": "</s>", "type_id": 0 } },
              { "Sequence": { "id": "B", "type_id": 0 } }, { "SpecialToken": { "id": "</s>", "type_id": 0 } }
            ],
            "special_tokens": { "</s>": { "id": "</s>", "ids": [1], "tokens": ["</s>"] } }
          },
          "decoder": { "type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": true },
          "model": { "type": "Unigram", "unk_id": 2, "vocab": [] }
        }
        """;

    /// <summary>
    /// Pieces of the words, after padding, end of sequence and unknown; then T5's sentinels, the last id being
    /// <c>&lt;extra_id_0&gt;</c>.
    /// </summary>
    /// <param name="destination">Receives UTF-8 JSON.</param>
    /// <param name="words">The words, which texts separate by spaces.</param>
    /// <param name="sentinels">How many sentinels.</param>
    /// <exception cref="ArgumentException">A word is empty, has a space, or comes twice.</exception>
    public static void Write(Stream destination, IReadOnlyList<string> words, int sentinels)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(words);
        ArgumentOutOfRangeException.ThrowIfNegative(sentinels);
        IEnumerable<string> last = Enumerable.Range(1, sentinels).Select(n => $"<extra_id_{sentinels - n}>");
        string[] special = ["<pad>", "</s>", "<unk>", .. last];
        HashSet<string> seen = [.. special];
        foreach (string word in words)
        {
            if (word.Length == 0 || word.Any(static c => char.IsWhiteSpace(c) || c == '\u2581'))
            {
                throw new ArgumentException($"The word '{word}' is empty or has a space.", nameof(words));
            }

            if (!seen.Add(word)) throw new ArgumentException($"The word '{word}' comes twice.", nameof(words));
        }

        JsonNode json = JsonNode.Parse(Steps)!;
        JsonArray added = json["added_tokens"]!.AsArray();
        JsonArray vocabulary = json["model"]!["vocab"]!.AsArray();

        // Equal scores: a word is one piece, and nothing shorter is one.
        foreach (string piece in special[..3]) AddSpecial(piece);
        foreach (string word in words) vocabulary.Add((JsonNode)new JsonArray("\u2581" + word, -1.0));
        foreach (string piece in special[3..]) AddSpecial(piece);
        JsonWriterOptions options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using Utf8JsonWriter writer = new(destination, options);
        json.WriteTo(writer);

        void AddSpecial(string piece)
        {
            added.Add((JsonNode)new JsonObject
            {
                ["id"] = vocabulary.Count,
                ["content"] = piece,
                ["single_word"] = false,
                ["lstrip"] = false,
                ["rstrip"] = false,
                ["normalized"] = false,
                ["special"] = true,
            });
            vocabulary.Add((JsonNode)new JsonArray(piece, 0.0));
        }
    }

    /// <summary>The tokenizer that such a file makes.</summary>
    /// <exception cref="ArgumentException">See <see cref="Write"/>.</exception>
    public static SentencePieceTokenizer Create(IReadOnlyList<string> words, int sentinels)
    {
        using MemoryStream json = new();
        Write(json, words, sentinels);
        return TokenizerLoader.Create(JsonName, json.ToArray(), TokenizerConfigFile.Default);
    }
}
