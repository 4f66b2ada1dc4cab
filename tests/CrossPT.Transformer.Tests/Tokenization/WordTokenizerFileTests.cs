using CrossPT.Transformer.Tokenization;

namespace CrossPT.Transformer.Tests.Tokenization;

public sealed class WordTokenizerFileTests
{
    [Fact]
    public void Words_ArePieces_AfterTheSpecialOnes_AndSentinelsCountDown()
    {
        SentencePieceTokenizer sut = WordTokenizerFile.Create(["the", "theme", ",", "\"é"], 3);
        Assert.Equal(10, sut.VocabularySize);
        Assert.Equal((0, 1, 2), (sut.PadId, sut.EndOfSequenceId, sut.UnknownId));
        Assert.Equal([3, 4, 5, 6, 3, 1], sut.Encode("the  theme , \"é the", EncodeOptions.ModelInput));
        Assert.Equal(
            (9, 8, 7), (sut.PieceToId("<extra_id_0>"), sut.PieceToId("<extra_id_1>"), sut.PieceToId("<extra_id_2>")));
        Assert.Equal([3, 9, 4], sut.Encode("the<extra_id_0> theme", EncodeOptions.SpecialPieces));
        Assert.Equal("the theme ,", sut.Decode([3, 4, 5, 1]));
    }

    [Fact]
    public void OtherWords_AreUnknown() => Assert.Contains(2, WordTokenizerFile.Create(["the"], 1).Encode("them"));

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("a\u2581b")]
    [InlineData("the")]
    [InlineData("</s>")]
    [InlineData("<extra_id_0>")]
    public void BadWord_IsRefused(string word) =>
        Assert.Throws<ArgumentException>(() => WordTokenizerFile.Create(["the", word], 1));
}
