using System.Text;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Transformer.Tests.Tokenization;

public class WordCacheTests
{
    [Theory]
    [InlineData(0.25f)]
    [InlineData(1e-3f)]
    [InlineData(1e-6f)]
    public void Encode_NearlyEqualSplits_AreThoseOfTheWholeText(float step)
    {
        // Scores that differ by little, so that what came before a word can tip the balance through rounding.
        var random = new Random(5);
        ModelWriter writer = new ModelWriter().Piece("<unk>", 0, PieceType.Unknown).Piece("\u2581", -1);
        var pieces = new HashSet<string>();
        while (pieces.Count < 120)
        {
            string piece = (random.Next(3) == 0 ? "\u2581" : "") + string.Concat(Enumerable.Range(0, random.Next(1, 5)).Select(_ => "abc\u00e9"[random.Next(4)]));
            if (pieces.Add(piece))
            {
                writer.Piece(piece, (-piece.Length * 1.7f) - (random.Next(4) * step));
            }
        }

        TokenizerDefinition definition = SentencePieceModelFile.Read("near.model", writer.ToArray());
        var vocabulary = new Vocabulary(definition);
        var normalizer = new Normalizer(definition.Normalizer, null, null);
        Assert.True(vocabulary.Encoder.WordsAreIndependent);
        var sut = new EncodedText();
        byte[] buffer = [];
        for (int round = 0; round < 300; round++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(400)).Select(_ => "aabbcc\u00e9\u00e9x  "[random.Next(11)]));
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            sut.Start(vocabulary);
            sut.Add(utf8, normalizer, escaped: true);

            int length = normalizer.Normalize(utf8, ref buffer);
            Assert.Equal(EncodeWhole(vocabulary, buffer, length), sut.Ids.ToArray());
        }
    }

    [Fact]
    public void Encode_PiecesThatSpanWords_AreFoundToo()
    {
        SentencePieceTokenizer sut = new ModelWriter().Piece("<unk>", 0, PieceType.Unknown).Piece("\u2581", -1)
            .Piece("\u2581of\u2581the", -1).Piece("\u2581of", -5).Piece("\u2581the", -5).ToTokenizer();
        Assert.Equal([2, 3], sut.Encode("of the of"));
    }

    [Fact]
    public void Encode_UnknownSpaceAfterUnknownCharacter_IsOneRun()
    {
        SentencePieceTokenizer sut = new ModelWriter().Piece("<unk>", 0, PieceType.Unknown).Piece("a", -1).ToTokenizer();
        var encoded = new EncodedText();
        sut.Encode("ax ya", encoded);
        Assert.Equal(["\u2581", "a", "x\u2581y", "a"], Enumerable.Range(0, encoded.Count).Select(encoded.Piece));
    }

    private static int[] EncodeWhole(Vocabulary vocabulary, byte[] text, int length)
    {
        if (length == 0)
        {
            return [];
        }

        var paths = new UnigramEncoder.Best[length + 1];
        vocabulary.Encoder.Encode(text, 0, length, 0, paths);
        List<int> ids = [];
        for (int end = length; end > 0; end = paths[end].Start)
        {
            int id = paths[end].Unit < 0 ? vocabulary.UnknownId : vocabulary.Trie.Values[paths[end].Unit];
            if (id != vocabulary.UnknownId || ids.Count == 0 || ids[^1] != id)
            {
                ids.Add(id);
            }
        }

        ids.Reverse();
        return [.. ids];
    }
}
