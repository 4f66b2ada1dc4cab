using CrossPT.Transformer.Tokenization;

namespace CrossPT.Transformer.Tests.Tokenization;

/// <summary>Rules of the encoder that T5's own vocabulary does not exercise.</summary>
public class UnigramRulesTests
{
    private static ModelWriter Base => new ModelWriter().Piece("<unk>", 0, PieceType.Unknown).Piece("\u2581", -2);

    private static string[] Pieces(SentencePieceTokenizer tokenizer, string text)
    {
        var encoded = new EncodedText();
        tokenizer.Encode(text, encoded);
        return [.. Enumerable.Range(0, encoded.Count).Select(encoded.Piece)];
    }

    [Fact]
    public void Encode_UserDefinedPiece_BeatsLikelierSplitsAndIsNotNormalised()
    {
        SentencePieceTokenizer sut = Base
            .Piece("a", -0.5f).Piece("b", -0.5f).Piece("1", -1)
            .Piece("ab", -9, PieceType.UserDefined).Piece("\u2460", -9, PieceType.UserDefined)
            .Normalizer(2, ModelWriter.CharsMap(("\u2460", "1")))
            .ToTokenizer();
        Assert.Equal(["\u2581", "ab", "a", "\u2460", "ab"], Pieces(sut, "aba\u2460ab"));
    }

    [Fact]
    public void Encode_UnusedPiece_IsNeverProducedButKeepsItsId()
    {
        SentencePieceTokenizer sut = Base.Piece("a", -3).Piece("aa", -1, PieceType.Unused).ToTokenizer();
        Assert.Equal(["\u2581", "a", "a"], Pieces(sut, "aa"));
        Assert.Equal(3, sut.PieceToId("aa"));
        Assert.Equal("aa", sut.Decode([3]));
    }

    [Fact]
    public void Encode_EqualScores_KeepsTheSplitThatStartedFirst()
    {
        SentencePieceTokenizer sut = Base
            .Piece("a", -1).Piece("b", -1).Piece("c", -1).Piece("ab", -1).Piece("bc", -1)
            .ToTokenizer();
        Assert.Equal(["\u2581", "a", "bc"], Pieces(sut, "abc"));
    }

    [Fact]
    public void EncodeDecode_ByteFallback_SpellsUnknownCharactersByBytes()
    {
        ModelWriter writer = Base.Piece("a", -1).Trainer(35, 1);
        for (int b = 0; b < 256; b++)
        {
            writer.Piece($"<0x{b:X2}>", 0, PieceType.Byte);
        }

        SentencePieceTokenizer sut = writer.ToTokenizer();
        Assert.Equal(["\u2581", "a", "<0xC3>", "<0xA9>", "<0x62>", "\u2581", "a"], Pieces(sut, "a\u00e9b a"));
        Assert.Equal("a\u00e9b a", sut.Decode(sut.Encode("a\u00e9b a")));
        Assert.Equal("\ufffda", sut.Decode([sut.PieceToId("<0xC3>"), sut.PieceToId("a")]));
    }

    [Theory]
    [InlineData(false, true, true, false, "  a  a ", "a|\u2581|a")]
    [InlineData(true, true, true, false, "  a  a ", "\u2581|a|\u2581|a")]
    [InlineData(true, false, true, false, " a  a ", "\u2581|\u2581|a|\u2581|\u2581|a|\u2581")]
    [InlineData(true, true, true, true, " a a ", "a|\u2581|a|\u2581")]
    [InlineData(true, true, false, false, "a a", " a a")]
    [InlineData(true, true, true, false, "\u2581a\u2581\u2581a\u2581", "\u2581|\u2581|a|\u2581|\u2581|a")]
    public void Encode_WhitespaceRules_AreTheModels(
        bool prefix, bool removeExtra, bool escape, bool suffix, string text, string expected)
    {
        ModelWriter writer = new ModelWriter().Piece("<unk>", 0, PieceType.Unknown).Piece("a", -1);
        if (escape)
        {
            writer.Piece("\u2581", -2);
        }
        else
        {
            writer = new ModelWriter().Piece("<unk>", 0, PieceType.Unknown).Piece("x", -1);
        }

        SentencePieceTokenizer sut = writer
            .Normalizer(3, prefix ? 1 : 0).Normalizer(4, removeExtra ? 1 : 0).Normalizer(5, escape ? 1 : 0)
            .Trainer(24, suffix ? 1 : 0)
            .ToTokenizer();
        Assert.Equal(expected.Split('|'), Pieces(sut, text));
    }

    [Theory]
    [InlineData("the\tthe", "\u2581the|\u2581the")]
    [InlineData("\u3000the \u00a0 the\u3000", "\u2581the|\u2581the")]
    [InlineData("cafe\u0301", "\u2581caf|\u00e9")]
    [InlineData("th\u200be", "\u2581the")]
    [InlineData("\u200b", "")]
    [InlineData("a\u2460\ufb01", "\u2581a|1|f|i")]
    public void Encode_CharsMap_ReplacesTheLongestKeyFirst(string text, string expected) =>
        Assert.Equal(
            expected.Split('|', StringSplitOptions.RemoveEmptyEntries),
            Pieces(ModelWriter.Small().ToTokenizer(), text));

    [Fact]
    public void Encode_LoneSurrogates_BecomeOneReplacementEach()
    {
        SentencePieceTokenizer sut = ModelWriter.Small().ToTokenizer();
        foreach (string text in (string[])["\ud800", "\udc00\ud800", "a\ud83db", "\ud83d\ude00\ude00"])
        {
            string expected = new('\ufffd', text == "\ud83d\ude00\ude00" ? 1 : text.Count(char.IsSurrogate));
            Assert.EndsWith(expected, string.Concat(Pieces(sut, text)).TrimEnd('b'));
        }
    }

    [Fact]
    public void Encode_WhereThePackageRefusesTheVocabulary_IsTheSame()
    {
        SentencePieceTokenizer sut = Base.Piece("a\0b", -1).Piece("a", -2).Piece("b", -3).ToTokenizer();
        Assert.Equal(["\u2581", "a\0b", "\u2581", "b"], Pieces(sut, "a\0b b"));
    }
}
