using System.Text.Json;
using System.Text.RegularExpressions;

namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// Reads <c>tokenizer.json</c> of Hugging Face's tokenizers library, where it describes a SentencePiece Unigram model:
/// the steps around the vocabulary are recognised and turned into sentencepiece's own rules.
/// </summary>
internal sealed class HuggingFaceTokenizerFile
{
    private readonly JsonFile _json;
    private readonly TokenizerDefinition _definition;
    private readonly HuggingFaceSteps _steps = new();
    private bool _strips;
    private bool _joinsSpaces;
    private bool _hasMetaspace;

    private HuggingFaceTokenizerFile(JsonFile json, string file) => (_json, _definition) = (json, new(file));

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="file">File named in errors.</param>
    /// <param name="data">Its content.</param>
    /// <exception cref="TokenizerFormatException">It is no JSON, or describes another kind of tokenizer.</exception>
    public static TokenizerDefinition Read(string file, byte[] data)
    {
        using JsonFile json = new(file, data);
        return new HuggingFaceTokenizerFile(json, file).Read();
    }

    private TokenizerDefinition Read()
    {
        JsonElement model = _json.Get(_json.Root, "model", JsonValueKind.Object, "model");

        // Files of early versions name no type; those with merges are BPE.
        string type = _json.Text(model, "type", "model.type")
            ?? (_json.Find(model, "merges") is null ? "Unigram" : "BPE");
        if (type != "Unigram") throw _json.Error("model.type", $"'{type}'", "'Unigram', the only one supported");
        _definition.ByteFallback = _json.Flag(model, "byte_fallback", false, "model.byte_fallback");
        ReadVocabulary(model, ReadAddedTokens());
        if (_json.Find(_json.Root, "normalizer") is { } normalizer) ReadNormalizer(normalizer, "normalizer");
        if (_json.Find(_json.Root, "pre_tokenizer") is { } step) ReadPreTokenizer(step, "pre_tokenizer");
        if (_json.Find(_json.Root, "post_processor") is { } processor) CheckPostProcessor(processor);
        if (!_hasMetaspace)
        {
            throw _json.Error("pre_tokenizer", "no Metaspace step", "Metaspace, alone or after WhitespaceSplit");
        }

        if (_steps is { Prepend: PrependScheme.First, SplitsAtWhitespace: true, Normalizers.Count: > 0 })
        {
            string expected = "'always' or 'never' beside WhitespaceSplit and a normalizer";
            throw _json.Error("pre_tokenizer", "prepend_scheme 'first'", expected);
        }

        _definition.Steps = _steps;
        _definition.RemoveExtraWhitespaces = _steps.SplitsAtWhitespace || (_strips && _joinsSpaces);
        _steps.IsSentencePiece = _definition.RemoveExtraWhitespaces && _steps.SplitsAtSpaces
            && _steps.Prepend == PrependScheme.Always;
        return _definition;
    }

    private SortedDictionary<int, (string Text, PieceType Type)> ReadAddedTokens()
    {
        SortedDictionary<int, (string, PieceType)> added = [];
        if (_json.Find(_json.Root, "added_tokens") is null) return added;
        foreach ((JsonElement token, string path) in _json.List(_json.Root, "added_tokens", "added_tokens"))
        {
            _json.Require(token, JsonValueKind.Object, path);
            JsonElement number = _json.Get(token, "id", JsonValueKind.Number, path + ".id");
            if (!number.TryGetInt32(out int id) || id < 0)
            {
                throw _json.Error(path + ".id", number.ToString(), "a whole number from 0");
            }

            string text = _json.Token(token, path)!;
            bool isSpecial = _json.Flag(token, "special", false, path + ".special");
            if (!added.TryAdd(id, (text, isSpecial ? PieceType.Control : PieceType.UserDefined)))
            {
                throw _json.Error(path + ".id", $"{id} a second time", "each id once");
            }

            _definition.AddedTokens.Add(_json.Added(token, path, id, text, isSpecial));
        }

        return added;
    }

    private void ReadVocabulary(JsonElement model, SortedDictionary<int, (string Text, PieceType Type)> added)
    {
        JsonElement unknown = _json.Get(model, "unk_id", JsonValueKind.Number, "model.unk_id");
        int count = _json.Get(model, "vocab", JsonValueKind.Array, "model.vocab").GetArrayLength();
        if (!unknown.TryGetInt32(out int unknownId) || (uint)unknownId >= (uint)count)
        {
            throw _json.Error("model.unk_id", unknown.ToString(), $"an index into the {count} entries of model.vocab");
        }

        foreach ((JsonElement entry, string path) in _json.List(model, "vocab", "model.vocab"))
        {
            int id = _definition.Pieces.Count;
            if (entry.ValueKind != JsonValueKind.Array || entry.GetArrayLength() != 2
                || entry[0].ValueKind != JsonValueKind.String || entry[1].ValueKind != JsonValueKind.Number)
            {
                string found = entry.GetRawText() is { Length: < 60 } raw ? raw : "something else";
                throw _json.Error(path, found, "[piece, score]");
            }

            string text = _json.TextOf(entry[0], path + "[0]");
            PieceType type = PieceType.Normal;
            if (id == unknownId)
            {
                type = PieceType.Unknown;
            }
            else if (added.TryGetValue(id, out (string Text, PieceType Type) token))
            {
                if (token.Text != text)
                {
                    throw _json.Error(path, $"'{text}'", $"'{token.Text}', the added token with this id");
                }

                type = token.Type;
            }
            else if (_definition.ByteFallback && Vocabulary.ByteOf(text) is not null)
            {
                type = PieceType.Byte;
            }

            double score = entry[1].GetDouble();
            _definition.Add(text, (float)score, type, path);
            _steps.Scores.Add(score);
        }

        // Tokens added beyond the model's vocabulary follow it without a gap.
        foreach ((int id, (string text, PieceType type)) in added.Where(token => token.Key >= count))
        {
            int next = _definition.Pieces.Count;
            if (id != next) throw _json.Error("added_tokens", $"id {id} for '{text}'", $"{next}, the next free id");
            _definition.Add(text, 0, type, "added_tokens");
        }
    }

