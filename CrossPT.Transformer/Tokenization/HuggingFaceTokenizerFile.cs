using System.Text;
using System.Text.Json;

namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// Reads <c>tokenizer.json</c> of Hugging Face's tokenizers library, where it describes a SentencePiece Unigram model:
/// the steps around the vocabulary are recognised and turned into sentencepiece's own rules.
/// </summary>
internal static class HuggingFaceTokenizerFile
{
    /// <summary>Reads a tokenizer.</summary>
    /// <param name="file">File named in errors.</param>
    /// <param name="data">Its content.</param>
    /// <param name="config">The folder's configuration.</param>
    /// <exception cref="TokenizerFormatException">The content is no JSON, or describes another kind of tokenizer.</exception>
    public static TokenizerDefinition Read(string file, byte[] data, TokenizerConfigFile config)
    {
        using var json = new JsonFile(file, data);
        JsonElement model = json.Get(json.Root, "model", JsonValueKind.Object, "model");

        // Files of early versions name no type; those with merges are BPE.
        string type = json.Text(model, "type", "model.type") ?? (json.Find(model, "merges") is null ? "Unigram" : "BPE");
        if (type != "Unigram")
        {
            throw json.Error("model.type", $"'{type}'", "'Unigram', the only one supported");
        }

        Dictionary<int, (string Text, bool Special)> added = ReadAddedTokens(json);
        bool byteFallback = json.Flag(model, "byte_fallback", false, "model.byte_fallback");
        PieceList pieces = ReadVocabulary(file, json, model, added, byteFallback);

        var steps = new Steps();
        if (json.Find(json.Root, "normalizer") is { } normalizer)
        {
            ReadNormalizer(file, json, normalizer, "normalizer", steps);
        }

        if (json.Find(json.Root, "pre_tokenizer") is { } preTokenizer)
        {
            ReadPreTokenizer(json, preTokenizer, "pre_tokenizer", steps);
        }

        if (!steps.HasMetaspace)
        {
            throw json.Error("pre_tokenizer", "no Metaspace step", "Metaspace, alone or after WhitespaceSplit");
        }

        return new TokenizerDefinition
        {
            Pieces = pieces,
            Normalizer = new NormalizerOptions
            {
                AddDummyPrefix = steps.AddsPrefix,
                RemoveExtraWhitespaces = steps.SplitsAtWhitespace || (steps.Strips && steps.JoinsSpaces),
            },
            CharsMap = steps.CharsMap,
            ByteFallback = byteFallback,
            EndOfSequencePiece = config.EndOfSequencePiece ?? "</s>",
            PadPiece = config.PadPiece ?? "<pad>",
        };
    }

    private static Dictionary<int, (string Text, bool Special)> ReadAddedTokens(JsonFile json)
    {
        Dictionary<int, (string, bool)> added = [];
        if (json.Find(json.Root, "added_tokens") is not { } tokens)
        {
            return added;
        }

        json.Require(tokens, JsonValueKind.Array, "added_tokens");
        int index = 0;
        foreach (JsonElement token in tokens.EnumerateArray())
        {
            string path = $"added_tokens[{index++}]";
            json.Require(token, JsonValueKind.Object, path);
            JsonElement number = json.Get(token, "id", JsonValueKind.Number, path + ".id");
            if (!number.TryGetInt32(out int id) || id < 0)
            {
                throw json.Error(path + ".id", number.ToString(), "a whole number from 0");
            }

            if (json.Flag(token, "single_word", false, path + ".single_word"))
            {
                throw json.Error(path + ".single_word", "true", "false, as matching whole words is not supported");
            }

            string text = json.TextOf(json.Get(token, "content", JsonValueKind.String, path + ".content"), path + ".content");
            if (!added.TryAdd(id, (text, json.Flag(token, "special", false, path + ".special"))))
            {
                throw json.Error(path + ".id", $"{id} a second time", "each id once");
            }
        }

        return added;
    }

