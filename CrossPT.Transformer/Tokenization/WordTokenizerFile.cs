using System.Text.Encodings.Web;
using System.Text.Json;

namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// Writes a tokenizer whose pieces are whole words, as a <c>tokenizer.json</c> in the layout of Hugging Face's library:
/// for small languages whose words are known.
/// </summary>
public static class WordTokenizerFile
{
    /// <summary>What the file is called in a model folder.</summary>
    public const string JsonName = "tokenizer.json";

    /// <summary>Pieces of the words, after padding, end of sequence and unknown; then T5's sentinels, the last id being <c>&lt;extra_id_0&gt;</c>.</summary>
    /// <param name="destination">Receives UTF-8 JSON.</param>
    /// <param name="words">The words, which texts separate by spaces.</param>
    /// <param name="sentinels">How many sentinels.</param>
    /// <exception cref="ArgumentException">A word is empty, has a space, or comes twice.</exception>
    public static void Write(Stream destination, IReadOnlyList<string> words, int sentinels)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(words);
        ArgumentOutOfRangeException.ThrowIfNegative(sentinels);
        string[] before = ["<pad>", "</s>", "<unk>"], after = [.. Enumerable.Range(1, sentinels).Select(n => $"<extra_id_{sentinels - n}>")];
        HashSet<string> seen = [.. before, .. after];
        foreach (string word in words)
        {
            if (word.Length == 0 || word.Any(static c => char.IsWhiteSpace(c) || c == '\u2581'))
                throw new ArgumentException($"The word '{word}' is empty or has a space.", nameof(words));
            if (!seen.Add(word)) throw new ArgumentException($"The word '{word}' comes twice.", nameof(words));
        }
        using Utf8JsonWriter json = new(destination, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteStartArray("added_tokens");
        for (int i = 0; i < before.Length; i++) WriteSpecial(json, i, before[i]);
        for (int i = 0; i < after.Length; i++) WriteSpecial(json, before.Length + words.Count + i, after[i]);
        json.WriteEndArray();
        WriteSteps(json);
        json.WriteStartObject("model");
        json.WriteString("type", "Unigram");
        json.WriteNumber("unk_id", 2);
        json.WriteStartArray("vocab");
        foreach (string piece in before) WritePiece(json, piece, 0);
        // Equal scores: a word is one piece, and nothing shorter is one.
        foreach (string word in words) WritePiece(json, "\u2581" + word, -1);
        foreach (string piece in after) WritePiece(json, piece, 0);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The tokenizer that such a file makes.</summary>
    /// <exception cref="ArgumentException">See <see cref="Write"/>.</exception>
    public static SentencePieceTokenizer Create(IReadOnlyList<string> words, int sentinels)
    {
        using MemoryStream json = new();
        Write(json, words, sentinels);
        return TokenizerLoader.Create(JsonName, json.ToArray(), TokenizerConfigFile.Default);
    }

    private static void WriteSteps(Utf8JsonWriter json)
    {
        json.WriteNull("normalizer");
        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        json.WriteStartObject();
        json.WriteString("type", "WhitespaceSplit");
        json.WriteEndObject();
        WriteMetaspace(json);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject("post_processor");
        json.WriteString("type", "TemplateProcessing");
        WriteTemplate(json, "single", "A");
        WriteTemplate(json, "pair", "A", "B");
        json.WriteStartObject("special_tokens");
        json.WriteStartObject("</s>");
        json.WriteString("id", "</s>");
        json.WriteStartArray("ids");
        json.WriteNumberValue(1);
        json.WriteEndArray();
        json.WriteStartArray("tokens");
        json.WriteStringValue("</s>");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WritePropertyName("decoder");
        WriteMetaspace(json);
    }

    private static void WriteMetaspace(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Metaspace");
        json.WriteString("replacement", "\u2581");
        json.WriteString("prepend_scheme", "always");
        json.WriteBoolean("split", true);
        json.WriteEndObject();
    }

    private static void WriteTemplate(Utf8JsonWriter json, string name, params ReadOnlySpan<string> sequences)
    {
        json.WriteStartArray(name);
        foreach (string sequence in sequences)
        {
            WriteTemplatePart(json, "Sequence", sequence);
            WriteTemplatePart(json, "SpecialToken", "</s>");
        }
        json.WriteEndArray();
    }

    private static void WriteTemplatePart(Utf8JsonWriter json, string kind, string id)
    {
        json.WriteStartObject();
        json.WriteStartObject(kind);
        json.WriteString("id", id);
        json.WriteNumber("type_id", 0);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteSpecial(Utf8JsonWriter json, int id, string content)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteString("content", content);
        foreach (string flag in (string[])["single_word", "lstrip", "rstrip", "normalized"]) json.WriteBoolean(flag, false);
        json.WriteBoolean("special", true);
        json.WriteEndObject();
    }

    private static void WritePiece(Utf8JsonWriter json, string piece, double score)
    {
        json.WriteStartArray();
        json.WriteStringValue(piece);
        json.WriteNumberValue(score);
        json.WriteEndArray();
    }
}
