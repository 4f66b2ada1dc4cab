using CrossPT.Tensors.Files;

namespace CrossPT.Transformer.Tokenization;

/// <summary>Finds out what a path holds, reads it and adds T5's extra pieces.</summary>
internal static class TokenizerLoader
{
    private const string ModelName = "spiece.model";
    private const string JsonName = WordTokenizerFile.JsonName;
    private const string ConfigName = "tokenizer_config.json";

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
        foreach (string name in (string[])[ModelName, JsonName])
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
            AddExtraPieces(definition, config);
        }

        definition.EndOfSequencePiece = config.EndOfSequencePiece ?? definition.EndOfSequencePiece;
        definition.PadPiece = config.PadPiece ?? definition.PadPiece;
        return new SentencePieceTokenizer(definition);
    }

    /// <summary>
    /// Appends <c>&lt;extra_id_n&gt;</c> for n from the last down to 0, as Hugging Face's T5 numbers them, then the
    /// configuration's other special pieces, as far as the vocabulary lacks them.
    /// </summary>
    private static void AddExtraPieces(TokenizerDefinition definition, TokenizerConfigFile config)
    {
        HashSet<string> present = [.. definition.Pieces.Select(static piece => piece.Text)];
        int extraIds = config.ExtraIds
            ?? (present.Contains("<extra_id_0>") ? 0 : TokenizerConfigFile.DefaultExtraIds);
        IEnumerable<string> extra = Enumerable.Range(1, extraIds).Select(n => $"<extra_id_{extraIds - n}>");
        foreach (string piece in extra.Concat(config.SpecialPieces))
        {
            if (present.Add(piece)) definition.Add(piece, 0, PieceType.Control, ConfigName);
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
                throw new TokenizerFormatException(path, "", $"a file that {foreign}", $"a {ModelName} or a {JsonName}");
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
