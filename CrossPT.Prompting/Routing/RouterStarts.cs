using CrossPT.Prompting.Composition;

namespace CrossPT.Prompting.Routing;

/// <summary>First logits of a task router.</summary>
internal static class RouterStarts
{
    /// <summary>
    /// K·C numbers, task after task. The column of a private prompt starts at 0; with evidence or a file that lacks it, at the task's least logit.
    /// </summary>
    /// <exception cref="ArgumentException">The evidence or the file does not fit tasks and source prompts.</exception>
    public static double[] Create(PromptPlan plan, IReadOnlyList<string> sources, MixingLayout layout)
    {
        RouterSettings settings = plan.Router;
        double[] logits = new double[plan.Tasks.Count * layout.Columns];
        SavedRouter? saved = settings.Start != RouterStart.File
            ? null
            : SavedRouter.Read(settings.File ?? throw new ArgumentException("The router starts from a file, and none is given."));
        if (settings.Start == RouterStart.Evidence) CheckEvidence(plan, sources.Count);
        for (int task = 0; task < plan.Tasks.Count; task++)
        {
            Span<double> row = logits.AsSpan(task * layout.Columns, layout.Columns);
            for (int source = 0; source < sources.Count; source++)
            {
                row[source] = settings.Start switch
                {
                    RouterStart.Bias => sources[source] == plan.Tasks[task] ? settings.Bias : 0,
                    RouterStart.Evidence => plan.Evidence![task][source],
                    RouterStart.File => saved!.Logit(plan.Tasks[task], sources[source]),
                    _ => 0,
                };
            }
            if (!layout.HasPrivate || settings.Start is RouterStart.Zero or RouterStart.Bias) continue;
            double least = double.PositiveInfinity;
            foreach (double logit in row[..sources.Count]) least = Math.Min(least, logit);
            row[^1] = saved?.Find(plan.Tasks[task], RouterTable.PrivateColumn) ?? least;
        }
        return logits;
    }

    private static void CheckEvidence(PromptPlan plan, int sources)
    {
        if (plan.Evidence is not { } evidence) throw new ArgumentException("The router starts from evidence, and none was measured.");
        if (evidence.Count != plan.Tasks.Count || evidence.Any(row => row.Length != sources))
        {
            throw new ArgumentException(
                $"The router starts from evidence [{evidence.Count}, {(evidence.Count == 0 ? 0 : evidence[0].Length)}], "
                + $"expected [{plan.Tasks.Count}, {sources}]: tasks by source prompts.");
        }
        if (evidence.Any(static row => row.Any(static value => !double.IsFinite(value))))
        {
            throw new ArgumentException(
                "The router starts from evidence that is not finite.");
        }
    }
}
