using System.Text;
using System.Text.Json;
using CrossPT.Transformer.Tokenization;

using CrossPT.TestKit;

namespace CrossPT.Transformer.Tests.Tokenization;

public class SentencePieceTokenizerTests
{
    private static readonly Lazy<SentencePieceTokenizer> FromModel = new(() => SentencePieceTokenizer.Load(SharedFiles.Model));
    private static readonly Lazy<SentencePieceTokenizer> FromJson = new(() => SentencePieceTokenizer.Load(SharedFiles.Json));

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
            string[] pieces = [.. row.RootElement.GetProperty("pieces").EnumerateArray().Select(piece => piece.GetString()!)];

            FromModel.Value.Encode(text, encoded);

            Assert.Equal(ids, encoded.Ids.ToArray());
            Assert.Equal(pieces, Enumerable.Range(0, encoded.Count).Select(encoded.Piece));
            Assert.Equal(ids, FromModel.Value.Encode(text));
            count++;
        }

        Assert.True(count > 1000);
    }

    [Fact]
    public void Encode_GlueText_IsTheSameFromBothFormats()
    {
        Assert.Equal(FromModel.Value.VocabularySize, FromJson.Value.VocabularySize);
        foreach (string text in SharedFiles.GlueTexts(150))
        {
            Assert.Equal(FromModel.Value.Encode(text, EncodeOptions.ModelInput), FromJson.Value.Encode(text, EncodeOptions.ModelInput));
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
        byte[][] texts = [.. SharedFiles.GlueTexts(50).Select(Encoding.UTF8.GetBytes)];
        var encoded = new EncodedText();
        var ids = new List<int>(10_000);
        long before = 0;
        for (int round = 0; round < 3; round++)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            foreach (byte[] text in texts)
            {
                ids.Clear();
                FromModel.Value.Encode(text, encoded, EncodeOptions.ModelInput);
                FromModel.Value.Encode(text, ids);
            }
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Encode_SpecialPiecesInText_AreTakenOnlyWhenAskedFor()
    {
        SentencePieceTokenizer sut = ModelWriter.Small().ToTokenizer();
        int extra0 = sut.PieceToId("<extra_id_0>");

        int[] ids = sut.Encode("hello <extra_id_0> world</s>the", EncodeOptions.SpecialPieces);

        Assert.Equal([.. sut.Encode("hello"), extra0, .. sut.Encode("world"), sut.EndOfSequenceId, .. sut.Encode("the")], ids);
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
        SentencePieceTokenizer sut = new ModelWriter().Piece("<unk>", 0, PieceType.Unknown).Piece("a", -1).ToTokenizer();
        Assert.Equal(-1, sut.EndOfSequenceId);
        Assert.Throws<InvalidOperationException>(() => sut.Encode("a", EncodeOptions.EndOfSequence));
    }

    [Fact]
    public void Encode_UnknownRun_IsOnePieceWithItsText()
    {
        SentencePieceTokenizer sut = ModelWriter.Small().ToTokenizer();
        var encoded = new EncodedText();

        sut.Encode("a\u6f22\u5b57\U0001F600 b\u6f22", encoded);

        Assert.Equal(["\u2581a", "\u6f22\u5b57\U0001F600", "\u2581", "b", "\u6f22"], Enumerable.Range(0, encoded.Count).Select(encoded.Piece));
        Assert.Equal(2, encoded.Ids[1]);
        Assert.Equal("a \u2047  b \u2047 ", sut.Decode(encoded.Ids));
    }

    [Fact]
    public void Encode_Utf8AndStringsAndSpans_Agree()
    {
        SentencePieceTokenizer sut = ModelWriter.Small().ToTokenizer();
        int[] expected = sut.Encode("hello the caf\u00e9");
        byte[] utf8 = "hello the caf\u00e9"u8.ToArray();
        List<int> list = [];
        int[] span = new int[expected.Length];

        Assert.Equal(expected.Length, sut.Encode(utf8, list));
        Assert.Equal(expected, list);
        Assert.True(sut.TryEncode(utf8, span, out int count));
        Assert.Equal(expected.Length, count);
        Assert.Equal(expected, span);
        Assert.False(sut.TryEncode(utf8, span.AsSpan(1), out count));
        Assert.Equal(expected.Length, count);
        Assert.Equal(sut.Encode("a\ufffdb"), sut.Encode("a\ud800b"));
    }

    [Fact]
    public void WriteJson_OddPieces_CanBeReadBack()
    {
        SentencePieceTokenizer sut = ModelWriter.Small().Piece("\"\\\u0001", -1).ToTokenizer();
        var encoded = new EncodedText();
        string unknown = new string('"', 300) + "\u0002\\x" + '\u6f22';
        sut.Encode("the \"\\\u0001" + unknown, encoded);

        var output = new System.Buffers.ArrayBufferWriter<byte>();
        encoded.WritePiecesJson(output);
        string[] pieces = JsonSerializer.Deserialize<string[]>(output.WrittenSpan)!;
        output.Clear();
        encoded.WriteIdsJson(output);

        Assert.Equal(Enumerable.Range(0, encoded.Count).Select(encoded.Piece), pieces);
        Assert.Equal(encoded.Ids.ToArray(), JsonSerializer.Deserialize<int[]>(output.WrittenSpan)!);
        Assert.Equal("\"\\\"\\\\\\u0001\"", Encoding.UTF8.GetString(sut.PieceJson(sut.PieceToId("\"\\\u0001"))));
        sut.Encode("", encoded);
        output.Clear();
        encoded.WriteIdsJson(output);
        encoded.WritePiecesJson(output);
        Assert.Equal("[][]", Encoding.UTF8.GetString(output.WrittenSpan));
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
        Assert.Throws<ArgumentException>(() => sut.PieceUtf8(-1).Length);
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
