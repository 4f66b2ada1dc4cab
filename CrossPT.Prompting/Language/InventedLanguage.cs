using CrossPT.Prompting.Tasks;
using CrossPT.Tensors;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Language;

/// <summary>
/// A small invented language with tasks shaped like GLUE's: a function of its seed. Single-sentence skills share one
/// distribution of inputs, pair skills another, so that a text does not say which task it is of; labels are balanced,
/// so that chance is one half.
/// </summary>
/// <remarks>
/// Every skill is left out of one domain in pretraining and in its source: there its target is. All words of that
/// domain are met in the other skills, in exercises about words alone, and in plain text.
/// </remarks>
public sealed class InventedLanguage
{
    /// <summary>
    /// Combinations that are pretrained, so that a model knows what "and" asks for; the target's is not among them.
    /// </summary>
    private static readonly Skill[][] s_combinations =
    [
        [Skill.Sentiment, Skill.Number], [Skill.Acceptability, Skill.Number],
    ];

    private static readonly Skill[] s_targetCombination = [Skill.Sentiment, Skill.Acceptability];

    /// <summary>
    /// Pair skills are learned much later than the others, and combinations need no more than a reminder.
    /// </summary>
    private const int SingleShare = 2, PairShare = 4, CombinationShare = 1;

    /// <summary>One task in so many is an exercise about words.</summary>
    private const int ExerciseEvery = 5;

    // More than the spans of its longest text.
    private const int Sentinels = 8;

    private readonly TaskTexts _texts;
    private readonly LanguageCorpus _corpus;
    private readonly (Skill[] Skills, Domain[] Domains)[] _drawn;

    /// <summary>The language of a seed.</summary>
    public InventedLanguage(long seed)
    {
        Seed = seed;
        Lexicon = new Lexicon((ulong)seed);
        SentenceMaker maker = new(Lexicon);
        (_texts, _corpus) = (new TaskTexts(maker), new LanguageCorpus(Lexicon, maker));
        Sources =
        [
            .. Skills.Pretrained.Select(
                skill => new LanguageTask(skill.NameOf(), [skill], TrainedDomains([skill]), LabelWords.Common)),
        ];
        Targets =
        [
            .. Skills.Pretrained.Select(
                skill => Target($"{skill.NameOf()}-{LeftOut(skill).Name}", [skill], LeftOut(skill), [skill.NameOf()])),
            Target(
                "sentiment-and-acceptability", s_targetCombination, Lexicon.Domains[3],
                [.. s_targetCombination.Select(static skill => skill.NameOf())]),
            Target("order", [Skill.Order], Lexicon.Domains[2], []),
        ];
        _drawn =
        [
            .. Skills.Pretrained.SelectMany(
                skill => Enumerable.Repeat(
                    (new[] { skill }, TrainedDomains([skill])), skill.IsPair() ? PairShare : SingleShare)),
            .. s_combinations.SelectMany(
                skills => Enumerable.Repeat((skills, TrainedDomains(skills)), CombinationShare)),
        ];
    }

    /// <summary>Seed of the whole language.</summary>
    public long Seed { get; }

    /// <summary>Its words.</summary>
    public Lexicon Lexicon { get; }

    /// <summary>A tokenizer whose pieces are its words.</summary>
    public SentencePieceTokenizer CreateTokenizer() => WordTokenizerFile.Create(Lexicon.Vocabulary, Sentinels);

    /// <summary>Writes that tokenizer's <c>tokenizer.json</c>.</summary>
    public void WriteTokenizer(Stream destination) =>
        WordTokenizerFile.Write(destination, Lexicon.Vocabulary, Sentinels);

    /// <summary>One task for each pretrained skill, in all domains it is pretrained in, for source prompts.</summary>
    public IReadOnlyList<LanguageTask> Sources { get; }

    /// <summary>
    /// Every skill in the domain it was left out of, a combination of two that was not pretrained as such, and a skill
    /// that nothing else has.
    /// </summary>
    public IReadOnlyList<LanguageTarget> Targets { get; }

    /// <summary>The domain a skill is left out of.</summary>
    public Domain LeftOut(Skill skill) => Lexicon.Domains[(int)skill % Lexicon.Domains.Count];

    /// <summary>A skill in one domain, for measuring where it was trained and where not.</summary>
    public static LanguageTask TaskOf(Skill skill, Domain domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        return TaskOf($"{skill.NameOf()}-{domain.Name}", [skill], domain);
    }

