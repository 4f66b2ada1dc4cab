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
    public void Labels_OfTheSameTokens_AreRefused()
    {
        using TempFolder folder = new();
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(folder.Write("tokenizer.json", TinyModel.TokenizerJson));
        TaskDeclaration task = TaskDeclaration.Read(ConfigReader.Read(Encoding.UTF8.GetBytes("""{ "name": "t", "fields": ["a"], "labels": { "0": "no", "1": " no" } }"""), "t", ""));
        Assert.Contains("are the same tokens", Assert.Throws<ArgumentException>(() => new TaskCodec(task, tokenizer, TinyModel.Config, 16)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Token_OutsideTheModel_IsRefused()
    {
        using TempFolder folder = new();
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(folder.Write("tokenizer.json", TinyModel.TokenizerJson));
        Assert.Contains(
            "outside the model's vocabulary, expected 0 to 9",
            Assert.Throws<ArgumentException>(() => new TaskCodec(BuiltInTasks.Find("rte")!, tokenizer, TinyModel.Config with { VocabularySize = 10 }, 16)).Message, StringComparison.Ordinal);
    }

    [SharedFact("t5/spiece.model")]
    public void RealLabels_HaveTheirTokens()
    {
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(SharedFolder.Path("t5/spiece.model"));
        TaskCodec sut = new(BuiltInTasks.Find("rte")!, tokenizer, new T5Config(), 256);
        // Known of T5: entailment is 3, 35, 5756, 297.
        Assert.Equal([3, 35, 5756, 297, 1], sut.LabelIds[0]);
        Assert.Equal("not_entailment", tokenizer.Decode(sut.LabelIds[1]));
    }
}
