using System.Text;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Language;
using CrossPT.Prompting.Tasks;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Tests.Language;

public sealed class LanguageTasksTests
{
    private static readonly InventedLanguage s_language = new(1);
    private static readonly SentencePieceTokenizer s_tokenizer = s_language.CreateTokenizer();

    public static TheoryData<string> Names =>
    [
        .. s_language.Sources.Select(static task => $"demo/{task.Name}"),
        .. s_language.Targets.Select(static target => $"demo/{target.Task.Name}"),
        "demo/sentiment-castle", "demo/sentiment-and-number-farm", "demo/paraphrase-and-mood-harbour",
        "demo/order-farm",
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void Task_HasRowsOfThreeParts_TestTextsOnTheirOwnSide_LabelsEvenly(string name)
    {
        IReadOnlyList<Example> train = LanguageTasks.Rows(name, TaskPart.Train);
        IReadOnlyList<Example> test = LanguageTasks.Rows(name, TaskPart.Test);
        Assert.Equal((2000, 500, 1000), (train.Count, LanguageTasks.Rows(name, TaskPart.Validation).Count, test.Count));
        Assert.Empty(test.Select(static row => row.Text).Intersect(train.Select(static row => row.Text)));
        Assert.Equal(500, test.Count(static row => row.Label == 1));
        Assert.Equal(test, LanguageTasks.Rows(name, TaskPart.Test));
        Assert.DoesNotContain(
            s_tokenizer.UnknownId, test.Take(20).SelectMany(static row => s_tokenizer.Encode(row.Text)));
    }

    [Fact]
    public void Targets_AreTheDemosOwn()
    {
        Assert.Equal("demo/sentiment-and-acceptability", BuiltInTasks.Find("demo/sentiment-and-acceptability")!.Name);
        // In the domain that "crosspt demo" has it in: no word of another.
        string[] castle = [.. Lexicon.WordsOf(s_language.Lexicon.Domains[3])];
        string[] farm = [.. Lexicon.WordsOf(s_language.Lexicon.Domains[0])];
        string[] words =
        [
            .. LanguageTasks.Rows("demo/sentiment-and-acceptability", TaskPart.Test)
                .SelectMany(static row => row.Text.Split(' ')).Distinct(),
        ];
        Assert.NotEmpty(words.Intersect(castle));
        Assert.Empty(words.Intersect(farm.Except(castle)));
    }

    // Every level of the label-semantics study gives two words that the model has pieces for, and the record reads them
    // again.
    [Theory]
    [MemberData(nameof(Names))]
    public void LabelMaps_AreTwoKnownWords_UnlikeOneAnother(string name)
    {
        TaskDeclaration task = BuiltInTasks.Find(name)!;
        Assert.Equal(["map", "digits", "distinct", "synonyms", "unlike", "gen"], LabelMaps.NamesOf(task));
        T5Config config = new()
        {
            VocabularySize = s_tokenizer.VocabularySize,
            ModelWidth = 8,
            HeadWidth = 4,
            Heads = 2,
            FeedForwardWidth = 16,
            EncoderLayers = 1,
            DecoderLayers = 1,
        };
        string[] pairs = [.. LabelMaps.NamesOf(task).Select(map =>
        {
            TaskCodec codec = new(LabelMaps.Apply(task, map), s_tokenizer, config, 64);
            Assert.DoesNotContain(s_tokenizer.UnknownId, codec.LabelIds.SelectMany(static ids => ids));
            return string.Join(' ', codec.Task.Labels.Select(static label => label.Word));
        })];
        Assert.Equal(pairs.Length, pairs.Distinct().Count());
        Assert.StartsWith("no yes", pairs[0], StringComparison.Ordinal);
    }

    [Fact]
    public void DistinctWords_AreNoOtherTasksThere()
    {
        string[] words = [.. Enum.GetValues<Skill>().SelectMany(skill =>
            LabelMaps.Apply(BuiltInTasks.Find($"demo/{skill.NameOf()}-farm")!, "distinct").Labels
                .Select(static label => label.Word))];
        Assert.Equal(words.Length, words.Distinct().Count());
    }

    [Fact]
    public void Instruction_IsTheTextThatPretrainingHad() =>
        Assert.Equal(
            "sentiment yes or no : ",
            new TaskPrefix(TaskPrefixKind.Instruction).TextFor(BuiltInTasks.Find("demo/sentiment-farm")!));

    [Theory]
    [InlineData("demo/sentimant")]
    [InlineData("demo/sentiment-town")]
    [InlineData("demo/sentiment-and-paraphrase-farm")]
    [InlineData("demo/sentiment-and-sentiment-farm")]
    [InlineData("demo/sentiment-and-number-and-acceptability-farm")]
    [InlineData("demo/")]
    public void UnknownTask_IsRefused_WithWhatThereIs(string name)
    {
        ConfigValue value = ConfigReader.Read(Encoding.UTF8.GetBytes($$"""{ "name": "{{name}}" }"""), "c.json", "");
        string message = Assert.Throws<ConfigurationException>(() => TaskSettings.Read(value)).Message;
        Assert.Contains($"found \"{name}\", expected demo/SKILL", message, StringComparison.Ordinal);
        Assert.Contains("farm, harbour, market, castle", message, StringComparison.Ordinal);
    }
}
