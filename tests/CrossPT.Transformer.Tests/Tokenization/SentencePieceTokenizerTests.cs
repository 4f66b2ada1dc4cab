using System.Text.Json;
using CrossPT.Transformer.Tokenization;

using CrossPT.TestKit;

namespace CrossPT.Transformer.Tests.Tokenization;

public class SentencePieceTokenizerTests
{
    private static readonly Lazy<SentencePieceTokenizer> FromModel =
        new(() => SentencePieceTokenizer.Load(SharedFiles.Model));
    private static readonly Lazy<SentencePieceTokenizer> FromJson =
        new(() => SentencePieceTokenizer.Load(SharedFiles.Json));

    [Fact]
    public void Encode_EveryGoldenLine_GivesItsIdsAndPieces()
    {
        var encoded = new EncodedText();
        int count = 0;
        foreach (string line in File.ReadLines(SharedFiles.Golden))
        {
            using var row = JsonDocument.Parse(line);
            string text = row.RootElement.GetProperty("text").GetString()!;
            int[] ids = [.. row.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            JsonElement expected = row.RootElement.GetProperty("pieces");
            string[] pieces = [.. expected.EnumerateArray().Select(piece => piece.GetString()!)];

            FromModel.Value.Encode(text, encoded);

            Assert.Equal(ids, encoded.Ids.ToArray());
            Assert.Equal(pieces, Enumerable.Range(0, encoded.Count).Select(encoded.Piece));
            Assert.Equal(ids, FromModel.Value.Encode(text));
            count++;
        }

        Assert.True(count > 1000);
    }

    /// <summary>Texts with nearly equal splits, and what the sentencepiece library (0.1.97) makes of them.</summary>
    private static readonly (string Text, int[] Ids)[] NearTies =
    [
        ("in favour of xxxyyyzzz college", [16, 14499, 13, 3, 19230, 226, 63, 63, 63, 172, 5271, 1900]),
        ("CALL@@@@@### US Talk", [205, 12126, 1741, 1741, 1741, 1741, 1741, 30345, 4663, 837, 7772]),
        ("!!!!!!!!!!!!!", [3, 17065, 3158, 17065]),
    ];

    [Fact]
    public void Encode_NearlyEqualSplits_AreSentencepieces()
    {
        foreach ((string text, int[] ids) in NearTies) Assert.Equal(ids, FromModel.Value.Encode(text));
    }

    /// <summary>Why <see cref="Lattice"/> is there: once the package rounds as sentencepiece does, it can go.</summary>
    [Fact]
    public void Package_NearlyEqualSplits_AreNotSentencepieces()
    {
        // A second trainer_spec with a beginning-of-sequence id, which the package does not do without.
        byte[] model = [.. File.ReadAllBytes(SharedFiles.Model), 0x12, 3, 0xC8, 2, 0];
        Microsoft.ML.Tokenizers.SentencePieceTokenizer package =
            Microsoft.ML.Tokenizers.SentencePieceTokenizer.Create(new MemoryStream(model), false, false);
        foreach ((string text, int[] ids) in NearTies) Assert.NotEqual(ids, package.EncodeToIds(text));
    }

    [Fact]
    public void Encode_CharactersThatTheCharsMapDeletesOrTurnsIntoSpaces_AreSentencepieces()
    {
        int[] ids = FromModel.Value.Encode("a\u0001\u0301 b\u2028c\u000bd\u0085e");
        Assert.Equal([3, 9, 2, 3, 115, 3, 75, 26, 2, 15], ids);
        Assert.Equal([3, 2, 3, 226], FromModel.Value.Encode("\u00a8 \u2581 x\u2581"));
    }

    [Fact]
    public void Encode_GlueText_IsTheSameFromBothFormats()
    {
        Assert.Equal(FromModel.Value.VocabularySize, FromJson.Value.VocabularySize);
        foreach (string text in SharedFiles.GlueTexts(150))
        {
            int[] ids = FromModel.Value.Encode(text, EncodeOptions.ModelInput);
            Assert.Equal(ids, FromJson.Value.Encode(text, EncodeOptions.ModelInput));
        }
    }

    [Fact]
    public void Load_Folder_TakesTheModelAndItsExtraPieces()
    {
        SentencePieceTokenizer sut = SentencePieceTokenizer.Load(SharedFiles.Folder);

        Assert.Equal(32100, sut.VocabularySize);
        Assert.Equal((0, 1, 2), (sut.PadId, sut.EndOfSequenceId, sut.UnknownId));
        for (int n = 0; n < 100; n++)
        {
            Assert.Equal(32100 - 1 - n, sut.PieceToId($"<extra_id_{n}>"));
            Assert.Equal(sut.PieceToId($"<extra_id_{n}>"), FromJson.Value.PieceToId($"<extra_id_{n}>"));
            Assert.Equal($"<extra_id_{n}>", sut.IdToPiece(32100 - 1 - n));
        }
    }

    [Fact]
    public void Decode_EncodedGlueText_GivesTheTextWithSpacesJoined()
    {
        foreach (string text in SharedFiles.GlueTexts(100))
        {
            if (text.All(char.IsAscii))
            {
                int[] ids = FromModel.Value.Encode(text);
                if (!ids.Contains(FromModel.Value.UnknownId))
                {
                    string expected = string.Join(' ', text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries));
                    Assert.Equal(expected, FromModel.Value.Decode(ids));
                }
            }
        }
    }

    [Fact]
    public void Encode_FromManyThreads_GivesTheSame()
    {
        string[] texts = [.. SharedFiles.GlueTexts(40)];
        int[][] expected = [.. texts.Select(text => FromModel.Value.Encode(text))];
        Parallel.For(0, texts.Length * 4, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
            Assert.Equal(expected[i % texts.Length], FromModel.Value.Encode(texts[i % texts.Length])));
    }

