using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Language;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Tasks;

/// <summary>A task as a run works with it: how its texts become ids, and its rows.</summary>
/// <param name="Codec">Texts and labels.</param>
/// <param name="Splits">Rows to train on, to validate on, to test on.</param>
/// <param name="Remarks">Rows that were dropped and whatever else is to be told, a sentence each.</param>
public sealed record PreparedTask(TaskCodec Codec, TaskSplits Splits, IReadOnlyList<string> Remarks)
{
    /// <summary>The files that were read.</summary>
    internal IReadOnlyList<string> Files { get; private init; } = [];

    /// <summary>Files with rows that lack a text, a sentence each.</summary>
    internal IReadOnlyList<string> EmptyRows { get; private init; } = [];

    /// <summary>Loads a task.</summary>
    /// <param name="settings">What the configuration says of it.</param>
    /// <param name="dataFolder">Where its declared files are looked for; null where the settings name all of
    /// them.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="config">The model's sizes.</param>
    /// <param name="sourceLength">Tokens of a text at most.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="find">Finds another task whose prefix is asked for; null looks among the built-in ones.</param>
    /// <param name="declaration">The task as a run has it on record; null reads or derives it.</param>
    /// <exception cref="ConfigurationException">The declaration is none.</exception>
    /// <exception cref="TaskDataException">A file is missing or broken.</exception>
    /// <exception cref="ArgumentException">The settings do not fit the task, its rows, the tokenizer or the
    /// model.</exception>
    public static PreparedTask Load(
        TaskSettings settings, string? dataFolder, ITokenizer tokenizer, T5Config config, int sourceLength, ulong seed,
        Func<string, TaskDeclaration?>? find = null, TaskDeclaration? declaration = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        TaskDeclaration task = declaration ?? Declare(settings);
        DataSplit split = SplitOf(settings, task);
        // On record with the task: a later version may divide one file otherwise.
        if (split.Shares is not null) task = task with { Splits = split };
        TaskCodec codec = new(task, tokenizer, config, sourceLength, settings.Prefix.TextFor(task, find),
            settings.Options);
        SplitRule rule = split.Rule;
        ITaskReader reader = settings.Declaration is null && LanguageTasks.IsMeant(settings.Name)
            ? new LanguageTaskReader(settings, task)
            : new FileTaskReader(settings, task, dataFolder);
        List<TaskRows> read = [];
        IReadOnlyList<TaskExample> train = Read(TaskPart.Train) ?? throw reader.Missing(TaskPart.Train);
        IReadOnlyList<TaskExample>? validation, test;
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
            if (validation is null && rule != SplitRule.Files) throw reader.Missing(TaskPart.Validation);
            test = rule == SplitRule.Files ? Read(TaskPart.Test) ?? throw reader.Missing(TaskPart.Test) : null;
        }
        TaskSplits splits = TaskSplits.Create(task, train, validation, test, settings with { Splits = split }, seed);
        return new PreparedTask(codec, splits,
            [.. read.SelectMany(Dropped), .. ((string?[])[remark, splits.Remark]).OfType<string>()])
        {
            Files = [.. read.Select(static rows => rows.File)],
            EmptyRows = [.. read.Where(static rows => rows.EmptyRows > 0).Select(static rows =>
                $"{rows.File}: {rows.EmptyRows} of {rows.Examples.Count} rows have an empty text, the first in line "
                + $"{rows.FirstEmptyLine}")],
        };

        IReadOnlyList<TaskExample>? Read(TaskPart part)
        {
            if (reader.Read(part) is not { } rows) return null;
            read.Add(rows);
            return rows.Examples;
        }
    }

    /// <summary>The task that settings speak of, under their name and with their label words.</summary>
    /// <exception cref="ConfigurationException">The declaration is none, or no such task is built in.</exception>
    /// <exception cref="TaskDataException">There is no declaration, and none follows from the training
    /// file.</exception>
    /// <exception cref="ArgumentException">The task has no such label map.</exception>
    public static TaskDeclaration Declare(TaskSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        TaskDeclaration task = settings switch
        {
            { Declaration: { } source } => source.Load().WithName(settings.Name),
            { IsDerived: true } => DerivedTask.From(settings.Name, settings.TrainFile!),
            _ => BuiltInTasks.Find(settings.Name)
                ?? throw new ConfigurationException("tasks", $"no task '{settings.Name}' is built in"),
        };
        return LabelMaps.Apply(task, settings.Labels);
    }

    /// <summary>As the configuration or the declaration says, else as the files there are suggest.</summary>
    private static DataSplit SplitOf(TaskSettings settings, TaskDeclaration task)
    {
        if (settings.Splits is { } own)
        {
            if (settings.TestFile is null || own.Rule == SplitRule.Files) return own;
            throw new ArgumentException(
                $"The task '{task.Name}' has a test file, which the splits \"{DataSplit.NameOf(own.Rule)}\" do not "
                + "read, expected \"files\".");
        }
        // A declaration's own rule is for its own files.
        if (settings.TestFile is not null) return SplitRule.Files;
        // Records of derived tasks may have a rule that nobody gave.
        if (!settings.IsDerived && task.Splits is { } declared) return declared;
        if (task.Test.Count > 0) return SplitRule.Files;
        bool hasValidation = settings.ValidationFile is not null || task.Validation.Count > 0;
        return hasValidation || settings.TrainFile is null
            ? SplitRule.Halves
            : new DataSplit(SplitRule.Files) { Shares = SplitShares.Default };
    }

    internal static IEnumerable<string> Dropped(TaskRows rows)
    {
        if (rows.BlankLines > 0) yield return $"{rows.File}: skipped {Count(rows.BlankLines, "blank line")}";
        if (rows.ShortRows > 0)
            yield return $"{rows.File}: left out {Count(rows.ShortRows, "row")} with too few columns";
        if (rows.DroppedLabels > 0)
            yield return $"{rows.File}: left out {Count(rows.DroppedLabels, "row")} without a label";

        static string Count(int count, string singular) =>
            FormattableString.Invariant($"{count} {singular}{(count == 1 ? "" : "s")}");
    }
}
