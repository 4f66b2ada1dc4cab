using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;

namespace CrossPT.Prompting.Methods;

/// <summary>
/// Refuses settings that contradict each other, so that no option is silently without effect: each check throws
/// <see cref="ArgumentException"/> for the first contradiction, in one sentence.
/// </summary>
internal static class MethodChecks
{
    /// <summary>Checks of every method; <paramref name="sources"/> are the names of its source prompts.</summary>
    public static void General(PromptPlan plan, IReadOnlyList<string> sources)
    {
        PromptSettings prompt = plan.Prompt;
        if (plan.Tasks.Count == 0) throw new ArgumentException("There are no tasks to build prompts for.");
        CheckNames("task", plan.Tasks);
        CheckNames("source prompt", sources);
        ConfigRecord.Check(prompt, ConfigurationTypes.Default.PromptSettings, "prompt");
        Require(
            Enum.IsDefined(prompt.Composition) && Enum.IsDefined(plan.Router.Kind),
            "an unknown composition or router", "one of those there are");
        Private("private", prompt.Private, plan.Router.Kind != RouterKind.None);
        Require(
            prompt.UpdateRank == 0 || plan.Router.Kind == RouterKind.None,
            "an update of the text's embeddings with a router", "no router, as DePT has it");
    }

    /// <summary>Source prompts under a router.</summary>
    public static void Sources(PromptPlan plan, IReadOnlyList<string> sources)
    {
        SourceSettings settings = plan.Prompt.Sources;
        Require(sources.Count > 0, $"a router of the kind {plan.Router.Kind} and no source prompt", "one at least");
        Require(
            settings.Trained || settings.Form == new FormSettings(),
            $"the form {settings.Form.Form} of source prompts that are not trained", "it where they are trained");
        Require(
            settings.Form.Form != PromptForm.Multiplicative,
            "the form multiplicative of source prompts", "it of private prompts, which share one");
        Require(
            settings.Trained || plan.AnonymousSources.Count == 0,
            $"{plan.AnonymousSources.Count} anonymous source prompts that are not trained",
            "trained ones, for these would stay random");
        Require(
            settings.Form.Form != PromptForm.Mlp || plan.Sources.Count == 0,
            $"{plan.Sources.Count} loaded source prompts with the form mlp",
            "full, lowRank or residualMlp, for nothing of them would come through the perceptron");
        Require(
            !sources.Contains(RouterTable.PrivateColumn),
            $"a source prompt named '{RouterTable.PrivateColumn}'",
            "another name, which the column of private prompts has");
    }

    /// <summary>Checks of the methods without a router.</summary>
    public static void WithoutRouter(PromptPlan plan)
    {
        PromptSettings prompt = plan.Prompt;
        Require(
            prompt.Private.Role == PrivateRole.Added,
            $"the role {prompt.Private.Role} of private prompts without a router", "added, for nothing else is there");
        Require(
            prompt.Composition == CompositionKind.Average,
            $"the composition {prompt.Composition} without a router", "a router");
        Require(!prompt.Sources.Trained, "source prompts that are trained without a router", "a router");
        Require(prompt.Target is null, "a second own prompt without a router", "a router");
    }

    /// <summary>DePT's update of the text's embeddings.</summary>
    public static void Updates(PromptPlan plan)
        => Require(plan.TextLength >= 1, $"an update of texts of {plan.TextLength} tokens", "1 at least");

    /// <summary>CrossPT's composition and its router by task.</summary>
    public static void CrossPt(PromptPlan plan, IReadOnlyList<string> sources)
    {
        (PromptSettings prompt, RouterSettings router) = (plan.Prompt, plan.Router);
        PrivateRole role = prompt.Private.Role;
        if (prompt.Target is { } target)
        {
            Require(target.Role == PrivateRole.Added, $"the role {target.Role} of the second own prompt", "added");
            Require(role != PrivateRole.None, "a second own prompt without a private one", "the private one alone");
            Private("second own", target, hasOther: true);
        }
        int columns = sources.Count + (role == PrivateRole.Column ? 1 : 0);
        bool whole = prompt.Composition is CompositionKind.Sum or CompositionKind.Product;
        bool pool = prompt.Composition is CompositionKind.MeanPool or CompositionKind.MaxPool;
        Require(
            !whole || role == PrivateRole.Column,
            $"the composition {prompt.Composition} with private prompts of the role {role}", "the role column");
        Require(
            router.TopK >= 0 && router.TopK <= columns,
            $"the {router.TopK} largest of {columns} columns", $"0 to {columns}");
        Require(
            router.TopK == 0 || !(whole || pool),
            $"the {router.TopK} largest columns with the composition {prompt.Composition}, which takes all",
            "average or concatenation");
        Require(
            router.Start != RouterStart.Bias || plan.Tasks.Any(sources.Contains),
            "a bias on source prompts of the tasks' own names",
            $"one of {string.Join(", ", plan.Tasks)} among the sources");
        if (router.Start != RouterStart.Trials) return;
        Trials(prompt, router);
        Require(
            plan.Sources.All(static one => one.Name != SourcePrompt.NullName || one.RootMeanSquare == 0),
            $"a source prompt named '{SourcePrompt.NullName}'", "another name, which the null column has");
    }

