using System.Globalization;
using System.Text.Json;
using CrossPT.Prompting.Tasks.Reading;
using CrossPT.Prompting.Tasks.Reading.Parquet;

namespace CrossPT.Prompting.Tasks;

/// <summary>
/// The declaration of a task that has none: fields by the names that data sets of text classification use, the column
/// <c>label</c>, and the labels that the training file has.
/// </summary>
internal static class DerivedTask
{
    private const string Label = "label", Unlabelled = "-1";
    private const int MostLabels = 64;

    private static readonly string[][] s_fields =
        [["text"], ["sentence1", "sentence2"], ["premise", "hypothesis"], ["question1", "question2"], ["sentence"]];

    /// <summary>Derives a declaration from a training file.</summary>
    /// <exception cref="TaskDataException">The file is broken, or its columns or labels are not of this
    /// kind.</exception>
    public static TaskDeclaration From(string name, string path)
    {
        TaskLocation location = TaskLocation.Of(path);
        List<string> names = [];
        HashSet<string> labels = new(StringComparer.OrdinalIgnoreCase);
        bool isParquet = location.Format == TaskFormat.Parquet;
        if (isParquet && ParquetRows.ReadNames(location, Label) is { } known)
            return Complete(name, path, known.Columns, known.Names, [Unlabelled]);
        try
        {
            foreach ((IReadOnlyList<string> columns, string label) in ReadLabels(location))
            {
                if (names.Count == 0) names.AddRange(columns);
                if (label.Length > 0) labels.Add(label);
                if (labels.Count > MostLabels)
                {
                    throw Unfit(
                        path, $"has more than {MostLabels} different labels, expected fewer "
                        + "(scores take a \"declaration\" with a \"scale\")");
                }
            }
        }
        catch (Exception error) when (
            error is not TaskDataException
            && error is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            throw DataFile.Unreadable(path, error);
        }
        // The hub's number for a row without a label, where all others have names or numbers of their own.
        string[] dropped = isParquet && labels.Remove(Unlabelled) ? [Unlabelled] : [];
        return Complete(name, path, names, Order(labels), dropped);
    }

    /// <summary>Labels in order: numbers by their value, then words.</summary>
    internal static string[] Order(IEnumerable<string> labels) =>
    [
        .. labels.OrderBy(static label => TaskScale.Parse(label) ?? double.MaxValue)
            .ThenBy(static label => label, StringComparer.Ordinal),
    ];

    /// <summary>One sentence on what was derived.</summary>
    public static string Describe(TaskDeclaration task) =>
        $"the task '{task.Name}' has no declaration: fields {Join(task.Fields)}; "
        + $"labels {Join(task.Labels.Select(static label => label.Value))}; "
        + $"metrics {Join(task.Metrics.Select(TaskMetrics.NameOf))}";

    private static TaskDeclaration Complete(
        string name, string path, IReadOnlyList<string> names, string[] labels, string[] dropped)
    {
        string[] fields = s_fields.FirstOrDefault(fields => fields.All(names.Contains))
            ?? throw Unfit(path, $"has the columns {Join(names)}, expected text, sentence, or sentence1 and sentence2");
        if (labels.Length < 2) throw Unfit(path, $"has {labels.Length} label, expected two or more");
        return new TaskDeclaration(name, fields, fields.Length == 1 ? $"{{{fields[0]}}}" : null)
        {
            Labels = [.. labels.Select(static label => new TaskLabel(label, label))],
            DroppedLabels = dropped,
            Metrics = [TaskMetric.Accuracy, TaskMetric.MacroF1],
        };
    }

    private static IEnumerable<(IReadOnlyList<string> Columns, string Label)> ReadLabels(TaskLocation location)
    {
        string path = location.File;
        if (location.Format is TaskFormat.JsonLines or TaskFormat.Parquet)
        {
            foreach (JsonField row in ObjectRows.Read(location, task: null, new SkippedRows()))
            {
                string[] names = row.IsObject ? [.. row.Names] : [];
                yield return (names, Plain(row[Label].Label.Text));
            }
            yield break;
        }
        string[]? header = null;
        int column = -1;
        foreach ((_, string[] cells) in TableRows.ReadCells(path, location.Format).Where(
            static record => !TableRows.IsBlank(record.Cells)))
        {
            if (header is null)
            {
                header = TableRows.NamesOf(cells);
                column = Array.IndexOf(header, Label);
                if (column < 0)
                    throw Unfit(path, $"has the columns {Join(header.Take(16))}, expected one called {Label}");
            }
            else if (column < cells.Length) yield return (header, Plain(cells[column]));
        }
    }

    /// <summary>A label without the ways of writing that <see cref="LabelNames"/> takes for the same.</summary>
    internal static string Plain(string label)
    {
        label = label.Trim();
        return TaskScale.Parse(label) is { } number && number == Math.Truncate(number) && Math.Abs(number) < 1L << 53
            ? ((long)number).ToString(CultureInfo.InvariantCulture)
            : label;
    }

    private static string Join(IEnumerable<string> names) => string.Join(", ", names);

    private static TaskDataException Unfit(string path, string problem) =>
        new(path, $"{problem}; or a \"declaration\" beside the task");
}
