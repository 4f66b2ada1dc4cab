using System.Globalization;
using System.Text.RegularExpressions;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tasks.Reading.Parquet;

namespace CrossPT.Runner.OwnData;

/// <summary>A user's hints about their rows; null where it is to be found.</summary>
/// <param name="Text">Column of the text.</param>
/// <param name="Pair">Column of a second text.</param>
/// <param name="Label">Column of the label or score.</param>
/// <param name="Metric">What is measured.</param>
internal sealed record TaskHints(string? Text, string? Pair, string? Label, TaskMetric? Metric);

/// <summary>
/// Finds the task in a file of rows: its text or pair of texts, and its classes or score. Names of columns decide
/// before what the columns hold; where neither does, the error names the columns and the option to give.
/// </summary>
internal sealed partial class TaskFinder
{
    private const int MostClasses = 64, MostNumberedClasses = 20;
    private const int ScaleSteps = 25, FineScaleSteps = 100, LargestScore = 1_000_000;

    private static readonly string[][] s_labels =
    [
        ["label", "labels", "gold_label"],
        [
            "class", "category", "target", "sentiment", "intent", "topic", "emotion", "stance", "polarity", "rating",
            "stars", "score", "similarity", "similarity_score", "relatedness_score", "answer", "output", "y",
        ],
    ];

    private static readonly string[][] s_texts =
    [
        ["text", "sentence"],
        [
            "review", "comment", "content", "body", "message", "tweet", "post", "document", "utterance", "query",
            "question", "input", "prompt", "description", "abstract", "headline", "title",
        ],
    ];

    private static readonly (string, string)[] s_pairs =
    [
        ("premise", "hypothesis"), ("question", "passage"), ("question", "sentence"), ("question", "context"),
        ("question", "answer"), ("query", "passage"), ("query", "document"), ("claim", "evidence"),
    ];

    private readonly DataColumns _columns;
    private readonly TaskLocation _location;
    private readonly TaskHints _hints;

    private TaskFinder(DataColumns columns, TaskLocation location, TaskHints hints)
    {
        _columns = columns;
        _location = location;
        _hints = hints;
    }

    /// <summary>Finds the task.</summary>
    /// <exception cref="TaskDataException">It cannot be told, or a column named by a hint is not there.</exception>
    public static TaskDeclaration Find(string name, DataColumns columns, TaskLocation location, TaskHints hints)
    {
        TaskFinder finder = new(columns, location, hints);
        DataColumn? text = finder.Hinted(hints.Text);
        DataColumn? pair = finder.Hinted(hints.Pair);
        DataColumn label = finder.FindLabel(text, pair);
        string[] fields = finder.FindFields(text, pair, label);
        if (fields.Distinct().Count() < fields.Length || fields.Contains(label.Name))
            throw finder.Unclear($"has \"{label.Name}\" as a text and as another", "a column of its own for each");
        if (fields.FirstOrDefault(static field => field.AsSpan().ContainsAny('{', '}')) is { } braced)
            throw finder.Unclear($"has a brace in the name of the column \"{braced}\"", "a name without");
        TaskDeclaration task = new(name, fields, fields.Length == 1 ? $"{{{fields[0]}}}" : null)
        {
            LabelField = label.Name,
            DroppedLabels = label.Filled < columns.Rows ? [""] : [],
        };
        return finder.WithAnswers(task, label);
    }

    private DataColumn? Hinted(string? name)
    {
        if (name is null) return null;
        DataColumn column = _columns.Find(name)
            ?? throw Unclear($"has no column \"{name}\"", $"one of {_columns.Names}");
        return !column.IsNested
            ? column
            : throw Unclear($"has lists or objects in the column \"{name}\"", "one of texts or numbers");
    }

