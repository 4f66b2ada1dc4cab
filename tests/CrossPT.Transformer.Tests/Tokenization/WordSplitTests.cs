using System.Text;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Transformer.Tests.Tokenization;

/// <summary>Words that are split on their own are split as within the whole text.</summary>
public class WordSplitTests
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
            string prefix = random.Next(3) == 0 ? "\u2581" : "";
            string piece = prefix + random.GetString("abc\u00e9", random.Next(1, 5));
            if (pieces.Add(piece))
            {
                writer.Piece(piece, (-piece.Length * 1.7f) - (random.Next(4) * step));
            }
        }

        byte[] model = writer.ToArray();
        TokenizerDefinition definition = SentencePieceModelFile.Read("near.model", model);
        Vocabulary vocabulary = new(definition);
        Normalizer normalizer = new(definition, new PieceIndex([]));
        SentencePieceTokenizer sut = writer.ToTokenizer();
        for (int round = 0; round < 300; round++)
        {
            string text = random.GetString("aabbcc\u00e9\u00e9x  ", random.Next(400));
            Assert.Equal(EncodeWhole(vocabulary, normalizer.Normalize(text)), sut.Encode(text));
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
        ModelWriter model = new ModelWriter().Piece("<unk>", 0, PieceType.Unknown).Piece("a", -1);
        SentencePieceTokenizer sut = model.ToTokenizer();
        var encoded = new EncodedText();
        sut.Encode("ax ya", encoded);
        Assert.Equal(["\u2581", "a", "x\u2581y", "a"], Enumerable.Range(0, encoded.Count).Select(encoded.Piece));
    }

    private static int[] EncodeWhole(Vocabulary vocabulary, string text)
    {
        if (text.Length == 0) return [];
        Lattice.Node[] nodes = [];
        vocabulary.Lattice.Search(text, 0, ref nodes);
        List<int> ids = [];
        for (int end = text.Length; end > 0; end = nodes[end].Start)
        {
            int id = nodes[end].Id < 0 ? vocabulary.UnknownId : nodes[end].Id;
            if (id != vocabulary.UnknownId || ids.Count == 0 || ids[^1] != id) ids.Add(id);
        }

        ids.Reverse();
        return [.. ids];
    }
}