    /// <summary>Trials are of prompts Σ a·P + P_k with weights a of a softmax.</summary>
    private static void Trials(PromptSettings prompt, RouterSettings router)
    {
        const string start = "a router that starts from trials";
        bool isSum = prompt.Private is
            { Role: PrivateRole.Added, Combination: PromptCombination.Sum, Share: ShareKind.Whole };
        Require(
            isSum && prompt.Composition == CompositionKind.Average && prompt.Target is null,
            $"{start} and another composition than the average of the sources plus a private prompt",
            "that one, or the start evidence");
        Require(
            router is { Mode: RouterMode.ConsistentSoftmax, Temperature: 1, TopK: 0, Threshold: null },
            $"{start} in the mode {router.Mode} with a temperature, topK or a threshold",
            "the mode consistent-softmax without them, or the start evidence");
        Require(
            !prompt.Sources.Trained, $"{start} and source prompts that are trained",
            "frozen ones, or the start evidence");
        PromptForm form = prompt.Private.Form.Form;
        Require(
            form is PromptForm.Full or PromptForm.LowRank or PromptForm.ResidualMlp,
            $"{start} and private prompts of the form {form}", "full, lowRank or residualMlp, or the start evidence");
        Require(
            prompt.Private.Start.Kind == PromptStart.Zero || prompt.Private.Start.Kind == PromptStart.Tuned,
            $"{start} and private prompts that start from {prompt.Private.Start.Kind}", "zero, or the start evidence");
    }

    /// <summary>ATTEMPT's composition and its router.</summary>
    public static void Attempt(PromptPlan plan)
    {
        (PromptSettings prompt, RouterSettings router) = (plan.Prompt, plan.Router);
        RouterSettings plain = new()
        {
            Kind = router.Kind,
            Bottleneck = router.Bottleneck,
            AttemptTemperature = router.AttemptTemperature,
            Trained = router.Trained,
        };
        Require(
            router == plain, $"settings of task logits with a router of the kind {router.Kind}",
            "a router of the kind task");
        Require(
            prompt.Composition == CompositionKind.Average,
            $"the composition {prompt.Composition} with ATTEMPT's router", "average");
        Require(
            prompt.Private is { Role: PrivateRole.Added, Combination: PromptCombination.Sum, Share: ShareKind.Whole },
            $"private prompts of the role {prompt.Private.Role}, the combination {prompt.Private.Combination} and the "
            + $"share {prompt.Private.Share} with ATTEMPT's router", "added, sum and whole");
        Require(prompt.Target is null, "a second own prompt with ATTEMPT's router", "the private one alone");
        Require(router.Bottleneck >= 1, $"a bottleneck of {router.Bottleneck}", "1 at least");
        Require(
            router.AttemptTemperature is null or > 0,
            $"a temperature of {router.AttemptTemperature} for ATTEMPT's router", "above 0");
    }

    private static void Private(string what, PrivateSettings settings, bool hasOther)
    {
        Require(
            settings.Role != PrivateRole.None || settings == new PrivateSettings { Role = PrivateRole.None },
            $"settings of {what} prompts whose role is none", "a role");
        Require(
            settings.Form.Form != PromptForm.Mlp || settings.Start.Kind is not (PromptStart.File or PromptStart.Source),
            $"{what} prompts that start from a {settings.Start.Kind} with the form mlp",
            "full, lowRank or residualMlp, for nothing of it would come through the perceptron");
        bool isPlain = settings is { Share: ShareKind.Whole, Combination: PromptCombination.Sum };
        Require(
            isPlain || (settings.Role == PrivateRole.Added && hasOther),
            $"the share {settings.Share} and the combination {settings.Combination} of {what} prompts that are not "
            + "added to anything", "whole and sum");
        Require(
            settings.Share == ShareKind.Fixed || settings.FixedShare == new PrivateSettings().FixedShare,
            $"a fixed share of {settings.FixedShare} with the share {settings.Share}", "fixed");
        Require(settings.FixedShare is >= 0 and <= 1, $"a share of {settings.FixedShare}", "0 to 1");
    }

    private static void CheckNames(string what, IReadOnlyList<string> names)
    {
        if (names.GroupBy(static name => name).FirstOrDefault(static group => group.Count() > 1) is { } repeated)
            throw new ArgumentException($"The {what} '{repeated.Key}' is there twice, expected names of their own.");
    }

    private static void Require(bool holds, string found, string expected)
    {
        if (!holds) throw new ArgumentException($"The prompts have {found}, expected {expected}.");
    }
}
