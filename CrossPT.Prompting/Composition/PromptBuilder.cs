using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Prompts.Forms;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Routing.Attempt;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Composition;

/// <summary>Builds target prompts from settings.</summary>
public static class PromptBuilder
{
    /// <summary>Prompts as they are before training: a function of the plan alone.</summary>
    /// <exception cref="ArgumentException">Settings contradict each other, or a size does not fit; the message names both.</exception>
    /// <exception cref="IOException">A file to start from is missing or broken.</exception>
    public static PromptGraph Build(PromptPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        string[] names = [.. plan.Sources.Select(static source => source.Name), .. plan.AnonymousSources];
        PromptPlanChecks.Run(plan, names);
        return Create(plan, names, null);
    }

    /// <summary>Frozen prompts from what <see cref="PromptGraph.Parts"/> gave: they compose to the same bits.</summary>
    /// <param name="plan">The settings they were built with; its sources are not read.</param>
    /// <param name="sourceNames">Names of the source prompts, in their order.</param>
    /// <param name="parts">The parts by name, of the back end's compute type; they stay the caller's.</param>
    /// <exception cref="ArgumentException">A part is missing or of another size.</exception>
    public static PromptGraph Recompose(PromptPlan plan, IReadOnlyList<string> sourceNames, IReadOnlyDictionary<string, Tensor> parts)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(sourceNames);
        ArgumentNullException.ThrowIfNull(parts);
        // Logits that are there start nowhere: the source prompt of a task's own may have been removed since.
        RouterSettings router = plan.Router.Kind == RouterKind.Task ? plan.Router with { Start = RouterStart.Zero } : plan.Router;
        PromptPlanChecks.Run(plan with { Sources = [], AnonymousSources = [], Router = router }, sourceNames);
        return Create(plan, [.. sourceNames], new SavedParts(parts, plan.Model.Backend.ComputeType));
    }

    private static PromptGraph Create(PromptPlan plan, string[] sourceNames, SavedParts? parts)
    {
        PromptRowsBuilder rows = new(plan, sourceNames, parts);
        try
        {
            return new PromptGraph(CreateParts(plan, sourceNames, parts, rows));
        }
        catch
        {
            foreach (IDisposable made in rows.Made) made.Dispose();
            throw;
        }
    }

    private static PromptGraphParts CreateParts(PromptPlan plan, string[] sourceNames, SavedParts? parts, PromptRowsBuilder rows)
    {
        PromptSettings prompt = plan.Prompt;
        bool routed = plan.Router.Kind != RouterKind.None;
        bool column = prompt.Private.Role == PrivateRole.Column, isAdded = prompt.Private.Role == PrivateRole.Added;
        // ATTEMPT's target prompt is a candidate and is added once more.
        bool both = plan.Router.Kind == RouterKind.Attempt && isAdded;
        MixingLayout? layout = routed ? LayoutOf(plan, sourceNames.Length, column || both) : null;
        IPromptRows[] sources = routed ? rows.CreateSources(sourceNames) : [];
        int composed = layout is null ? 0 : rows.Length * layout.LengthFactor;
        AddedPrompts? added = isAdded ? rows.CreateAdded(prompt.Private, "private", ParameterRole.Private, composed) : null;
        composed = added?.LengthWith(composed) ?? composed;
        return new PromptGraphParts
        {
            Tasks = [.. plan.Tasks],
            Position = prompt.Position,
            Width = plan.Model.Config.ModelWidth,
            SourceNames = routed ? sourceNames : [],
            Sources = sources,
            Columns = column ? rows.CreateOwn(prompt.Private, "private", ParameterRole.Private, rows.Length) : null,
            Layout = layout,
            Private = added,
            PrivateIsColumn = both,
            Target = prompt.Target is null ? null : rows.CreateAdded(prompt.Target, "added", ParameterRole.Target, composed),
            Updates = prompt.UpdateRank == 0 ? null : rows.CreateUpdates(),
            Shared = rows.Shared,
            Router = layout is null ? null : CreateRouter(plan, sourceNames, layout, parts, rows),
            Warnings = plan.Router.Kind == RouterKind.Task && Annealing.Warning(plan.Router, plan.Steps) is { } warning ? [warning] : [],
        };
    }

    private static MixingLayout LayoutOf(PromptPlan plan, int sources, bool hasPrivate)
    {
        int columns = sources + (hasPrivate ? 1 : 0);
        return new MixingLayout(plan.Prompt.Composition, sources, plan.Tasks.Count, hasPrivate, plan.Router.TopK == 0 ? columns : plan.Router.TopK);
    }

    private static IPromptRouter CreateRouter(PromptPlan plan, string[] sourceNames, MixingLayout layout, SavedParts? parts, PromptRowsBuilder rows)
    {
        (RouterSettings settings, IBackend backend, int width) = (plan.Router, plan.Model.Backend, plan.Model.Config.ModelWidth);
        int tasks = plan.Tasks.Count, r = settings.Bottleneck;
        switch (settings.Kind)
        {
            case RouterKind.Uniform:
                return new UniformRouter(layout);
            case RouterKind.Attempt when parts is null:
                return rows.Keep(new AttemptMixer(settings, layout.Sources, layout.HasPrivate, rows.Length, width, backend, plan.Seed));
            case RouterKind.Attempt:
                return rows.Keep(new AttemptMixer(
                    settings, layout.Sources, layout.HasPrivate, rows.Length, trained: false, parts.Share(AttemptMixer.DownName, r, width),
                    parts.Share(AttemptMixer.UpName, width, r), parts.Share(AttemptMixer.NormWeightName, width),
                    parts.Share(AttemptMixer.NormBiasName, width)));
            default:
                Tensor logits = parts is null
                    ? HostTensor.Create(backend, RouterStarts.Create(plan, sourceNames, layout), tasks, layout.Columns)
                    : parts.Share(TaskRouter.LogitsName, tasks, layout.Columns);
                return rows.Keep(new TaskRouter(settings, layout, plan.Tasks, logits, settings.Trained && parts is null, plan.Steps));
        }
    }
}