    [Fact]
    public void Encode_VeryLongLines_TakesWellUnderASecond()
    {
        FromModel.Value.Encode("warm up");
        foreach (string unit in (string[])["a", " ", "\U0001F600", "e\u0301", "the ", "\u2581", "\u0001", "\u6f22"])
        {
            string text = string.Concat(Enumerable.Repeat(unit, 100_000));
            var clock = System.Diagnostics.Stopwatch.StartNew();
            FromModel.Value.Encode(text, EncodeOptions.ModelInput);
            Assert.True(clock.ElapsedMilliseconds < 1000, $"'{unit}' took {clock.ElapsedMilliseconds} ms");
        }
    }

    [Fact]
    public void Encode_ReusedBuffer_AllocatesNothing()
    {
        string[] texts = [.. SharedFiles.GlueTexts(50)];
        var encoded = new EncodedText();
        long before = 0;

        // A tokenizer of its own: other tests may make a shared one forget its words meanwhile.
        SentencePieceTokenizer sut = SentencePieceTokenizer.Load(SharedFiles.Model);
        for (int round = 0; round < 3; round++)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            foreach (string text in texts) sut.Encode(text, encoded, EncodeOptions.ModelInput);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Encode_SpecialPiecesInText_AreTakenOnlyWhenAskedFor()
    {
        SentencePieceTokenizer sut = ModelWriter.Small().ToTokenizer();
        int extra0 = sut.PieceToId("<extra_id_0>");

        int[] ids = sut.Encode("hello <extra_id_0> world</s>the", EncodeOptions.SpecialPieces);

        int[] expected =
            [.. sut.Encode("hello"), extra0, .. sut.Encode("world"), sut.EndOfSequenceId, .. sut.Encode("the")];
        Assert.Equal(expected, ids);
        Assert.DoesNotContain(extra0, sut.Encode("hello <extra_id_0> world"));
        Assert.Equal(sut.VocabularySize - 1, extra0);
    }

    [Fact]
    public void Encode_EndOfSequence_IsAppendedAlsoToNothing()
    {
        SentencePieceTokenizer sut = ModelWriter.Small().ToTokenizer();
        Assert.Equal([sut.EndOfSequenceId], sut.Encode("  ", EncodeOptions.ModelInput));
        Assert.Equal([.. sut.Encode("the"), 1], sut.Encode("the", EncodeOptions.EndOfSequence));
        Assert.Empty(sut.Encode(""));
    }

    [Fact]
    public void Encode_WithoutEndPiece_RefusesToAppendIt()
    {
        ModelWriter model = new ModelWriter().Piece("<unk>", 0, PieceType.Unknown).Piece("a", -1);
        SentencePieceTokenizer sut = model.ToTokenizer();
        Assert.Equal(-1, sut.EndOfSequenceId);
        Assert.Throws<InvalidOperationException>(() => sut.Encode("a", EncodeOptions.EndOfSequence));
    }

    [Fact]
    public void Encode_UnknownRun_IsOnePieceWithItsText()
    {
        SentencePieceTokenizer sut = ModelWriter.Small().ToTokenizer();
        var encoded = new EncodedText();

        sut.Encode("a\u6f22\u5b57\U0001F600 b\u6f22", encoded);

        string[] expected = ["\u2581a", "\u6f22\u5b57\U0001F600", "\u2581", "b", "\u6f22"];
        Assert.Equal(expected, Enumerable.Range(0, encoded.Count).Select(encoded.Piece));
        Assert.Equal(2, encoded.Ids[1]);
        Assert.Equal("a \u2047  b \u2047 ", sut.Decode(encoded.Ids));
    }

    [Fact]
    public void Encode_LoneSurrogate_CountsAsReplacementCharacter()
    {
        SentencePieceTokenizer sut = ModelWriter.Small().ToTokenizer();
        Assert.Equal(sut.Encode("a\ufffdb"), sut.Encode("a\ud800b"));
    }

    [Fact]
    public void Decode_SpecialPieces_AreShownOnlyWhenAskedFor()
    {
        SentencePieceTokenizer sut = ModelWriter.Small().ToTokenizer();
        int[] ids = sut.Encode("hello <extra_id_3> the", EncodeOptions.ModelInput);

        Assert.Equal("hello the", sut.Decode(ids));
        Assert.Equal("hello<extra_id_3> the</s>", sut.Decode(ids, skipSpecial: false));
    }

    [Fact]
    public void Decode_IdOutsideTheVocabulary_NamesItAndTheRange()
    {
        SentencePieceTokenizer sut = ModelWriter.Small().ToTokenizer();
        ArgumentException error = Assert.Throws<ArgumentException>(() => sut.Decode([3, 9999]));
        Assert.Contains("Id 1 of 2 is 9999, expected 0 to 144", error.Message);
        Assert.Throws<ArgumentException>(() => sut.Decode([-1]));
        Assert.Throws<ArgumentException>(() => sut.IdToPiece(9999));
        Assert.Throws<ArgumentException>(() => sut.IdToPiece(-1));
    }

    [Fact]
    public void PieceToId_WhatTheVocabularyLacks_IsUnknown()
    {
        SentencePieceTokenizer sut = ModelWriter.Small().ToTokenizer();
        for (int id = 0; id < sut.VocabularySize; id++)
        {
            Assert.Equal(id, sut.PieceToId(sut.IdToPiece(id)));
        }

        Assert.Equal(sut.UnknownId, sut.PieceToId(" the"));
        Assert.Equal(sut.UnknownId, sut.PieceToId("no such piece"));
        Assert.Equal(sut.UnknownId, sut.PieceToId(""));
    }
}