    /// <summary>
    /// Examples of a task: labels and domains in turn, everything else drawn; more of them only add to the end.
    /// </summary>
    /// <param name="task">The task; its label words do not matter.</param>
    /// <param name="split">Which side of the language's texts.</param>
    /// <param name="seed">Another seed gives other examples.</param>
    /// <param name="count">How many.</param>
    public Example[] Examples(LanguageTask task, LanguageSplit split, ulong seed, int count)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        CounterRandom random = new(seed, RandomStreams.Of($"language {split}", task.Name, (ulong)Seed));
        return [.. Enumerable.Range(0, count)
            .Select(
                i => _texts.Draw(task.Skills, task.Domains[i / 2 % task.Domains.Count], i % 2 == 0, split, random))];
    }

    /// <summary>A text, and its answer, of one of the pretrained tasks.</summary>
    internal (string Text, string Answer) DrawTask(CounterRandom random)
    {
        if (random.NextInt32(ExerciseEvery) == 0) return DrawExercise(random);
        (Skill[] skills, Domain[] domains) = SentenceMaker.Pick(_drawn, random);
        LabelWords labels = skills.Length > 1 || random.NextInt32(3) > 0
            ? LabelWords.Common
            : LabelWords.AlternateOf(skills[0]);
        bool label = SentenceMaker.Flip(random);
        Example example = _texts.Draw(
            skills, SentenceMaker.Pick(domains, random), label, LanguageSplit.Training, random);
        return ($"{LanguageTask.PrefixOf(skills, labels)} {example.Text}", label ? labels.Yes : labels.No);
    }

    /// <summary>A text for span corruption.</summary>
    internal string DrawText(CounterRandom random) => _corpus.Draw(random);

    private (string Text, string Answer) DrawExercise(CounterRandom random)
    {
        LabelWords labels = SentenceMaker.Pick(LabelWords.All, random);
        bool label = SentenceMaker.Flip(random);
        (string name, string text) = WordExercises.Draw(SentenceMaker.Pick(Lexicon.Domains, random), label, random);
        return ($"{LanguageTask.PrefixOf(name, labels)} {text}", label ? labels.Yes : labels.No);
    }

    /// <summary>A skill, or two of which both must answer yes, in one domain.</summary>
    internal static LanguageTask TaskOf(string name, Skill[] skills, Domain domain) =>
        new(name, skills, [domain], LabelWords.Common);

    private static LanguageTarget Target(string name, Skill[] skills, Domain domain, string[] relatives) =>
        new(new LanguageTask(name, skills, [domain], LabelWords.Common), relatives);

    private Domain[] TrainedDomains(Skill[] skills) =>
        [.. Lexicon.Domains.Where(domain => skills.All(skill => LeftOut(skill) != domain))];
}

/// <summary>
/// What a learner is asked about words alone, in every domain: a dictionary as questions. Pretraining has them besides
/// the skills, so that a domain that paraphrase or entailment is left out of has its synonyms and kinds known all the
/// same. They are neither sources nor targets.
/// </summary>
internal static class WordExercises
{
    /// <summary>Two verbs: do they mean the same?</summary>
    public const string Verbs = "synonym";

    /// <summary>Two nouns: is the first one the second, or is that its kind?</summary>
    public const string Nouns = "category";

    /// <summary>An exercise: its name, and two words.</summary>
    public static (string Name, string Text) Draw(Domain domain, bool label, CounterRandom random)
    {
        if (SentenceMaker.Flip(random))
        {
            (string verb, string other) = SentenceMaker.Verbs(domain, label, random);
            return (Verbs, $"{verb} , {other} .");
        }
        (Inflected noun, Inflected second) = SentenceMaker.Subjects(domain, label, random);
        bool many = SentenceMaker.Flip(random);
        return (Nouns, $"{noun.For(many)} , {second.For(many)} .");
    }
}

/// <summary>
/// Plain texts of a domain, for span corruption: two sentences, a sentence and the same in other words, or what words
/// mean. From them a model can learn the words of a domain without a task there.
/// </summary>
internal sealed class LanguageCorpus(Lexicon lexicon, SentenceMaker maker)
{
    private const int MeaningsPerText = 4;

