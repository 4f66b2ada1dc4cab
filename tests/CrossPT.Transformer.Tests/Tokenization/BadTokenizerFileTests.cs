using System.Text;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Transformer.Tests.Tokenization;

public class BadTokenizerFileTests
{
    private static TokenizerFormatException Refuses(byte[] data, string name = "bad.model")
    {
        TokenizerFormatException error = Assert.Throws<TokenizerFormatException>(
            () => TokenizerLoader.Create(name, data, TokenizerConfigFile.Default));
        Assert.StartsWith(name, error.Message);
        Assert.Contains("found", error.Message);
        Assert.Contains("expected", error.Message);
        Assert.EndsWith(".", error.Message);
        Assert.DoesNotContain("\n", error.Message);
        return error;
    }

    private static ModelWriter WithUnknown() => new ModelWriter().Piece("<unk>", 0, PieceType.Unknown).Piece("a", -1);

    [Fact]
    public void Load_EmptyFile_IsRefused() => Assert.Contains("an empty file", Refuses([]).Message);

    [Fact]
    public void Load_TruncatedAnywhere_IsRefusedOrUsable()
    {
        byte[] model = ModelWriter.Small().ToArray();
        int refused = 0;
        for (int length = 0; length < model.Length; length += length < 1000 ? 1 : 37)
        {
            try
            {
                TokenizerLoader.Create("cut.model", model[..length], TokenizerConfigFile.Default);
            }
            catch (TokenizerFormatException)
            {
                refused++;
            }
        }

        Assert.True(refused > 900, $"{refused} refused");
    }

    [Fact]
    public void Load_HugeLength_IsRefusedWithTheOffset()
    {
        TokenizerFormatException error = Refuses([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 1, 2, 3]);
        Assert.Equal("byte 1", error.Place);
        Assert.Contains("34359738367", error.Found);
    }

    [Fact]
    public void Load_UnknownFields_ArePassedOver()
    {
        byte[] model =
        [
            .. WithUnknown().ToArray(), 0xC2, 0x3E, 3, 1, 2, 3, 0xC8, 0x3E, 5, 0xCD, 0x3E, 0, 0, 0, 0, 0xC9, 0x3E, 0, 0,
            0, 0, 0, 0, 0, 0,
        ];
        Assert.Equal(102, TokenizerLoader.Create("a.model", model, TokenizerConfigFile.Default).VocabularySize);
    }

    [Fact]
    public void Load_BadPieces_AreRefused()
    {
        Assert.Contains("an empty piece", Refuses(WithUnknown().Piece("", -1).ToArray()).Message);
        Assert.Contains("'a' a second time", Refuses(WithUnknown().Piece("a", -2).ToArray()).Message);
        Assert.Contains("'a' a second time", Refuses(WithUnknown().Piece("a", -2, PieceType.Unused).ToArray()).Message);
        Assert.Contains(
            "a second unknown piece", Refuses(WithUnknown().Piece("<unk2>", -2, PieceType.Unknown).ToArray()).Message);
        Assert.Contains("no unknown piece", Refuses(new ModelWriter().Piece("a", -2).ToArray()).Message);
        Assert.Contains(
            "no normal piece", Refuses(new ModelWriter().Piece("<unk>", 0, PieceType.Unknown).ToArray()).Message);
        Assert.Contains("no pieces", Refuses(new ModelWriter().ToArray()).Message);
        Assert.Contains("NaN", Refuses(WithUnknown().Piece("b", float.NaN).ToArray()).Message);
        Assert.Contains("the score", Refuses(WithUnknown().Piece("b", float.NegativeInfinity).ToArray()).Message);
        Assert.Contains("valid UTF-8", Refuses(WithUnknown().Piece([0xC3], -1, 1).ToArray()).Message);
        Assert.Contains("piece type 9", Refuses(WithUnknown().Piece("b"u8.ToArray(), -1, 9).ToArray()).Message);
        Assert.Contains("5000 bytes", Refuses(WithUnknown().Piece(new string('x', 5000), -1).ToArray()).Message);
        Assert.Contains(
            "byte fallback is off", Refuses(WithUnknown().Piece("<0x00>", 0, PieceType.Byte).ToArray()).Message);
        Assert.Contains("<0x00>", Refuses(WithUnknown().Trainer(35, 1).ToArray()).Message);
        Assert.Contains(
            "the byte piece '<0xzz>'",
            Refuses(WithUnknown().Trainer(35, 1).Piece("<0xzz>", 0, PieceType.Byte).ToArray()).Message);
    }

    [Theory]
    [InlineData(2, "BPE")]
    [InlineData(3, "WORD")]
    [InlineData(4, "CHAR")]
    public void Load_OtherModelTypes_AreRefusedByName(int type, string name) =>
        Assert.Contains(name, Refuses(WithUnknown().Trainer(3, type).ToArray()).Message);

