using CrossPT.Prompting.Language;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Tasks;

/// <summary>
/// A task's rows as a run uses them: to train on, to validate on, to test on. No row is in two parts, nor are two rows
/// of one question.
/// </summary>
/// <remarks>
/// Every part is in an order of its own that depends on seed and task alone, so that its first n rows are a sample of
/// it.
/// </remarks>
public sealed class TaskSplits
{
    /// <summary>Training rows held out for validation: 1,000, or fewer where the shots would not be left.</summary>
    public const int HeldOutRows = 1000;

    /// <summary>Labels whose rows a message counts one by one.</summary>
    private const int MostCounted = 10;

    private readonly TaskDeclaration _task;
    private readonly Example[] _spare;
    private readonly ulong _seed;

    private TaskSplits(
        TaskDeclaration task, Example[] shots, Example[] spare, Example[] validation, Example[] test, ulong seed)
    {
        _task = task;
        _spare = spare;
        _seed = seed;
        Shots = shots;
        Validation = validation;
        Test = test;
    }

    /// <summary>Rows to train on; labels alternate where they are balanced.</summary>
    public IReadOnlyList<Example> Shots { get; }

    /// <summary>Rows to choose settings by.</summary>
    public IReadOnlyList<Example> Validation { get; }

    /// <summary>Rows to report.</summary>
    public IReadOnlyList<Example> Test { get; }

    /// <summary>Rows that were dropped, and divisions that nobody asked for, a sentence each.</summary>
    public IReadOnlyList<string> Remarks { get; private set; } = [];

    /// <summary>The files that were read.</summary>
    internal IReadOnlyList<string> Files { get; private set; } = [];

    /// <summary>Files with rows that lack a text, a sentence each.</summary>
    internal IReadOnlyList<string> EmptyRows { get; private set; } = [];

    /// <summary>Reads and divides a task's rows.</summary>
    /// <param name="settings">Its files, and how it is divided and sampled.</param>
    /// <param name="task">Its declaration.</param>
    /// <param name="dataFolder">Folder of its declared files; null where the settings name all of them.</param>
    /// <param name="seed">The run's seed.</param>
    /// <exception cref="TaskDataException">A file is missing or broken.</exception>
    /// <exception cref="ArgumentException">
    /// There are too few rows, or files that the division does not read.
    /// </exception>
    public static TaskSplits Load(TaskSettings settings, TaskDeclaration task, string? dataFolder, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(task);
        DataSplit split = settings.SplitOf(task);
        ITaskReader reader = settings.Declaration is null && LanguageTasks.IsMeant(settings.Name)
            ? new LanguageTaskReader(settings, task)
            : new FileTaskReader(settings, task, dataFolder);
        List<TaskRows> read = [];
        IReadOnlyList<Example> train = Read(TaskPart.Train) ?? throw reader.Missing(TaskPart.Train);
        IReadOnlyList<Example>? validation, test;
        string? remark = settings.IsDerived ? DerivedTask.Describe(task) : null;
        if (split.Shares is { } shares)
        {
            if (settings is not { ValidationFile: null, TestFile: null })
                throw new ArgumentException(
                    $"The task '{task.Name}' divides its training file by its \"splits\", expected no other file.");
            (train, validation, test) = shares.Divide(task, train);
            string file = $"of its one file {train.Count} rows are for training, {validation.Count} for validation, "
                + $"{test.Count} for testing";
            remark = remark is null ? $"the task '{task.Name}': {file}" : $"{remark}; {file}";
        }
        else
        {
            validation = Read(TaskPart.Validation);
            bool fromFiles = split.Rule == SplitRule.Files;
            if (validation is null && !fromFiles) throw reader.Missing(TaskPart.Validation);
            test = fromFiles ? Read(TaskPart.Test) ?? throw reader.Missing(TaskPart.Test) : null;
        }
        TaskSplits splits = Create(task, train, validation, test, settings with { Splits = split }, seed);
        splits.Files = [.. read.Select(static rows => rows.File)];
        splits.EmptyRows = [.. read.Select(static rows => rows.EmptyRemark).OfType<string>()];
        string[] own = remark is null ? [] : [remark];
        splits.Remarks = [.. read.SelectMany(static rows => rows.Remarks), .. own, .. splits.Remarks];
        return splits;

        IReadOnlyList<Example>? Read(TaskPart part)
        {
            if (reader.Read(part) is not { } rows) return null;
            read.Add(rows);
            return rows.Examples;
        }
    }

