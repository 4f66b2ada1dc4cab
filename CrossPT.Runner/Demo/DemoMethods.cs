using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;

namespace CrossPT.Runner.Demo;

/// <summary>The methods of the demo, every one of the same few examples, steps and trials.</summary>
internal static class DemoMethods
{
    /// <summary>Updates of every method but those that say otherwise.</summary>
    public const int Steps = 100;

    /// <summary>Examples of each task in a step.</summary>
    public const int Batch = 8;

    public const string PlainKey = "pt";
    public const string ZeroShotKey = "zero-shot";
    public const string SpotKey = "spot";
    public const string EvidenceKey = "crosspt-evidence";
    public const string ZeroKey = "crosspt-zero";

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
    ];

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