    public string Draw(CounterRandom random)
    {
        while (true)
        {
            Domain domain = SentenceMaker.Pick(lexicon.Domains, random);
            string text = random.NextInt32(3) switch
            {
                0 => maker.PairText(
                    domain, new(SentenceMaker.Flip(random), SentenceMaker.Flip(random), SentenceMaker.Flip(random)),
                    random),
                1 => InOtherWords(domain, random),
                _ => string.Join(' ', Enumerable.Range(0, MeaningsPerText).Select(_ => Meaning(domain, random))),
            };
            if (TaskTexts.SplitOf(text) == LanguageSplit.Training) return text;
        }
    }

    private string InOtherWords(Domain domain, CounterRandom random)
    {
        string pair = maker.PairText(domain, new(SameAction: true, Entails: true, SameMood: true), random);
        return pair.Replace(" . ", " . that is : ", StringComparison.Ordinal);
    }

    private static string Meaning(Domain domain, CounterRandom random)
    {
        NounMeaning noun = SentenceMaker.Pick(domain.Nouns, random);
        VerbMeaning verb = SentenceMaker.Pick(domain.Verbs, random);
        bool many = SentenceMaker.Flip(random);
        string article = many ? "some" : "a";
        int first = random.NextInt32(2);
        return random.NextInt32(3) switch
        {
            0 => $"to {verb.Words[first]} is to {verb.Words[1 - first]} .",
            1 => $"{article} {noun.Words[first].For(many)} is {article} {noun.Words[1 - first].For(many)} .",
            _ => $"{article} {noun.Words[first].For(many)} is a kind of {domain.Kinds[noun.Kind].For(many)} .",
        };
    }
}

/// <summary>Which examples a text may be one of: a text is always on the same side, whatever it is drawn for.</summary>
public enum LanguageSplit
{
    /// <summary>Pretraining, and training of prompts.</summary>
    Training,

    /// <summary>Measuring alone.</summary>
    Test,
}

/// <summary>Draws labelled texts of a skill, or of two at once.</summary>
internal sealed class TaskTexts(SentenceMaker maker)
{
    public Example Draw(
        IReadOnlyList<Skill> skills, Domain domain, bool label, LanguageSplit split, CounterRandom random)
    {
        while (true)
        {
            string text = skills[0].IsPair()
                ? Pair(skills, domain, label, random)
                : Single(skills, domain, label, random);
            if (SplitOf(text) == split) return new Example(text, label ? 1 : 0);
        }
    }

    /// <summary>
    /// One text in four is for measuring. By the middle bits: the lowest of this hash only count odd letters, of which
    /// "not" has some.
    /// </summary>
    public static LanguageSplit SplitOf(string text) =>
        ((RandomStreams.Of("split", text) >> 40) & 3) == 0 ? LanguageSplit.Test : LanguageSplit.Training;

    private string Single(IReadOnlyList<Skill> skills, Domain domain, bool label, CounterRandom random)
    {
        bool Any() => SentenceMaker.Flip(random);
        Dictionary<Skill, bool> fixedFacts = Facts(skills, label, random);
        bool Fact(Skill skill) => fixedFacts.TryGetValue(skill, out bool value) ? value : Any();
        return maker.SingleText(
            domain, new(Fact(Skill.Sentiment), Fact(Skill.Acceptability), Fact(Skill.Number), Fact(Skill.Order)),
            random);
    }

    private string Pair(IReadOnlyList<Skill> skills, Domain domain, bool label, CounterRandom random)
    {
        bool Any() => SentenceMaker.Flip(random);
        Dictionary<Skill, bool> fixedFacts = Facts(skills, label, random);
        bool Fact(Skill skill) => fixedFacts.TryGetValue(skill, out bool value) ? value : Any();
        return maker.PairText(
            domain, new(Fact(Skill.Paraphrase), Fact(Skill.Entailment), Fact(Skill.SameMood)), random);
    }

    /// <summary>
    /// Of two skills a no comes from one of them alone, so that neither by itself answers more than three of four.
    /// </summary>
    private static Dictionary<Skill, bool> Facts(IReadOnlyList<Skill> skills, bool label, CounterRandom random)
    {
        Dictionary<Skill, bool> facts = skills.ToDictionary(static skill => skill, _ => label);
        if (skills.Count > 1 && !label) facts[SentenceMaker.Pick(skills, random)] = true;
        return facts;
    }
}
