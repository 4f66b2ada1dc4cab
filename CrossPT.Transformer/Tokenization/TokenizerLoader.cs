using CrossPT.Tensors.Files;

namespace CrossPT.Transformer.Tokenization;

/// <summary>Finds out what a path holds, reads it and adds T5's extra pieces.</summary>
internal static class TokenizerLoader
{
    private const string ModelName = "spiece.model";
    private const string JsonName = WordTokenizerFile.JsonName;
    private const string ConfigName = "tokenizer_config.json";
    private const string AddedName = "added_tokens.json";

    // Real files have under 20 MB; the limit bounds what a hostile one makes of memory.
    private const long MaxFileBytes = 512L << 20;

    /// <summary>Loads the tokenizer of a file or folder.</summary>
    public static SentencePieceTokenizer Load(string path)
    {
        if (!Directory.Exists(path)) return Create(path, ReadFile(path), TokenizerConfigFile.Default);
        string configPath = Path.Combine(path, ConfigName);
        TokenizerConfigFile config = File.Exists(configPath)
            ? TokenizerConfigFile.Read(configPath, ReadFile(configPath))
            : TokenizerConfigFile.Default;
        string addedPath = Path.Combine(path, AddedName);
        if (config.AddedTokens.Count == 0 && File.Exists(addedPath))
        {
            // The default is shared.
            if (config == TokenizerConfigFile.Default) config = new TokenizerConfigFile();
            config.ReadAddedTokens(addedPath, ReadFile(addedPath));
        }

        // As Hugging Face's AutoTokenizer: the fast tokenizer's file where the folder has one, else the slow one's.
        foreach (string name in (string[])[JsonName, ModelName])
        {
            string file = Path.Combine(path, name);
            if (File.Exists(file)) return Create(file, ReadFile(file), config);
        }

        throw new TokenizerFormatException(
            path, "", "a folder with no tokenizer file", $"one with {ModelName} or {JsonName}");
    }

    /// <summary>Reads a tokenizer from a file's content.</summary>
    public static SentencePieceTokenizer Create(string file, byte[] data, TokenizerConfigFile config)
    {
        TokenizerDefinition definition;
        if (LooksLikeJson(data) || file.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            definition = HuggingFaceTokenizerFile.Read(file, data);
        }
        else
        {
            definition = SentencePieceModelFile.Read(file, data);
            if (!config.IsLegacy)
            {
                string expected = $"'true', or a {JsonName} in place of the {ModelName}";
                throw definition.Error($"{ConfigName}, legacy", "'false'", expected);
            }
        }

        AddConfigured(definition, config);
        definition.EndOfSequencePiece = config.EndOfSequencePiece ?? definition.EndOfSequencePiece;
        definition.PadPiece = config.PadPiece ?? definition.PadPiece;
        return new SentencePieceTokenizer(definition);
    }

    /// <summary>
    /// Adds what the configuration has and the vocabulary lacks: tokens with ids of their own, for a model T5's
    /// <c>&lt;extra_id_n&gt;</c> for n from the last down to 0 after its pieces, then the other special pieces.
    /// </summary>
    private static void AddConfigured(TokenizerDefinition definition, TokenizerConfigFile config)
    {
        int count = definition.Pieces.Count;
        bool isModel = definition.Steps is null;
        Dictionary<string, int> ids = [];
        for (int id = 0; id < count; id++) ids.TryAdd(definition.Pieces[id].Text, id);
        SortedDictionary<int, (AddedToken Token, bool IsSpecial)> added = [];
        foreach ((int id, (AddedToken token, bool isSpecial)) in config.AddedTokens)
        {
            string place = $"{ConfigName}, added token {id}";
            if (token.Text.Length == 0) throw definition.Error(place, "an empty token", "at least one character");
            if (isModel && token.IsWholeWord)
            {
                throw definition.Error(place, $"single_word for '{token.Text}'", $"none beside a {ModelName}");
            }

            string? piece = id < count ? definition.Pieces[id].Text : null;
            if ((piece is not null && piece != token.Text) || !(ids.TryAdd(token.Text, id) || ids[token.Text] == id))
            {
                string found = piece is not null ? $"'{piece}'" : $"'{token.Text}' with the id {ids[token.Text]} too";
                throw definition.Error(place, found, $"'{token.Text}' with this id alone");
            }

            added.Add(id, (token, isSpecial));
        }

        int extraIds = !isModel ? 0 : config.ExtraIds
            ?? (ids.ContainsKey("<extra_id_0>") ? 0 : TokenizerConfigFile.DefaultExtraIds);
        for (int n = extraIds - 1; n >= 0; n--)
        {
            string text = $"<extra_id_{n}>";
            int id = count + extraIds - 1 - n;
            if (ids.ContainsKey(text)) continue;
            if (!added.TryAdd(id, (new AddedToken(id, text), true)))
            {
                throw definition.Error($"{ConfigName}, added token {id}", $"'{added[id].Token.Text}'", $"'{text}'");
            }

            ids.Add(text, id);
        }

        int next = Math.Max(count, added.Count == 0 ? 0 : added.Keys.Last() + 1);
        foreach (string text in config.SpecialPieces)
        {
            if (text.Length == 0) throw definition.Error(ConfigName, "an empty token", "at least one character");
            if (ids.TryAdd(text, next)) next++;
            added.TryAdd(ids[text], (new AddedToken(ids[text], text), true));
        }

        HashSet<int> present = [.. definition.AddedTokens.Select(static token => token.Id)];
        foreach ((int id, (AddedToken token, bool isSpecial)) in added)
        {
            if (id > definition.Pieces.Count)
            {
                string place = $"{ConfigName}, added token {id}";
                string expected = $"the next id, {definition.Pieces.Count}";
                throw definition.Error(place, $"a gap before '{token.Text}'", expected);
            }

            if (id == definition.Pieces.Count)
            {
                definition.Add(token.Text, 0, isSpecial ? PieceType.Control : PieceType.Unused, ConfigName);
            }

            if (present.Add(id)) definition.AddedTokens.Add(token);
        }
    }

    private static bool LooksLikeJson(ReadOnlySpan<byte> data)
    {
        // A model begins with the key of its first piece, 0x0A, so a line feed alone says nothing.
        ReadOnlySpan<byte> start = data.StartsWith("\uFEFF"u8) ? data[3..] : data;
        return start.TrimStart(" \t\r\n"u8).StartsWith("{"u8) && !start.StartsWith("\n{"u8);
    }

    private static byte[] ReadFile(string path)
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            if (stream.Length > MaxFileBytes)
            {
                throw new TokenizerFormatException(path, "", $"{stream.Length} bytes", $"at most {MaxFileBytes}");
            }

            byte[] data = new byte[stream.Length];
            stream.ReadExactly(data);
            bool isJson = LooksLikeJson(data) || path.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
            if (ForeignFile.Explain(data, isJson ? FileContent.Json : FileContent.Binary) is { } foreign)
                throw new TokenizerFormatException(
                    path, "", $"a file that {foreign}", $"a {ModelName} or a {JsonName}");
            return data;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TokenizerFormatException(
                path, "", "no such file or folder", $"a {ModelName}, a {JsonName} or a folder with one of them", error);
        }
        catch (Exception error) when (error
            is (IOException or UnauthorizedAccessException or NotSupportedException) and not TokenizerFormatException)
        {
            string found = $"that it cannot be read ({error.Message.TrimEnd('.')})";
            throw new TokenizerFormatException(path, "", found, "a readable file", error);
        }
    }
}
