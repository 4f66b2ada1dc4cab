using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;

namespace CrossPT.Prompting.Composition;

/// <summary>Refuses settings that contradict each other, so that no option is silently without effect.</summary>
internal static class PromptPlanChecks
{
    /// <summary>Checks a plan whose router has <paramref name="sources"/> source prompts.</summary>
    /// <exception cref="ArgumentException">The first contradiction, in one sentence.</exception>
    public static void Run(PromptPlan plan, IReadOnlyList<string> sources)
    {
        PromptSettings prompt = plan.Prompt;
        if (plan.Tasks.Count == 0) throw new ArgumentException("There are no tasks to build prompts for.");
        if (Repeated(plan.Tasks) is { } task) throw new ArgumentException($"The task '{task}' is there twice, expected names of their own.");
        if (Repeated(sources) is { } source) throw new ArgumentException($"The source prompt '{source}' is there twice, expected names of their own.");
        Require(prompt.Length is null or >= 1, $"prompts of {prompt.Length} rows", "1 at least");
        Require(
            Enum.IsDefined(prompt.Composition) && Enum.IsDefined(plan.Router.Kind),
            "an unknown composition or router", "one of those there are");
        Sources(plan, sources);
        Private("private", prompt.Private, plan.Router.Kind != RouterKind.None);
        if (prompt.Target is { } target)
        {
            Require(target.Role == PrivateRole.Added, $"the role {target.Role} of the second own prompt", "added");
            Require(prompt.Private.Role != PrivateRole.None, "a second own prompt without a private one", "the private one alone");
            Private("second own", target, hasOther: true);
        }
        if (plan.Router.Kind == RouterKind.None) NoRouter(prompt);
        else Routed(plan, sources);
        Require(prompt.UpdateRank >= 0, $"an update of the text's embeddings of rank {prompt.UpdateRank}", "0 at least");
        Require(prompt.UpdateRank == 0 || plan.TextLength >= 1, $"an update of texts of {plan.TextLength} tokens", "1 at least");
    }

    /// <summary>Checks a form's own settings.</summary>
    /// <exception cref="ArgumentException">One has no effect or is out of range.</exception>
    public static void Form(string what, FormSettings form)
    {
        bool perceptron = form.Form is PromptForm.Mlp or PromptForm.ResidualMlp, ranked = form.Form is PromptForm.LowRank or PromptForm.Multiplicative;
        Require(
            ranked || form.Rank is null,
            $"a rank of {form.Rank} with the form {form.Form} of the {what} prompts", "lowRank or multiplicative with a rank");
        Require(perceptron || (form.Hidden is null && form.Layers == 1 && form.Activation == PromptActivation.Relu),
            $"a perceptron's settings with the form {form.Form} of the {what} prompts", "mlp or residualMlp with them");
        Require(form.Layers is 1 or 2, $"{form.Layers} hidden layers of the {what} prompts", "1 or 2");
        Require(form.Hidden is null or >= 1, $"a hidden layer {form.Hidden} wide of the {what} prompts", "1 at least");
    }

    private static void Sources(PromptPlan plan, IReadOnlyList<string> sources)
    {
        SourceSettings settings = plan.Prompt.Sources;
        Form("source", settings.Form);
        Require(
            settings.Trained || settings.Form == new FormSettings(),
            $"the form {settings.Form.Form} of source prompts that are not trained", "it where they are trained");
        Require(
            settings.Form.Form != PromptForm.Multiplicative,
            "the form multiplicative of source prompts", "it of private prompts, which share one");
        Require(
            settings.Trained || plan.AnonymousSources.Count == 0,
            $"{plan.AnonymousSources.Count} anonymous source prompts that are not trained", "trained ones, for these would stay random");
        Require(settings.Form.Form != PromptForm.Mlp || plan.Sources.Count == 0,
            $"{plan.Sources.Count} loaded source prompts with the form mlp",
            "full, lowRank or residualMlp, for nothing of them would come through the perceptron");
        Require(
            !sources.Contains(RouterTable.PrivateColumn),
            $"a source prompt named '{RouterTable.PrivateColumn}'", "another name, which the column of private prompts has");
    }

