namespace CrossPT.Prompting.Routing;

/// <summary>First logits of a task router.</summary>
internal static class RouterStarts
{
    /// <summary>
    /// Logits [K][C]. The column of a private prompt starts at 0; with evidence or a file that lacks it, at the task's
    /// least logit.
    /// </summary>
    /// <param name="settings">What the logits start from.</param>
    /// <param name="tasks">Names of the K tasks.</param>
    /// <param name="sources">Names of the S source prompts.</param>
    /// <param name="hasPrivate">Whether there is a column of private prompts.</param>
    /// <param name="evidence">
    /// The logits [K][S] of <see cref="RouterStart.Evidence"/> or <see cref="RouterStart.Trials"/>.
    /// </param>
    /// <exception cref="ArgumentException">The evidence or the file does not fit tasks and source prompts.</exception>
    public static double[][] Create(
        RouterSettings settings, IReadOnlyList<string> tasks, IReadOnlyList<string> sources, bool hasPrivate,
        IReadOnlyList<double[]>? evidence)
    {
        SavedLogits? saved = settings.Start == RouterStart.File ? SavedLogits.Read(settings.File) : null;
        if (settings.Start is RouterStart.Evidence or RouterStart.Trials)
            CheckEvidence(evidence, tasks.Count, sources.Count);
        double[][] logits = new double[tasks.Count][];
        for (int task = 0; task < logits.Length; task++)
        {
            double[] row = new double[sources.Count];
            for (int source = 0; source < row.Length; source++)
            {
                row[source] = settings.Start switch
                {
                    RouterStart.Bias => sources[source] == tasks[task] ? settings.Bias : 0,
                    RouterStart.Evidence or RouterStart.Trials => evidence![task][source],
                    RouterStart.File => saved!.Logit(tasks[task], sources[source]),
                    _ => 0,
                };
            }
            logits[task] = hasPrivate ? [.. row, Private(tasks[task], row)] : row;
        }
        return logits;

        double Private(string task, double[] row) => settings.Start is RouterStart.Zero or RouterStart.Bias
            ? 0
            : saved?.Find(task, RouterTable.PrivateColumn) ?? row.Min();
    }

    private static void CheckEvidence(IReadOnlyList<double[]>? evidence, int tasks, int sources)
    {
        if (evidence is null) throw new ArgumentException("The router starts from evidence, and none was measured.");
        if (evidence.Count != tasks || evidence.Any(row => row.Length != sources))
        {
            int columns = evidence.Count == 0 ? 0 : evidence[0].Length;
            throw new ArgumentException(
                $"The router starts from evidence [{evidence.Count}, {columns}], expected [{tasks}, {sources}]: "
                + "tasks by source prompts.");
        }
        if (evidence.Any(static row => row.Any(static value => !double.IsFinite(value))))
            throw new ArgumentException("The router starts from evidence that is not finite.");
    }

    /// <summary>The logits of a <c>router.json</c>, by task and column.</summary>
    private sealed class SavedLogits(string path, SavedRouter router)
    {
        public static SavedLogits Read(string? path)
        {
            if (path is null) throw new ArgumentException("The router starts from a file, and none is given.");
            try
            {
                const string what = "a router, expected tasks with a logit for each source prompt";
                SavedRouter router = JsonFile.Read(path, what, RunTypes.Default.SavedRouter);
                bool isFinite = router.Tasks.Values.All(
                    static row => row?.Values.All(static one => one is not null && double.IsFinite(one.Logit)) == true);
                return isFinite ? new SavedLogits(path, router)
                    : throw new IOException($"{path}: not {what}: one is null or not finite");
            }
            catch (IOException error)
            {
                throw new ArgumentException(error.Message, error);
            }
        }

        public double Logit(string task, string column) => Find(task, column)
            ?? throw new ArgumentException($"{path}: no logit of the task '{task}' for the source prompt '{column}'.");

        public double? Find(string task, string column) =>
            router.Tasks.GetValueOrDefault(task)?.GetValueOrDefault(column)?.Logit;
    }
}