    private void ReadNormalizer(JsonElement step, string path)
    {
        string? type = _json.Text(step, "type", path + ".type");
        switch (type)
        {
            case "Sequence":
                foreach ((JsonElement inner, string at) in _json.List(step, "normalizers", path + ".normalizers"))
                {
                    ReadNormalizer(inner, at);
                }

                break;
            case "Precompiled":
                string place = path + ".precompiled_charsmap";
                if (_json.Find(step, "precompiled_charsmap") is { } text)
                {
                    if (!_json.Require(text, JsonValueKind.String, place).TryGetBytesFromBase64(out byte[]? map))
                    {
                        throw _json.Error(place, "text that is not base64", "a charsmap in base64");
                    }

                    if (map.Length == 0) break;
                    if (_strips || _joinsSpaces || _definition.CharsMap is not null)
                    {
                        throw _json.Error(path, "Precompiled after another normalizer", "Precompiled first");
                    }

                    CharsMap charsMap = new(_definition, place, map);
                    _definition.CharsMap = charsMap;
                    _steps.Normalizers.Add(text => HuggingFaceSteps.Replace(charsMap, text));
                }

                break;
            case "Strip":
                if (_joinsSpaces) throw _json.Error(path, "Strip after Replace", "Strip before Replace");
                if (_json.Flag(step, "strip_right", true, path + ".strip_right"))
                {
                    _strips = true;
                    _steps.Normalizers.Add(static text => text.TrimEnd());
                }

                if (_json.Flag(step, "strip_left", true, path + ".strip_left"))
                {
                    _steps.Normalizers.Add(static text => text.TrimStart());
                }

                break;
            case "Replace" when JoinsSpaces(step, path):
                _joinsSpaces = true;
                string spaces = _json.Text(step.GetProperty("pattern"), "Regex", path)!;
                string space = _json.Text(step, "content", path)!;
                _steps.Normalizers.Add(text => Regex.Replace(text, spaces, space));
                break;
            default:
                string expected = "Precompiled, Strip, Replace of repeated spaces by one, or a Sequence of these";
                throw _json.Error(path, $"normalizer '{type}'", expected);
        }
    }

    /// <summary>Whether a Replace step turns a run of spaces into one space (or its symbol).</summary>
    private bool JoinsSpaces(JsonElement step, string path) =>
        _json.Find(step, "pattern") is { } pattern
        && _json.Text(pattern, "Regex", path + ".pattern.Regex") is " {2,}" or " +"
        && _json.Text(step, "content", path + ".content") is " " or "\u2581";

    /// <summary>Refuses all that puts more than one token after the text.</summary>
    private void CheckPostProcessor(JsonElement processor)
    {
        const string Single = "post_processor.single";
        string? type = _json.Text(processor, "type", "post_processor.type");
        if (type != "TemplateProcessing") throw _json.Error("post_processor", $"'{type}'", "TemplateProcessing");
        bool isAfterText = false;
        int tokens = 0;
        foreach ((JsonElement part, string path) in _json.List(processor, "single", Single))
        {
            isAfterText |= _json.Find(part, "Sequence") is not null;
            if (_json.Find(part, "SpecialToken") is not { } token) continue;
            if (!isAfterText || ++tokens > 1)
            {
                string id = _json.Text(token, "id", path + ".SpecialToken.id") ?? "";
                throw _json.Error(path, $"the token '{id}'", "the text, then at most the end of sequence");
            }
        }
    }

    private void ReadPreTokenizer(JsonElement step, string path)
    {
        string? type = _json.Text(step, "type", path + ".type");
        switch (type)
        {
            case "Sequence":
                foreach ((JsonElement inner, string at) in _json.List(step, "pretokenizers", path + ".pretokenizers"))
                {
                    ReadPreTokenizer(inner, at);
                }

                break;
            case "WhitespaceSplit":
                if (_hasMetaspace) throw _json.Error(path, "WhitespaceSplit after Metaspace", "Metaspace last");
                _steps.SplitsAtWhitespace = true;
                break;
            case "Metaspace":
                if (_json.Text(step, "replacement", path + ".replacement") is { } symbol and not "\u2581")
                {
                    throw _json.Error(path + ".replacement", $"'{symbol}'", "'\u2581' (U+2581)");
                }

                if (_hasMetaspace) throw _json.Error(path, "a second Metaspace", "one");
                _hasMetaspace = true;
                _steps.SplitsAtSpaces = _json.Flag(step, "split", true, path + ".split");
                bool prepends = _json.Flag(step, "add_prefix_space", true, path + ".add_prefix_space");
                string schemePath = path + ".prepend_scheme";
                _steps.Prepend = _json.Text(step, "prepend_scheme", schemePath) switch
                {
                    null => prepends ? PrependScheme.Always : PrependScheme.Never,
                    "always" => PrependScheme.Always,
                    "first" => PrependScheme.First,
                    "never" => PrependScheme.Never,
                    { } scheme => throw _json.Error(schemePath, $"'{scheme}'", "'always', 'first' or 'never'"),
                };
                _definition.AddDummyPrefix = _steps.Prepend != PrependScheme.Never;
                break;
            default:
                throw _json.Error(
                    path, $"pre-tokenizer '{type}'", "WhitespaceSplit, Metaspace, or a Sequence of these");
        }
    }
}