    /// <summary>Divides a task's examples.</summary>
    /// <param name="task">The task.</param>
    /// <param name="train">Rows of the training file.</param>
    /// <param name="validation">Rows of the validation file; null where there is none.</param>
    /// <param name="test">Rows of the test file; null where there is none.</param>
    /// <param name="settings">How.</param>
    /// <param name="seed">The run's seed: with the task's name, all that the division depends on.</param>
    /// <exception cref="ArgumentException">There are too few rows, or the rule needs a file that is not
    /// there.</exception>
    public static TaskSplits Create(
        TaskDeclaration task, IReadOnlyList<Example> train, IReadOnlyList<Example>? validation,
            IReadOnlyList<Example>? test,
        TaskDefaults settings, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(settings);
        SplitRule rule = settings.Splits?.Rule ?? SplitRule.Halves;
        Example[] rest = [.. train], own, reported;
        string? remark = null;
        if (rule == SplitRule.Halves)
        {
            Example[] rows = Shuffled(
                validation ?? throw Missing(task, rule, "validation"), "halves", task, seed);
            if (rows.Length < 2)
                throw new ArgumentException(
                    $"The task '{task.Name}' has {rows.Length} validation row, expected two or more to halve.");
            (own, reported) = Cut(rows, rows.Length / 2);
            if (reported.Length == 0)
                throw new ArgumentException(
                    $"The task '{task.Name}' has {rows.Length} validation rows of too few questions to halve, expected "
                    + "two questions or more of like size.");
        }
        else
        {
            bool fromFiles = rule == SplitRule.Files;
            reported = Shuffled((fromFiles ? test : validation)
                ?? throw Missing(task, rule, fromFiles ? "test" : "validation"), "test", task, seed);
            if (fromFiles && validation is not null) own = Shuffled(validation, "validation", task, seed);
            else
            {
                int wanted = settings.Shots is { } shots
                    ? shots * (settings.ShotsPer == ShotsPer.Label ? ClassCount(task) : 1) : 1;
                // Of "all" shots, a tenth of the rows.
                int free = settings.Shots is null ? Math.Max(1, train.Count / 10) : int.MaxValue;
                int rows = Math.Min(Math.Min(HeldOutRows, free), train.Count - wanted);
                if (rows < 1)
                    throw new ArgumentException(
                        $"The task '{task.Name}' has {train.Count} training rows for {wanted} shots, expected more, "
                        + "to hold some out.");
                (own, rest) = Cut(Shuffled(train, "held out", task, seed), rows);
                if (fromFiles)
                    remark =
                        $"the task '{task.Name}' has no validation file, so {own.Length} training rows are held out";
            }
        }
        int[] places = Draw(task, rest, settings, seed);
        HashSet<int> taken = [.. places];
        Example[] left = [.. rest.Where((_, place) => !taken.Contains(place))];
        return new TaskSplits(task, Array.ConvertAll(places, place => rest[place]), left, own, reported, seed)
        {
            Remarks = remark is null ? [] : [remark],
        };
    }

    /// <summary>
    /// Rows to choose a checkpoint by, as few as were trained on (Perez et al. 2021: a larger validation set would be a
    /// larger training set in disguise): training rows that are no shots and then, where those run out, validation
    /// rows.
    /// </summary>
    /// <param name="count">How many; as many as there are, where there are fewer.</param>
    /// <returns>Rows of no text and no question that the shots or the test rows have.</returns>
    public Example[] Selection(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        HashSet<string> texts = [.. Shots.Concat(Test).Select(static row => row.Text)];
        HashSet<string> groups = [.. Shots.Select(static row => row.Group).OfType<string>()];
        Example[] chosen = Take(_spare, count);
        return chosen.Length == count ? chosen : [.. chosen, .. Take(Validation, count - chosen.Length)];

        Example[] Take(IReadOnlyList<Example> from, int most)
        {
            // The groups of two files are numbered apart; those of the training file are the shots'.
            bool isTraining = ReferenceEquals(from, _spare);
            Example[] free = [.. from.Where(
                row => !texts.Contains(row.Text)
                && !(isTraining && row.Group is not null && groups.Contains(row.Group)))];
            int[] places = FewShotSampler.Draw(
                Labels(_task, free), ClassCount(_task), most,
                    new CounterRandom(_seed, RandomStreams.Of("selection", _task.Name)));
            return Array.ConvertAll(places, place => free[place]);
        }
    }

