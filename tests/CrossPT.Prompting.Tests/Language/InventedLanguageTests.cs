using CrossPT.Prompting.Language;
using CrossPT.Prompting.Tasks;
using CrossPT.Tensors;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Tests.Language;

public sealed class InventedLanguageTests
{
    private static readonly InventedLanguage s_language = new(1);

    public static TheoryData<string> TaskNames => [.. AllTasks.Select(static task => task.Name)];

    private static IEnumerable<LanguageTask> AllTasks =>
        s_language.Sources.Concat(s_language.Targets.Select(static target => target.Task));

    [Theory]
    [MemberData(nameof(TaskNames))]
    public void Labels_AreWhatTheTextSays(string name)
    {
        LanguageTask task = AllTasks.Single(one => one.Name == name);
        Example[] examples = s_language.Examples(task, LanguageSplit.Training, seed: 3, 200);
        foreach (Example example in examples)
        {
            ParsedText text = new(s_language, example.Text);
            Assert.Equal(task.Skills[0].IsPair() ? 2 : 1, text.Sentences);
            Assert.Contains(text.Domain, task.Domains);
            Assert.Equal(example.Label == 1, task.Skills.All(text.Answer));
        }
        Assert.Equal(100, examples.Sum(static example => example.Label));
    }

    [Theory]
    [InlineData(Skill.Sentiment, Skill.Sentiment, Skill.Acceptability, Skill.Number, Skill.Order)]
    [InlineData(Skill.Order, Skill.Sentiment, Skill.Acceptability, Skill.Number, Skill.Order)]
    [InlineData(Skill.Paraphrase, Skill.Paraphrase, Skill.Entailment, Skill.SameMood)]
    [InlineData(Skill.SameMood, Skill.Paraphrase, Skill.Entailment, Skill.SameMood)]
    public void EveryTaskOfAKind_HasTheSameInputs(Skill asked, params Skill[] kind)
    {
        // All answers are independent coins: each combination of them is as frequent, whatever task the text was drawn
        // for.
        const int count = 3200;
        Dictionary<string, int> counts = [];
        foreach (Example example in s_language.Examples(
            InventedLanguage.TaskOf(asked, s_language.Lexicon.Domains[1]), LanguageSplit.Training, seed: 4, count))
        {
            ParsedText text = new(s_language, example.Text);
            string answers = string.Concat(kind.Select(skill => text.Answer(skill) ? '1' : '0'));
            counts[answers] = counts.GetValueOrDefault(answers) + 1;
        }
        double expected = count / (double)(1 << kind.Length), sigma = Math.Sqrt(expected);
        Assert.Equal(1 << kind.Length, counts.Count);
        Assert.All(counts.Values, n => Assert.InRange(n, expected - (4.5 * sigma), expected + (4.5 * sigma)));
    }

    [Fact]
    public void OfACombination_NeitherSkillAloneAnswersMoreThanThreeOfFour()
    {
        LanguageTarget target = s_language.Targets.Single(static one => one.Relatives.Count == 2);
        Example[] examples = s_language.Examples(target.Task, LanguageSplit.Training, seed: 5, 1200);
        foreach (Skill skill in target.Task.Skills)
        {
            double right = examples.Count(
                example => new ParsedText(s_language, example.Text).Answer(skill) == (example.Label == 1)) / 1200.0;
            Assert.InRange(right, 0.69, 0.81);
        }
    }

    [Fact]
    public void Targets_AreEachSkillWhereItWasLeftOut_ACombination_AndOneWithoutARelative()
    {
        Assert.Equal(8, s_language.Targets.Count);
        Assert.Equal(
            Skills.Pretrained.Select(static skill => skill.NameOf()),
            s_language.Sources.Select(static source => source.Name));
        foreach (LanguageTarget target in s_language.Targets.Take(6))
        {
            LanguageTask source = s_language.Sources.Single(one => one.Name == Assert.Single(target.Relatives));
            Assert.Equal(source.Skills, target.Task.Skills);
            Assert.Equal(source.Labels, target.Task.Labels);
            Assert.DoesNotContain(Assert.Single(target.Task.Domains), source.Domains);
        }
        Assert.Empty(s_language.Targets[7].Relatives);
        Assert.DoesNotContain(Skill.Order, s_language.Sources.SelectMany(static source => source.Skills));
    }