    private static void Private(string what, PrivateSettings settings, bool hasOther)
    {
        Form(what, settings.Form);
        Require(
            settings.Role != PrivateRole.None || settings == new PrivateSettings { Role = PrivateRole.None },
            $"settings of {what} prompts whose role is none", "a role");
        Require(settings.Form.Form != PromptForm.Mlp || settings.Start.Kind is not (PromptStart.File or PromptStart.Source),
            $"{what} prompts that start from a {settings.Start.Kind} with the form mlp",
            "full, lowRank or residualMlp, for nothing of it would come through the perceptron");
        Require(
            (settings.Role == PrivateRole.Added && hasOther) || (settings.Share == ShareKind.Whole && settings.Combination == PromptCombination.Sum),
            $"the share {settings.Share} and the combination {settings.Combination} of {what} prompts that are not added to anything", "whole and sum");
        Require(
            settings.Share == ShareKind.Fixed || settings.FixedShare == new PrivateSettings().FixedShare,
            $"a fixed share of {settings.FixedShare} with the share {settings.Share}", "fixed");
        Require(settings.FixedShare is >= 0 and <= 1, $"a share of {settings.FixedShare}", "0 to 1");
    }

    private static void NoRouter(PromptSettings prompt)
    {
        Require(
            prompt.Private.Role == PrivateRole.Added,
            $"the role {prompt.Private.Role} of private prompts without a router", "added, for nothing else is there");
        Require(prompt.Composition == CompositionKind.Average, $"the composition {prompt.Composition} without a router", "a router");
        Require(!prompt.Sources.Trained, "source prompts that are trained without a router", "a router");
    }

    private static void Routed(PromptPlan plan, IReadOnlyList<string> sources)
    {
        (PromptSettings prompt, RouterSettings router) = (plan.Prompt, plan.Router);
        int columns = sources.Count + (prompt.Private.Role == PrivateRole.Column ? 1 : 0);
        Require(sources.Count > 0, $"a router of the kind {router.Kind} and no source prompt", "one at least");
        bool whole = prompt.Composition is CompositionKind.Sum or CompositionKind.Product;
        bool pool = prompt.Composition is CompositionKind.MeanPool or CompositionKind.MaxPool;
        Require(
            !whole || prompt.Private.Role == PrivateRole.Column,
            $"the composition {prompt.Composition} with private prompts of the role {prompt.Private.Role}", "the role column");
        Require(router.TopK >= 0 && router.TopK <= columns, $"the {router.TopK} largest of {columns} columns", $"0 to {columns}");
        Require(
            router.TopK == 0 || !(whole || pool),
            $"the {router.TopK} largest columns with the composition {prompt.Composition}, which takes all", "average or concatenation");
        Require(
            router.Start != RouterStart.Bias || plan.Tasks.Any(sources.Contains),
            "a bias on source prompts of the tasks' own names", $"one of {string.Join(", ", plan.Tasks)} among the sources");
        if (router.Kind == RouterKind.Task) return;
        RouterSettings plain = new()
        {
            Kind = router.Kind, Bottleneck = router.Bottleneck, AttemptTemperature = router.AttemptTemperature, Trained = router.Trained,
        };
        Require(router == plain, $"settings of task logits with a router of the kind {router.Kind}", "a router of the kind task");
        if (router.Kind != RouterKind.Attempt) return;
        Require(prompt.Composition == CompositionKind.Average, $"the composition {prompt.Composition} with ATTEMPT's router", "average");
        Require(router.Bottleneck >= 1, $"a bottleneck of {router.Bottleneck}", "1 at least");
        Require(router.AttemptTemperature is null or > 0, $"a temperature of {router.AttemptTemperature} for ATTEMPT's router", "above 0");
    }

    private static void Require(bool holds, string found, string expected)
    {
        if (!holds) throw new ArgumentException($"The prompts have {found}, expected {expected}.");
    }

    private static string? Repeated(IReadOnlyList<string> names) => names.GroupBy(static name => name).FirstOrDefault(static group => group.Count() > 1)?.Key;
}