    private static int[] Draw(TaskDeclaration task, Example[] rows, TaskDefaults settings, ulong seed)
    {
        int classes = ClassCount(task);
        int[] labels = Labels(task, rows);
        if (settings.Shots is not { } shots)
            return FewShotSampler.Sample(new int[rows.Length], 1, rows.Length, seed, task.Name);
        bool isPerLabel = settings.ShotsPer == ShotsPer.Label;
        int[] counts = new int[classes];
        foreach (int label in labels) counts[label]++;
        int scarce = isPerLabel ? Array.FindIndex(counts, count => count < shots) : -1;
        if (scarce >= 0 || rows.Length < shots)
        {
            string each = string.Join(", ", counts.Select((count, label) => $"{count} of '{task.Labels[label].Word}'"));
            string found = scarce >= 0 ? $"{counts[scarce]} of the label '{task.Labels[scarce].Word}'"
                : classes is 1 or > MostCounted ? $"{rows.Length}"
                : $"{rows.Length} ({each})";
            throw new ArgumentException(
                $"The task '{task.Name}' has too few training rows: {found}, expected {shots} or more for its shots.");
        }
        if (isPerLabel) return FewShotSampler.SamplePerLabel(labels, classes, shots, seed, task.Name);
        return settings.Balanced
            ? FewShotSampler.Sample(labels, classes, shots, seed, task.Name)
            : FewShotSampler.Sample(new int[rows.Length], 1, shots, seed, task.Name);
    }

    /// <summary>The rows in an order of the seed, those of one question together and in their own order.</summary>
    private static Example[] Shuffled(
        IReadOnlyList<Example> rows, string purpose, TaskDeclaration task, ulong seed)
    {
        List<Example>[] groups = [
            .. rows.Select(static (row, place) => (row, place)).GroupBy(static one => one.row.Group ?? $"\0{one.place}")
            .Select(static group => group.Select(static one => one.row).ToList())];
        new CounterRandom(seed, RandomStreams.Of(purpose, task.Name)).Shuffle(groups.AsSpan());
        return [.. groups.SelectMany(static group => group)];
    }

    /// <summary>The first rows and the others; the cut comes later where it would go through a question.</summary>
    private static (Example[] First, Example[] Others) Cut(Example[] rows, int at)
    {
        while (at < rows.Length && rows[at].Group is { } group && rows[at - 1].Group == group) at++;
        return (rows[..at], rows[at..]);
    }

    /// <summary>Number of classes that shots are balanced over; candidates differ from row to row.</summary>
    private static int ClassCount(TaskDeclaration task) => task.Kind == TaskKind.Candidates ? 1 : task.Labels.Count;

    private static int[] Labels(TaskDeclaration task, Example[] rows) =>
        Array.ConvertAll(rows, row => task.Kind == TaskKind.Candidates ? 0 : row.Label);

    private static ArgumentException Missing(TaskDeclaration task, SplitRule rule, string part) =>
        new($"The task '{task.Name}' has no {part} rows, expected them for the splits \"{DataSplit.NameOf(rule)}\".");
}

/// <summary>Which rows of a task.</summary>
public enum TaskPart
{
    /// <summary>Those that shots are drawn from.</summary>
    Train,

    /// <summary>Those that settings may be chosen by.</summary>
    Validation,

    /// <summary>Those that are kept for the end.</summary>
    Test,
}

/// <summary>Where a task's rows come from: files, or a language that makes them.</summary>
internal interface ITaskReader
{
    /// <summary>The rows of a part; null where the task has none.</summary>
    /// <exception cref="TaskDataException">A file is broken.</exception>
    TaskRows? Read(TaskPart part);

    /// <summary>Creates the exception for a missing part that is needed.</summary>
    TaskDataException Missing(TaskPart part);
}

/// <summary>Rows of files: those that the settings name, else the declaration's in the data folder.</summary>
internal sealed class FileTaskReader(TaskSettings settings, TaskDeclaration task, string? dataFolder) : ITaskReader
{
    /// <inheritdoc/>
    public TaskRows? Read(TaskPart part)
    {
        TaskLocation? location = settings.FileOf(part) is { } own
            ? TaskData.LocationOf(own, task)
            : dataFolder is null ? null : TaskData.Find(Declared(part), dataFolder);
        return location is null ? null : TaskData.Read(location, task);
    }

    /// <inheritdoc/>
    public TaskDataException Missing(TaskPart part)
    {
        string name = part.ToString().ToLowerInvariant();
        if (dataFolder is null)
            return new TaskDataException(
                "data.folder", $"is not given, expected it or a \"{name}\" file beside the task '{task.Name}'");
        IReadOnlyList<TaskLocation> declared = Declared(part);
        string files = string.Join(", ", declared.Select(static location => location.File));
        return declared.Count == 0
            ? new TaskDataException(
                dataFolder,
                $"the task '{task.Name}' declares no {name} file, expected one beside its name or in its declaration")
            : new TaskDataException(
                dataFolder, $"has no {name} file of the task '{task.Name}', expected one of {files}");
    }

    private IReadOnlyList<TaskLocation> Declared(TaskPart part) => part switch
    {
        TaskPart.Train => task.Train,
        TaskPart.Validation => task.Validation,
        _ => task.Test,
    };
}