    [Fact]
    public void Pretraining_NeverShowsWhatIsLeftOut_AndCoversEveryWord()
    {
        HashSet<string> inTasks = [], inTexts = [];
        HashSet<(string, string)> combinations = [];
        for (ulong i = 0; i < 4_000; i++)
        {
            (string drawn, string answer) = s_language.DrawTask(new CounterRandom(7, i));
            string[] halves = drawn.Split(" : ");
            string[] prefix = halves[0].Split(' ');
            if (prefix[0] is WordExercises.Verbs or WordExercises.Nouns)
            {
                CheckExercise(prefix, halves[1], answer);
                continue;
            }
            ParsedText text = new(s_language, halves[1]);
            Skill[] skills = [.. Skills.Pretrained.Where(skill => prefix[..^3].Contains(skill.NameOf()))];
            Assert.All(skills, skill => Assert.NotEqual(s_language.LeftOut(skill), text.Domain));
            LabelWords labels = new(prefix[^3], prefix[^1]);
            Assert.All(skills, skill => Assert.NotEqual(LabelWords.UnlikeOf(skill), labels));
            Assert.Equal(skills.All(text.Answer) ? labels.Yes : labels.No, answer);
            Assert.Equal(LanguageSplit.Training, TaskTexts.SplitOf(halves[1]));
            if (skills.Length > 1) combinations.Add((skills[0].NameOf(), skills[1].NameOf()));
            inTasks.UnionWith(halves[1].Split(' '));
            inTexts.UnionWith(s_language.DrawText(new CounterRandom(8, i)).Split(' '));
        }
        foreach (Domain domain in s_language.Lexicon.Domains)
        {
            Assert.Subset(inTasks, Lexicon.WordsOf(domain).ToHashSet());
            Assert.Subset(inTexts, Lexicon.WordsOf(domain).ToHashSet());
        }
        Assert.Equal([("acceptability", "number"), ("sentiment", "number")], combinations.Order());
    }

    /// <summary>A pair of words as the skills take them from sentences: put into two that say them.</summary>
    private static void CheckExercise(string[] prefix, string text, string answer)
    {
        string[] words = text.Split(' ');
        Domain domain = Assert.Single(s_language.Lexicon.Domains, domain => Lexicon.WordsOf(domain).Contains(words[0]));
        bool verbs = prefix[0] == WordExercises.Verbs;
        string good = s_language.Lexicon.Good[0], noun = domain.Nouns[0].Words[0].One, verb = domain.Verbs[0].Words[0];
        string Says(string word) =>
            verbs ? $"the {noun} does {word} a {noun} , so {good} ." : $"the {word} does {verb} a {noun} , so {good} .";
        ParsedText sentences = new(s_language, $"{Says(words[0])} {Says(words[2])}");
        Assert.Equal(sentences.Answer(verbs ? Skill.Paraphrase : Skill.Entailment) ? prefix[^3] : prefix[^1], answer);
    }

    [Fact]
    public void Splits_ShareNoText_AndMoreExamplesOnlyAddToTheEnd()
    {
        LanguageTask task = s_language.Sources[0];
        string[] training =
        [
            .. s_language.Examples(task, LanguageSplit.Training, 1, 2000).Select(static one => one.Text),
        ];
        string[] test = [.. s_language.Examples(task, LanguageSplit.Test, 1, 2000).Select(static one => one.Text)];
        Assert.Empty(training.Intersect(test));
        Assert.Equal(
            training[..32], s_language.Examples(task, LanguageSplit.Training, 1, 32).Select(static one => one.Text));
        Assert.NotEqual(
            training[..32], s_language.Examples(task, LanguageSplit.Training, 2, 32).Select(static one => one.Text));
    }

    [Fact]
    public void Seed_IsAllTheLanguageDependsOn()
    {
        Assert.Equal(s_language.Lexicon.Vocabulary, new InventedLanguage(1).Lexicon.Vocabulary);
        Assert.NotEqual(s_language.Lexicon.Vocabulary, new InventedLanguage(2).Lexicon.Vocabulary);
        Assert.Equal(s_language.Lexicon.Vocabulary.Count, s_language.Lexicon.Vocabulary.Distinct().Count());
    }

    [Fact]
    public void Tokenizer_HasAPieceForEveryWord()
    {
        SentencePieceTokenizer tokenizer = s_language.CreateTokenizer();
        for (ulong i = 0; i < 300; i++)
        {
            string text = i % 2 == 0
                ? s_language.DrawTask(new CounterRandom(9, i)).Text
                : s_language.DrawText(new CounterRandom(9, i));
            int[] ids = tokenizer.Encode(text);
            Assert.DoesNotContain(tokenizer.UnknownId, ids);
            Assert.Equal(text.Split(' ').Length, ids.Length);
            Assert.Equal(text, tokenizer.Decode(ids));
        }
    }

    [Fact]
    public void Declaration_IsOneThatTheLibraryTakes()
    {
        LanguageTask task = s_language.Sources[0].WithUnlikeLabels();
        Assert.Equal(("sentiment", "true or false"), (task.Declaration.Name, $"{task.Labels.Yes} or {task.Labels.No}"));
        Assert.Equal([new TaskLabel("0", "false"), new TaskLabel("1", "true")], task.Declaration.Labels);
        Assert.Equal("sentiment true or false :", task.Prefix);
    }
}
