using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Language;

/// <summary>
/// The invented language as a data set: tasks that a configuration names <c>demo/…</c>, with rows that are drawn and
/// not read.
/// </summary>
/// <remarks>
/// <c>demo/sentiment</c> is a skill in all domains it was pretrained in; <c>demo/sentiment-farm</c> in one domain;
/// <c>demo/sentiment-and-number-farm</c> two skills of which both must answer yes;
/// <c>demo/sentiment-and-acceptability</c> and <c>demo/order</c> are the targets that have two relatives and none.
/// </remarks>
internal static class LanguageTasks
{
    /// <summary>Prefix of their names.</summary>
    public const string Prefix = "demo/";

    /// <summary>
    /// Rows that shots are drawn from, that settings may be chosen by, and that are kept for the end.
    /// </summary>
    public const int TrainingRows = 2000, ValidationRows = 500, TestRows = 1000;

    // The language of the model that comes with the program.
    private const long Seed = 1;

    // Of the drawn rows: none that anything else draws.
    private const ulong TrainingSeed = 6_000_001, ValidationSeed = 7_000_001, TestSeed = 8_000_001;

    private const string And = "-and-";

    private static readonly Lazy<InventedLanguage> s_language = new(static () => new InventedLanguage(Seed));

    /// <summary>The names there are, for messages.</summary>
    public static string Expected
    {
        get
        {
            string skills = string.Join(", ", Enum.GetValues<Skill>().Select(static skill => skill.NameOf()));
            string domains = string.Join(", ", Language.Lexicon.Domains.Select(static domain => domain.Name));
            return $"{Prefix}SKILL, {Prefix}SKILL-DOMAIN or {Prefix}SKILL-and-SKILL-DOMAIN, with skills of one kind "
                + $"among {skills} and the domains {domains}";
        }
    }

    private static InventedLanguage Language => s_language.Value;

    /// <summary>Whether a name is meant for the language, whether or not there is such a task.</summary>
    public static bool IsMeant(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The declaration of a task, under its whole name; null where there is none.</summary>
    public static TaskDeclaration? Find(string name) =>
        TaskOf(name) is not { } task ? null : task.Declaration.WithName(name) with
    {
        Instruction = task.Prefix,
        Maps = LanguageLabelMaps.Of(task, Language.Lexicon)
            .ToDictionary(
                static map => map.Name,
                static map => (IReadOnlyDictionary<string, string>)new Dictionary<string, string>
                {
                    ["0"] = map.Words.No,
                    ["1"] = map.Words.Yes,
                }),
        Splits = SplitRule.Files,
    };

    /// <summary>The rows of a part of a task: the same whenever they are asked for.</summary>
    public static IReadOnlyList<Example> Rows(string name, TaskPart part)
    {
        LanguageTask task =
            TaskOf(name) ?? throw new ArgumentException($"There is no task '{name}', only {Expected}.", nameof(name));
        return part switch
        {
            TaskPart.Train => Language.Examples(task, LanguageSplit.Training, TrainingSeed, TrainingRows),
            TaskPart.Validation => Language.Examples(task, LanguageSplit.Training, ValidationSeed, ValidationRows),
            _ => Language.Examples(task, LanguageSplit.Test, TestSeed, TestRows),
        };
    }

    private static LanguageTask? TaskOf(string name)
    {
        if (!IsMeant(name)) return null;
        string own = name[Prefix.Length..];
        LanguageTask? known = Language.Sources.Concat(Language.Targets.Select(static target => target.Task))
            .FirstOrDefault(task => task.Name == own);
        if (known is not null) return known;
        Domain? domain = Language.Lexicon.Domains.FirstOrDefault(
            one => own.EndsWith($"-{one.Name}", StringComparison.Ordinal));
        if (domain is null) return null;
        Skill[]? skills = SkillsOf(own[..^(domain.Name.Length + 1)]);
        return skills is null ? null : InventedLanguage.TaskOf(own, skills, domain);
    }

    /// <summary>One skill, or two unlike ones about the same kind of text.</summary>
    private static Skill[]? SkillsOf(string text)
    {
        Dictionary<string, Skill> byName = Enum.GetValues<Skill>().ToDictionary(static skill => skill.NameOf());
        string[] names = text.Split(And);
        if (names.Length > 2 || names.Distinct().Count() < names.Length || !names.All(byName.ContainsKey)) return null;
        Skill[] skills = Array.ConvertAll(names, name => byName[name]);
        return skills.All(skill => skill.IsPair() == skills[0].IsPair()) ? skills : null;
    }
}

/// <summary>
/// Other words for the labels of the language's tasks, level by level as the label-semantics study takes them: all of
/// them single words that the model has an embedding of.
/// </summary>
internal static class LanguageLabelMaps
{
    /// <summary>The words of a task by the map's name.</summary>
    public static IReadOnlyList<(string Name, LabelWords Words)> Of(LanguageTask task, Lexicon lexicon) =>
    [
        // The second words the skill was pretrained with: they mean the same there.
        ("synonyms", LabelWords.AlternateOf(task.Skills[0])),
        // Answers of other skills alone.
        ("unlike", LabelWords.UnlikeOf(task.Skills[0])),
        // The language has no digits, but words for one and for many.
        ("digits", new LabelWords("some", "a")),
        ("distinct", Distinct(task.Skills, task.Domains[0])),
        ("gen", Nonsense(lexicon.Domains.First(domain => !task.Domains.Contains(domain)))),
    ];

    /// <summary>Words of the task's own domain that no other task there has for labels.</summary>
    private static LabelWords Distinct(IReadOnlyList<Skill> skills, Domain domain)
    {
        // Of one skill a verb and a noun in the singular, of two a plural of each: nouns and verbs have two synonyms
        // for as many skills as there are.
        if (skills.Count > 1) return new LabelWords(NounOf(skills[0]).Many, NounOf(skills[1]).Many);
        (int round, int place) = Math.DivRem((int)skills[0], domain.Verbs.Count);
        return new LabelWords(domain.Verbs[place].Words[round], NounOf(skills[0]).One);

        Inflected NounOf(Skill skill)
        {
            (int round, int place) = Math.DivRem((int)skill, domain.Nouns.Count);
            return domain.Nouns[place].Words[round];
        }
    }

    /// <summary>Words of a domain that the task is not about, which answer nothing anywhere.</summary>
    private static LabelWords Nonsense(Domain domain) => new(domain.Verbs[0].Words[0], domain.Nouns[0].Words[0].One);
}

/// <summary>Rows of a task of the invented language, drawn; a file that the settings name goes before.</summary>
internal sealed class LanguageTaskReader(TaskSettings settings, TaskDeclaration task) : ITaskReader
{
    /// <inheritdoc/>
    public TaskRows? Read(TaskPart part) => settings.FileOf(part) is { } own
        ? TaskData.Read(TaskData.LocationOf(own, task), task)
        : new TaskRows(settings.Name, LanguageTasks.Rows(settings.Name, part), 0, 0);

    /// <inheritdoc/>
    public TaskDataException Missing(TaskPart part) => new(settings.Name, $"has no {part} rows, expected some");
}
