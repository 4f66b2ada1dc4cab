using System.Text;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.TestKit;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Tests.Tasks;

public sealed class TaskCodecTests
{
    [Fact]
    public void LongText_IsCut_AndStillEnds()
    {
        using TempFolder folder = new();
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(folder.Write("tokenizer.json", TinyModel.TokenizerJson));
        TaskCodec sut = new(BuiltInTasks.Find("rte")!, tokenizer, TinyModel.Config, sourceLength: 4);
        int[] whole = tokenizer.Encode("abcdef", EncodeOptions.ModelInput);
        Assert.Equal([.. whole[..3], tokenizer.EndOfSequenceId], sut.Encode("abcdef"));
        Assert.Equal([.. whole[..3], tokenizer.EndOfSequenceId], sut.Encode("ab"));
    }

    [Fact]
    public void PrefixAndOptions_AreNeverCut()
    {
        using TempFolder folder = new();
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(folder.Write("tokenizer.json", TinyModel.TokenizerJson));
        TaskDeclaration task = TaskDeclaration.Read(ConfigReader.Read("""{ "name": "t", "fields": ["a"], "labels": { "0": "no", "1": "yes" } }"""u8, "t", ""));
        // "t: " and " options: no,yes" are 3 and 16 tokens of single letters, the end of sequence one more.
        TaskCodec sut = new(task, tokenizer, TinyModel.Config, 24, "t: ", options: true);
        Assert.Equal("t: abc options: no,yes", sut.Decode(sut.Encode("abcdefgh")));
        Assert.Equal("t: ab options: no,yes", sut.Decode(sut.Encode("ab")));
        Assert.Equal(24, sut.Encode("abcdefgh").Length);
        Assert.Equal("o: a options: no,yes", sut.Decode(sut.WithPrefix("o: ").Encode("a")));
        Assert.Contains(
            "to leave room for a text", Assert.Throws<ArgumentException>(() => sut.WithPrefix("much too long: ")).Message, StringComparison.Ordinal);
        Assert.Contains(
            "has no labels to be options",
            Assert.Throws<ArgumentException>(
                () => new TaskCodec(BuiltInTasks.Find("stsb")!, tokenizer, TinyModel.Config, 24, options: true)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GeneratedIds_ThatAreNoPiece_AreNoLabel()
    {
        using TempFolder folder = new();
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(folder.Write("tokenizer.json", TinyModel.TokenizerJson));
        TaskCodec sut = new(BuiltInTasks.Find("rte")!, tokenizer, TinyModel.Config, 16);
        int[] word = sut.LabelIds[0];
        Assert.Equal("entailment", sut.Decode(word));
        Assert.NotEqual("entailment", sut.Decode([.. word[..^1], TinyModel.Config.VocabularySize - 1, word[^1]]));
    }

    [Fact]
    public void Labels_OfTheSameTokens_AreRefused()
    {
        using TempFolder folder = new();
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(folder.Write("tokenizer.json", TinyModel.TokenizerJson));
        TaskDeclaration task = TaskDeclaration.Read(
            ConfigReader.Read(Encoding.UTF8.GetBytes("""{ "name": "t", "fields": ["a"], "labels": { "0": "no", "1": " no" } }"""), "t", ""));
        Assert.Contains(
            "are the same tokens", Assert.Throws<ArgumentException>(() => new TaskCodec(task, tokenizer, TinyModel.Config, 16)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Token_OutsideTheModel_IsRefused()
    {
        using TempFolder folder = new();
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(folder.Write("tokenizer.json", TinyModel.TokenizerJson));
        Assert.Contains(
            "outside the model's vocabulary, expected 0 to 9",
            Assert.Throws<ArgumentException>(
                () => new TaskCodec(BuiltInTasks.Find("rte")!, tokenizer, TinyModel.Config with { VocabularySize = 10 }, 16)).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void RealLabels_HaveTheirTokens()
    {
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(SharedFolder.Path("t5/spiece.model"));
        TaskCodec sut = new(BuiltInTasks.Find("rte")!, tokenizer, new T5Config(), 256);
        // Known of T5: entailment is 3, 35, 5756, 297.
        Assert.Equal([3, 35, 5756, 297, 1], sut.LabelIds[0]);
        Assert.Equal("not_entailment", tokenizer.Decode(sut.LabelIds[1]));
    }
}
