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
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(
            folder.Write("tokenizer.json", TinyModel.TokenizerJson));
        TaskCodec sut = new(BuiltInTasks.Find("rte")!, tokenizer, TinyModel.Config, sourceLength: 4);
        int[] whole = tokenizer.Encode("abcdef", EncodeOptions.ModelInput);
        Assert.Equal([.. whole[..3], tokenizer.EndOfSequenceId], sut.Encode("abcdef"));
        Assert.Equal([.. whole[..3], tokenizer.EndOfSequenceId], sut.Encode("ab"));
    }

    [Fact]
    public void PrefixAndOptions_AreNeverCut()
    {
        using TempFolder folder = new();
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(
            folder.Write("tokenizer.json", TinyModel.TokenizerJson));
        TaskDeclaration task = TaskDeclaration.Read(ConfigReader.Read("""
            { "name": "t", "fields": ["a"], "labels": { "0": "no", "1": "yes" } }
            """u8, "t", ""));
        // "t: " and " options: no,yes" are 3 and 16 tokens of single letters, the end of sequence one more.
        TaskCodec sut = new(task, tokenizer, TinyModel.Config, 24, "t: ", options: true);
        Assert.Equal("t: abc options: no,yes", sut.Decode(sut.Encode("abcdefgh")));
        Assert.Equal("t: ab options: no,yes", sut.Decode(sut.Encode("ab")));
        Assert.Equal(24, sut.Encode("abcdefgh").Length);
        Assert.Equal("o: a options: no,yes", sut.Decode(sut.WithPrefix("o: ").Encode("a")));
        Assert.Contains(
            "to leave room for a text",
                Assert.Throws<ArgumentException>(() => sut.WithPrefix("much too long: ")).Message,
                StringComparison.Ordinal);
        Assert.Contains(
            "has no labels to be options",
            Assert.Throws<ArgumentException>(
                () => new TaskCodec(BuiltInTasks.Find("stsb")!, tokenizer, TinyModel.Config, 24,
                    options: true)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GeneratedIds_ThatAreNoPiece_AreNoLabel()
    {
        using TempFolder folder = new();
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(
            folder.Write("tokenizer.json", TinyModel.TokenizerJson));
        TaskCodec sut = new(BuiltInTasks.Find("rte")!, tokenizer, TinyModel.Config, 16);
        int[] word = sut.LabelIds[0];
        Assert.Equal("entailment", sut.Decode(word));
        Assert.NotEqual("entailment", sut.Decode([.. word[..^1], TinyModel.Config.VocabularySize - 1, word[^1]]));
    }

    [Fact]
    public void Labels_OfTheSameTokens_AreRefused()
    {
        using TempFolder folder = new();
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(
            folder.Write("tokenizer.json", TinyModel.TokenizerJson));
        TaskDeclaration task = TaskDeclaration.Read(
            ConfigReader.Read(Encoding.UTF8.GetBytes("""
                { "name": "t", "fields": ["a"], "labels": { "0": "no", "1": " no" } }
                """), "t", ""));
        Assert.Contains(
            "are the same tokens", Assert.Throws<ArgumentException>(
                () => new TaskCodec(task, tokenizer, TinyModel.Config, 16)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Token_OutsideTheModel_IsRefused()
    {
        using TempFolder folder = new();
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(
            folder.Write("tokenizer.json", TinyModel.TokenizerJson));
        Assert.Contains(
            "outside the model's vocabulary, expected 0 to 9",
            Assert.Throws<ArgumentException>(
                () => new TaskCodec(BuiltInTasks.Find("rte")!, tokenizer,
                    TinyModel.Config with { VocabularySize = 10 }, 16)).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void SpecialPieces_AreFoundInLabelWordsPrefixAndTemplate_NotInRows()
    {
        using TempFolder folder = new();
        SentencePieceTokenizer tokenizer = Tokenizer(folder);
        TaskDeclaration task = Declare("""
            { "name": "t", "fields": ["a"], "template": "x<m>{a}", "labels": { "0": "<m> no", "1": "no" } }
            """);
        TaskCodec sut = new(task, tokenizer, TinyModel.Config, 64, "<m>");
        int special = tokenizer.PieceToId("<m>");
        int[] no = tokenizer.Encode("no");
        Assert.Equal([special, .. no, 1], sut.LabelIds[0]);
        Assert.Equal([.. no, 1], sut.LabelIds[1]);
        Assert.Empty(sut.Warnings);

        string path = folder.Write("x.jsonl", """{ "a": "b<m> c", "label": 0 }""");
        EncodedExample encoded = sut.Encode(Assert.Single(TaskData.Read(path, task)));
        int[] row = tokenizer.Encode("b<m> c");
        Assert.DoesNotContain(special, row);
        Assert.Equal([special, .. tokenizer.Encode("x"), special, .. row, 1], encoded.Source);
    }

    [Fact]
    public void SpecialPiece_ThatTemplateAndRowMakeTogether_IsText()
    {
        using TempFolder folder = new();
        SentencePieceTokenizer tokenizer = Tokenizer(folder);
        TaskDeclaration task = Declare("""
            { "name": "t", "fields": ["a"], "template": "<{a}> <m>", "labels": { "0": "no", "1": "yes" } }
            """);
        TaskCodec sut = new(task, tokenizer, TinyModel.Config, 64);
        string path = folder.Write("x.jsonl", """{ "a": "m", "label": 0 }""");
        int[] ids = sut.Encode(Assert.Single(TaskData.Read(path, task))).Source;
        Assert.Equal([.. tokenizer.Encode("<m>"), tokenizer.PieceToId("<m>"), 1], ids);
    }

    [Fact]
    public void GeneratedLabel_WithSpecialPiece_IsItsWord()
    {
        using TempFolder folder = new();
        TaskDeclaration task = Declare("""
            { "name": "t", "fields": ["a"], "labels": { "0": "<m> no", "1": "no" } }
            """);
        TaskCodec sut = new(task, Tokenizer(folder), TinyModel.Config, 64);
        Assert.Equal(["<m> no", "no"], sut.LabelIds.Select(sut.DecodeAnswer));
    }

    [Fact]
    public void LabelWord_WithoutAPiece_IsAWarning()
    {
        using TempFolder folder = new();
        TaskDeclaration task = Declare("""
            { "name": "t", "fields": ["a"], "labels": { "0": "<m> nö 日日!", "1": "yes" } }
            """);
        TaskCodec sut = new(task, Tokenizer(folder), TinyModel.Config, 64);
        string warning = Assert.Single(sut.Warnings);
        Assert.Contains("no piece for 'ö', '日', '!' in the label word '<m> nö 日日!'", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_ThatLackOfPiecesMakesEqual_AreRefused_WithTheirCharacters()
    {
        using TempFolder folder = new();
        TaskDeclaration task = Declare("""
            { "name": "t", "fields": ["a"], "labels": { "0": "a日", "1": "a月" } }
            """);
        string message =
            Assert.Throws<ArgumentException>(
                () => new TaskCodec(task, Tokenizer(folder), TinyModel.Config, 64)).Message;
        Assert.Contains("'a日' and 'a月' of the task 't' are the same tokens", message, StringComparison.Ordinal);
        Assert.Contains("no piece for '日' and '月'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void RealLabels_WithSpecialPiece_BeginWithItsId()
    {
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(SharedFolder.Path("t5"));
        TaskDeclaration task = Declare("""
            {
              "name": "t", "fields": ["a"], "template": "{a} is <extra_id_0>.",
              "labels": { "0": "<extra_id_0> good", "1": "<extra_id_0> {日}" }
            }
            """);
        TaskCodec sut = new(task, tokenizer, new T5Config(), 256);
        Assert.Equal([32099, 207, 1], sut.LabelIds[0]);
        string warning = Assert.Single(sut.Warnings);
        Assert.Contains("no piece for '{', '日', '}' in", warning, StringComparison.Ordinal);
        using TempFolder folder = new();
        string path = folder.Write("x.jsonl", """{ "a": "the <extra_id_1>", "label": 0 }""");
        int[] ids = sut.Encode(Assert.Single(TaskData.Read(path, task))).Source;
        int[] expected =
            [.. tokenizer.Encode("the <extra_id_1> is"), 32099, .. tokenizer.Encode("."), tokenizer.EndOfSequenceId];
        Assert.Equal(expected, ids);
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

    private static TaskDeclaration Declare(string json) =>
        TaskDeclaration.Read(ConfigReader.Read(Encoding.UTF8.GetBytes(json), "t", ""));

    /// <summary>Single letters, and the special piece &lt;m&gt;.</summary>
    private static SentencePieceTokenizer Tokenizer(TempFolder folder)
    {
        folder.Write("own/tokenizer.json", TinyModel.TokenizerJson);
        folder.Write("own/tokenizer_config.json", """{ "additional_special_tokens": ["<m>"] }""");
        return SentencePieceTokenizer.Load(folder.PathOf("own"));
    }
}