    [Fact]
    public void Load_BadCharsMaps_AreRefused()
    {
        byte[] good = ModelWriter.CharsMap(("ab", "c"), ("\u00e9", "e"));
        string With(Action<byte[]> change, int length = int.MaxValue)
        {
            byte[] map = [.. good.Take(length)];
            change(map);
            return Refuses(WithUnknown().Normalizer(2, map).ToArray()).Message;
        }

        Assert.Contains("a charsmap of 3 bytes", With(_ => { }, 3));
        Assert.Contains("a trie of 4294967295 bytes", With(map => map.AsSpan(0, 4).Fill(0xFF)));
        Assert.Contains("a trie of 0 bytes", With(map => map.AsSpan(0, 4).Clear()));
        Assert.Contains("a trie of", With(_ => { }, 500));
        Assert.Contains("base", With(map => map.AsSpan(4, 4).Fill(0x7F)));
        Assert.Contains("a replacement at offset", With(map => map[4 + (4 * 256 * 3)] = 0x77));
        Assert.Contains("a replacement that is not valid UTF-8", With(map => map[^4] = 0xFF));

        // The root's offset turned so that the state after "a" is its own child along "a".
        byte[] cycle = ModelWriter.CharsMap(("aa", "b"));
        BitConverter.TryWriteBytes(cycle.AsSpan(4 + (4 * (256 + 'a'))), ((uint)'a' << 10) | 'a');
        Assert.Contains("cyclic", Refuses(WithUnknown().Normalizer(2, cycle).ToArray()).Message);

        byte[] endless = ModelWriter.CharsMap(("a", new string('b', 2000)));
        Assert.Contains("more than 1024 bytes", Refuses(WithUnknown().Normalizer(2, endless).ToArray()).Message);
    }

    [Fact]
    public void Load_Denormalizer_IsRefused()
    {
        byte[] model = [.. WithUnknown().ToArray(), (5 << 3) | 2, 3, (2 << 3) | 2, 1, 0];
        Assert.Contains("denormalizer", Refuses(model).Message);
    }

    [Fact]
    public void Load_MissingPathsAndFolders_AreRefused()
    {
        string folder = Directory.CreateTempSubdirectory("tokenizer").FullName;
        try
        {
            Assert.Contains("no such file", Assert.Throws<TokenizerFormatException>(
                () => SentencePieceTokenizer.Load(Path.Combine(folder, "none.model"))).Message);
            Assert.Contains("a folder with no tokenizer file", Assert.Throws<TokenizerFormatException>(
                () => SentencePieceTokenizer.Load(folder)).Message);
            Directory.CreateDirectory(Path.Combine(folder, "sub", "spiece.model"));
            Assert.Throws<TokenizerFormatException>(() => SentencePieceTokenizer.Load(Path.Combine(folder, "sub")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("{\"tokenizer_class\": \"ByT5Tokenizer\"}", "'ByT5Tokenizer'")]
    [InlineData("{\"tokenizer_class\": \"RobertaTokenizer\"}", "'RobertaTokenizer'")]
    [InlineData("{\"extra_ids\": -1}", "-1")]
    [InlineData("{\"extra_ids\": 2, \"additional_special_tokens\": [\"<extra_id_0>\"]}", "1 <extra_id_n>")]
    [InlineData("{\"eos_token\": 5}", "a number")]
    [InlineData("[1]", "a list")]
    [InlineData("{\"a\":", "not JSON")]
    public void Load_FolderWithOtherTokenizerClass_IsRefusedByName(string config, string found)
    {
        string folder = Directory.CreateTempSubdirectory("tokenizer").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), config);
            File.WriteAllBytes(Path.Combine(folder, "spiece.model"), ModelWriter.Small().ToArray());
            Assert.Contains(
                found, Assert.Throws<TokenizerFormatException>(() => SentencePieceTokenizer.Load(folder)).Message);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Load_FolderConfig_DecidesExtraIdsAndOtherPieces()
    {
        string folder = Directory.CreateTempSubdirectory("tokenizer").FullName;
        try
        {
            const string Config = """
                { "tokenizer_class": "T5Tokenizer", "extra_ids": 2, "eos_token": { "content": "</s>" },
                "pad_token": null,
                  "additional_special_tokens": ["<extra_id_0>", "<extra_id_1>", { "content": "<task>" }, "<pad>"] }
                """;
            File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), Config);
            File.WriteAllBytes(Path.Combine(folder, "spiece.model"), ModelWriter.Small().ToArray());
            SentencePieceTokenizer sut = SentencePieceTokenizer.Load(folder);
            Assert.Equal(45 + 3, sut.VocabularySize);
            Assert.Equal(
                (45, 46, 47), (sut.PieceToId("<extra_id_1>"), sut.PieceToId("<extra_id_0>"), sut.PieceToId("<task>")));
            Assert.Equal([47], sut.Encode(" <task> ", EncodeOptions.SpecialPieces));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
