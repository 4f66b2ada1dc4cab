using CrossPT.Runner.Experiments.Results;

namespace CrossPT.Runner.Experiments.Report;

/// <summary>
/// Numbers by task and column of one setting, one per seed: router weights, scores under text prefixes.
/// </summary>
internal sealed class TaskMatrix
{
    private readonly List<double>[,] _seeds;

    private TaskMatrix(IReadOnlyList<string> tasks, IReadOnlyList<string> columns)
    {
        Tasks = tasks;
        Columns = columns;
        _seeds = new List<double>[tasks.Count, columns.Count];
        Means = new double?[tasks.Count, columns.Count];
    }

    /// <summary>In the order in which they were named first.</summary>
    public IReadOnlyList<string> Tasks { get; }

    /// <summary>In the order in which they were named first.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>[tasks, columns]; null where there is no number.</summary>
    public double?[,] Means { get; }

    /// <summary>The numbers of all seeds.</summary>
    public IReadOnlyList<double> this[int task, int column] => _seeds[task, column];

    /// <summary>The matrix of some numbers; null if there are none.</summary>
    public static TaskMatrix? Of(IReadOnlyList<(string Task, string Column, double Value)> numbers)
    {
        if (numbers.Count == 0) return null;
        string[] tasks = [.. numbers.Select(static one => one.Task).Distinct()];
        string[] columns = [.. numbers.Select(static one => one.Column).Distinct()];
        ILookup<(string, string), double> values =
            numbers.ToLookup(static one => (one.Task, one.Column), static one => one.Value);
        TaskMatrix matrix = new(tasks, columns);
        for (int i = 0; i < tasks.Length; i++)
        {
            for (int j = 0; j < columns.Length; j++)
            {
                List<double> seeds = [.. values[(tasks[i], columns[j])]];
                matrix._seeds[i, j] = seeds;
                if (seeds.Count > 0) matrix.Means[i, j] = seeds.Average();
            }
        }
        return matrix;
    }

    /// <summary>The means in words, task by task.</summary>
    public string Describe(Func<double, string> format) => string.Join(" ", Tasks.Select((task, i) =>
    {
        IEnumerable<string> cells = Columns.Select((column, j) =>
            $"{column} {(Means[i, j] is { } mean ? format(mean) : "none")}");
        return $"{task}: {string.Join(", ", cells)}.";
    }));
}