    private DataColumn FindLabel(DataColumn? text, DataColumn? pair)
    {
        if (Hinted(_hints.Label) is { } given) return given;
        DataColumn[] free = [.. _columns.All.Where(column => column != text && column != pair && !column.IsNested)];
        foreach (string[] names in s_labels)
        {
            DataColumn[] named = [.. free.Where(column => names.Contains(column.Name.ToLowerInvariant()))];
            if (named.Length == 1) return named[0];
            if (named.Length > 1) throw UnclearLabel(named);
        }
        DataColumn[] classes = [.. free.Where(IsClasses)];
        if (classes.Length == 0)
            classes = [.. free.Where(static column => column is { IsNumeric: true, IsInteger: false })];
        return classes.Length == 1 ? classes[0] : throw UnclearLabel(classes.Length > 1 ? classes : [.. _columns.All]);

        bool IsClasses(DataColumn column) =>
            column.Values.Count is >= 2 and <= MostClasses && column.Values.Count * 2 <= column.Filled
            && column.WordsPerValue <= 3;
    }

    private string[] FindFields(DataColumn? text, DataColumn? pair, DataColumn label)
    {
        DataColumn[] free = [.. _columns.All.Where(column => column != label && column != pair && !column.IsNested)];
        if (pair is not null) return [(text ?? FindText(free)).Name, pair.Name];
        if (text is not null) return [text.Name];
        foreach ((string first, string second) in s_pairs)
        {
            if (Named(first) is { } one && Named(second) is { } other) return [one.Name, other.Name];
        }
        foreach (DataColumn first in free)
        {
            Match numbered = FirstOfTwo().Match(first.Name);
            if (!numbered.Success) continue;
            string other = numbered.Groups[2].Value switch { "1" => "2", "a" => "b", _ => "B" };
            if (free.FirstOrDefault(column => column.Name == numbered.Groups[1].Value + other) is { } second)
                return [first.Name, second.Name];
        }
        return [FindText(free).Name];

        DataColumn? Named(string name) =>
            free.FirstOrDefault(column => column.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    private DataColumn FindText(DataColumn[] free)
    {
        foreach (string[] names in s_texts)
        {
            DataColumn[] named = [.. free.Where(column => names.Contains(column.Name.ToLowerInvariant()))];
            if (named.Length == 1) return named[0];
            if (named.Length > 1) throw UnclearText(named);
        }
        DataColumn[] texts = [.. free.Where(static column => !column.IsNumeric && column.Filled > 0)];
        DataColumn[] wordy = [.. texts.Where(static column => column.WordsPerValue >= 2)];
        if (wordy.Length > 0) texts = wordy;
        return texts.Length == 1 ? texts[0] : throw UnclearText(texts.Length > 1 ? texts : [.. _columns.All]);
    }

    private TaskDeclaration WithAnswers(TaskDeclaration task, DataColumn label)
    {
        string[]? names = _location.Format == TaskFormat.Parquet
            ? ParquetRows.ReadNames(_location, label.Name)?.Names
            : null;
        bool isScore = names is null && label.IsNumeric && label.Filled > 0;
        if (_hints.Metric is { } asked) isScore &= IsOfScores(asked);
        else isScore &= !label.IsInteger || label.Values.Count > MostNumberedClasses;
        TaskDeclaration found = isScore ? AsScores(task, label) : AsClasses(task, label, names);
        if (_hints.Metric is not { } metric) return found;
        return TaskMetrics.Misfit(metric, found) is not { } misfit
            ? WithMetric(found, metric)
            : throw Unclear($"has {found.Labels.Count} classes in \"{label.Name}\"", $"{misfit} for --metric");

        bool IsOfScores(TaskMetric one) =>
            TaskMetrics.Misfit(one, task with { Scale = new TaskScale(0, 1, 1) }) is null;
    }

    private TaskDeclaration AsClasses(TaskDeclaration task, DataColumn label, string[]? names)
    {
        string[] labels = names ?? DerivedTask.Order(label.Values);
        if (labels.Length < 2)
        {
            string found = label.Filled == 0 ? "no value" : $"one value, '{label.Values.First()}',";
            throw Unclear($"has {found} in the column \"{label.Name}\"", "two or more; --label COLUMN names another");
        }
        if (labels.Length > MostClasses || label.HasMore)
            throw Unclear(
                $"has more than {MostClasses} different values in the column \"{label.Name}\"",
                "classes or numbers; --label COLUMN names another");
        return task with
        {
            Labels = [.. labels.Select(static value => new TaskLabel(value, value))],
            Metrics = [TaskMetric.Accuracy, TaskMetric.MacroF1],
            // Rows of a data set without a label have this number.
            DroppedLabels = names is not null && label.Values.Contains("-1") ? ["-1", .. task.DroppedLabels]
                : task.DroppedLabels,
        };
    }

    private TaskDeclaration AsScores(TaskDeclaration task, DataColumn label)
    {
        if (label.Minimum < -LargestScore || label.Maximum > LargestScore)
            throw Unclear(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"has scores from {label.Minimum} to {label.Maximum} in the column \"{label.Name}\""),
                $"none beyond {LargestScore} and -{LargestScore}");
        double step = StepOf(label);
        // Scores that begin near zero begin at zero: rows to come may have less than these.
        double least = label.Minimum > 0 && label.Minimum <= label.Maximum / 5 ? 0 : label.Minimum;
        double minimum = Math.Round(Math.Floor((least / step) + 1e-6) * step, 6);
        double maximum = Math.Round(Math.Ceiling((label.Maximum / step) - 1e-6) * step, 6);
        if (!(minimum < maximum))
            throw Unclear(
                string.Create(
                    CultureInfo.InvariantCulture, $"has one score, {minimum}, in the column \"{label.Name}\""),
                "two or more; --label COLUMN names another");
        TaskScale scale = new(minimum, maximum, step);
        return task with
        {
            Scale = scale,
            Labels = scale.ToLabels(),
            Metrics = TaskMetrics.DefaultsOf(TaskKind.Scores),
        };
    }

    /// <summary>The largest round step that all scores are multiples of, else one that makes some 25 words.</summary>
    private static double StepOf(DataColumn label)
    {
        double range = label.Maximum - label.Minimum;
        double[] scores = [.. label.Values.Select(static value => TaskScale.Parse(value) ?? double.NaN)];
        double[] steps =
        [
            .. Enumerable.Range(-6, 13).SelectMany(static power =>
                (double[])[Math.Pow(10, power), 2 * Math.Pow(10, power), 5 * Math.Pow(10, power)]),
        ];
        double fit = steps.LastOrDefault(step => step >= range / FineScaleSteps && step <= range / 2 && scores.All(
            score => Math.Abs((score / step) - Math.Round(score / step)) < 1e-6));
        double chosen = fit > 0 && !label.HasMore ? fit : steps.First(step => step >= range / ScaleSteps * (1 - 1e-9));
        return Math.Round(chosen, 6);
    }

    /// <summary>With a metric before the others; errors stay behind, for the first one chooses the best step.</summary>
    private static TaskDeclaration WithMetric(TaskDeclaration task, TaskMetric metric) => TaskMetrics.IsError(metric)
        ? task
        : task with { Metrics = [metric, .. task.Metrics.Where(one => one != metric)] };

    private TaskDataException UnclearLabel(DataColumn[] among) => Unclear(
        $"has the columns {_columns.Names}; the label may be {OneOf(among)}", "--label COLUMN to say which");

    private TaskDataException UnclearText(DataColumn[] among) => Unclear(
        $"has the columns {_columns.Names}; the text may be {OneOf(among)}",
        "--text COLUMN to say which, and --pair COLUMN for a second one");

    private static string OneOf(DataColumn[] columns) =>
        string.Join(" or ", columns.Take(8).Select(static column => column.Name));

    private TaskDataException Unclear(string found, string expected) =>
        new(_columns.Path, $"{found}, expected {expected}");

    [GeneratedRegex("^(.*)([1aA])$")]
    private static partial Regex FirstOfTwo();
}
