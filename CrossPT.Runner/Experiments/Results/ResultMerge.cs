namespace CrossPT.Runner.Experiments.Results;

/// <summary>Puts several sets of runs into one.</summary>
internal static class ResultMerge
{
    /// <summary>The axis that tells the sets apart.</summary>
    public const string AxisName = "sweep";

    /// <summary>Names of the sets, no two alike.</summary>
    public static IReadOnlyList<string> NamesOf(IReadOnlyList<ResultSet> sets)
    {
        List<string> names = [];
        foreach (ResultSet set in sets)
        {
            string name = set.Name;
            for (int i = 2; names.Contains(name); i++) name = $"{set.Name} ({i})";
            names.Add(name);
        }
        return names;
    }

    /// <summary>One set of all runs, with the axes of all and one that says where a run is from.</summary>
    public static ResultSet Of(IReadOnlyList<ResultSet> sets, IReadOnlyList<string> names)
    {
        List<ResultAxis> axes = [new(AxisName, names)];
        foreach (ResultAxis axis in sets.SelectMany(static set => set.Axes))
        {
            int known = axes.FindIndex(one => one.Name == axis.Name);
            if (known < 0) axes.Add(axis);
            else axes[known] = axis with { Values = [.. axes[known].Values.Union(axis.Values)] };
        }
        List<ResultRun> runs = [];
        for (int i = 0; i < sets.Count; i++)
        {
            foreach (ResultRun run in sets[i].Runs)
                runs.Add(
                    run.With(
                        $"{names[i]}/{run.Name}",
                        new Dictionary<string, string>(run.Settings) { [AxisName] = names[i] }));
        }
        return new ResultSet { Name = string.Join(", ", names), Axes = axes, Runs = runs };
    }
}