    private static PieceList ReadVocabulary(
        string file, JsonFile json, JsonElement model, Dictionary<int, (string Text, bool Special)> added, bool byteFallback)
    {
        JsonElement unknown = json.Get(model, "unk_id", JsonValueKind.Number, "model.unk_id");
        JsonElement entries = json.Get(model, "vocab", JsonValueKind.Array, "model.vocab");
        int count = entries.GetArrayLength();
        if (!unknown.TryGetInt32(out int unknownId) || (uint)unknownId >= (uint)count)
        {
            throw json.Error("model.unk_id", unknown.ToString(), $"an index into the {count} entries of model.vocab");
        }

        var pieces = new PieceList(file);
        foreach (JsonElement entry in entries.EnumerateArray())
        {
            int id = pieces.Count;
            if (entry.ValueKind != JsonValueKind.Array || entry.GetArrayLength() != 2
                || entry[0].ValueKind != JsonValueKind.String || entry[1].ValueKind != JsonValueKind.Number)
            {
                throw json.Error($"model.vocab[{id}]", entry.GetRawText() is { Length: < 60 } raw ? raw : "something else", "[piece, score]");
            }

            string text = json.TextOf(entry[0], $"model.vocab[{id}][0]");
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            PieceType type = PieceType.Normal;
            if (id == unknownId)
            {
                type = PieceType.Unknown;
            }
            else if (added.TryGetValue(id, out (string Text, bool Special) token))
            {
                if (token.Text != text)
                {
                    throw json.Error($"model.vocab[{id}]", $"'{text}'", $"'{token.Text}', the added token with this id");
                }

                type = token.Special ? PieceType.Control : PieceType.UserDefined;
            }
            else if (byteFallback && Vocabulary.ByteOf(utf8) is not null)
            {
                type = PieceType.Byte;
            }

            pieces.Add(utf8, (float)entry[1].GetDouble(), type, PiecePlace.Json);
        }

        // Tokens added beyond the model's vocabulary follow it without a gap.
        foreach ((int id, (string text, bool special)) in added.Where(token => token.Key >= count).OrderBy(token => token.Key))
        {
            if (id != pieces.Count)
            {
                throw json.Error("added_tokens", $"id {id} for '{text}'", $"{pieces.Count}, the next free id");
            }

            pieces.Add(Encoding.UTF8.GetBytes(text), 0, special ? PieceType.Control : PieceType.UserDefined, PiecePlace.Json);
        }

        return pieces;
    }

    private static void ReadNormalizer(string file, JsonFile json, JsonElement step, string path, Steps steps)
    {
        string? type = json.Text(step, "type", path + ".type");
        switch (type)
        {
            case "Sequence":
                int index = 0;
                foreach (JsonElement inner in json.Get(step, "normalizers", JsonValueKind.Array, path + ".normalizers").EnumerateArray())
                {
                    ReadNormalizer(file, json, inner, $"{path}.normalizers[{index++}]", steps);
                }

                break;
            case "Precompiled":
                string place = path + ".precompiled_charsmap";
                if (json.Find(step, "precompiled_charsmap") is { } text)
                {
                    json.Require(text, JsonValueKind.String, place);
                    if (!text.TryGetBytesFromBase64(out byte[]? blob))
                    {
                        throw json.Error(place, "text that is not base64", "a charsmap in base64");
                    }

                    steps.CharsMap = blob.Length == 0 ? null : PrecompiledCharsMap.Read(file, place, blob);
                }

                break;
            case "Strip":
                steps.Strips |= json.Flag(step, "strip_right", true, path + ".strip_right");
                break;
            case "Replace" when IsSpaceJoin(json, step, path):
                steps.JoinsSpaces = true;
                break;
            default:
                throw json.Error(
                    path, $"normalizer '{type}'", "Precompiled, Strip, Replace of repeated spaces by one, or a Sequence of these");
        }
    }

    /// <summary>Whether a Replace step turns a run of spaces into one space (or its symbol).</summary>
    private static bool IsSpaceJoin(JsonFile json, JsonElement step, string path) =>
        json.Find(step, "pattern") is { } pattern
        && json.Text(pattern, "Regex", path + ".pattern.Regex") is " {2,}" or " +"
        && json.Text(step, "content", path + ".content") is " " or "\u2581";

    private static void ReadPreTokenizer(JsonFile json, JsonElement step, string path, Steps steps)
    {
        string? type = json.Text(step, "type", path + ".type");
        switch (type)
        {
            case "Sequence":
                int index = 0;
                foreach (JsonElement inner in json.Get(step, "pretokenizers", JsonValueKind.Array, path + ".pretokenizers").EnumerateArray())
                {
                    ReadPreTokenizer(json, inner, $"{path}.pretokenizers[{index++}]", steps);
                }

                break;
            case "WhitespaceSplit":
                steps.SplitsAtWhitespace = true;
                break;
            case "Metaspace":
                if (json.Text(step, "replacement", path + ".replacement") is { } symbol and not "\u2581")
                {
                    throw json.Error(path + ".replacement", $"'{symbol}'", "'\u2581' (U+2581)");
                }

                steps.HasMetaspace = true;
                steps.AddsPrefix = json.Text(step, "prepend_scheme", path + ".prepend_scheme") is { } scheme
                    ? scheme != "never"
                    : json.Flag(step, "add_prefix_space", true, path + ".add_prefix_space");
                break;
            default:
                throw json.Error(path, $"pre-tokenizer '{type}'", "WhitespaceSplit, Metaspace, or a Sequence of these");
        }
    }

    /// <summary>What the steps around the model amount to.</summary>
    private sealed class Steps
    {
        public PrecompiledCharsMap? CharsMap { get; set; }

        public bool Strips { get; set; }

        public bool JoinsSpaces { get; set; }

        public bool SplitsAtWhitespace { get; set; }

        public bool HasMetaspace { get; set; }

        public bool AddsPrefix { get; set; }
    }
}
