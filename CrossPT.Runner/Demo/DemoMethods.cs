using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;

namespace CrossPT.Runner.Demo;

/// <summary>The methods of the demo, every one of the same few examples, steps and trials.</summary>
internal static class DemoMethods
{
    /// <summary>Updates of every method but those that say otherwise.</summary>
    public const int Steps = 100;

    /// <summary>
    /// Steps that have the passes of a method with trials: its own, those of five trials, and the evidence, 672 forward
    /// rows of which three are counted as one forward and backward.
    /// </summary>
    public const int EqualSteps = 280;

    /// <summary>Examples of each task in a step.</summary>
    public const int Batch = 8;

    public const string PlainKey = "pt";
    public const string ZeroShotKey = "zero-shot";
    public const string SpotKey = "spot";
    public const string EvidenceKey = "crosspt-evidence";
    public const string ZeroKey = "crosspt-zero";
    public const string TrialsKey = "crosspt-trials";

    private static readonly RouterSettings s_none = new() { Kind = RouterKind.None };

    // The first of each is the best of them on development seeds and a validation split, which demo --trials shows.
    private static readonly (double, double)[] s_small = [(0.1, 0), (0.3, 0), (1, 0)];
    private static readonly (double, double)[] s_middle = [(0.3, 0), (0.1, 0), (1, 0)];
    private static readonly (double, double)[] s_large = [(1, 0), (0.3, 0), (0.1, 0)];

    private static readonly PromptSettings s_vocabulary = Prompt(
        new StartSettings { Kind = PromptStart.Vocabulary }, SourceScale.None);

    private static readonly PromptSettings s_given = Prompt(
        new StartSettings { Kind = PromptStart.Tuned }, SourceScale.None);

    private static readonly PromptSettings s_added = Prompt(
        new StartSettings { Kind = PromptStart.Zero }, SourceScale.Mean);

    private static readonly PromptSettings s_whole = Prompt(
        new StartSettings { Kind = PromptStart.Zero }, SourceScale.None);

    /// <summary>All of them, in the order of the table.</summary>
    public static IReadOnlyList<DemoMethod> All { get; } =
    [
        new(PlainKey, "prompt tuning (PT)", s_vocabulary, s_none, s_large),
        new("pt-double", "PT, twice the steps", s_vocabulary, s_none, s_middle) { Steps = 2 * Steps },
        new("pi", "PI: PT, then tuned on", s_given, s_none, s_large) { Start = DemoStart.TunedPrompt },
        new(ZeroShotKey, "best source, zero-shot", s_given, s_none, (0, 0)) { Steps = 0, Start = DemoStart.BestSource },
        new(SpotKey, "SPoT, source by loss", s_given, s_none, s_small) { Start = DemoStart.BestSource },
        new("spot-wrong", "SPoT, a wrong source", s_given, s_none, s_middle) { Start = DemoStart.WrongSource },
        new(
            "attempt", "ATTEMPT",
            Prompt(new StartSettings { Kind = PromptStart.Source, Source = StartSettings.First }, SourceScale.None),
            new RouterSettings { Kind = RouterKind.Attempt }, (0.3, 0.3), (0.1, 0.1), (1, 1)) { SeedsApart = true },
        new(ZeroKey, "CrossPT, router from zero", s_added, new RouterSettings(), (0.1, 0.3), (0.1, 0.5), (0.3, 0.5)),
        new(
            EvidenceKey, "CrossPT, from evidence", s_added, new RouterSettings { Start = RouterStart.Evidence },
            (0.1, 0.5), (0.1, 0.3), (0.3, 0.3)),
        new(
            "crosspt-low-rank", "CrossPT low-rank, evidence", LowRank(),
            new RouterSettings { Start = RouterStart.Evidence }, (0.3, 0.3), (0.1, 0.3), (0.03, 0.3)),
        new(
            TrialsKey, "CrossPT, from trials", s_whole, new RouterSettings { Start = RouterStart.Trials },
            (0.1, 0.1), (0.1, 0.3), (0.3, 0.1)),
    ];

    /// <summary>
    /// What a comparison over draws of sources runs: PT and SPoT also with the steps that the trials of
    /// <see cref="TrialsKey"/> and its evidence would buy.
    /// </summary>
    public static IReadOnlyList<DemoMethod> Compared { get; } =
    [
        Find(PlainKey),
        Find(PlainKey) with { Key = "pt-equal", Title = "PT, equal passes", Steps = EqualSteps },
        Find(SpotKey),
        Find(SpotKey) with { Key = "spot-equal", Title = "SPoT, equal passes", Steps = EqualSteps },
        Find("attempt"), Find(EvidenceKey), Find(TrialsKey),
    ];

    /// <summary>The fewer that other worlds are run with.</summary>
    public static IReadOnlyList<DemoMethod> ComparedToSpot { get; } =
        [.. Compared.Where(static method => method.Key is PlainKey or SpotKey or "spot-equal" or TrialsKey)];

    /// <summary>A method by its key.</summary>
    public static DemoMethod Find(string key) => All.First(method => method.Key == key);

    private static PromptSettings Prompt(StartSettings start, SourceScale scale) => new()
    {
        Length = DemoSources.Length,
        Sources = new SourceSettings { Scale = scale },
        Private = new PrivateSettings { Start = start },
    };

    private static PromptSettings LowRank() =>
        s_added with
        {
            Private = s_added.Private with { Form = new FormSettings { Form = PromptForm.LowRank, Rank = 2 } },
        };
}
