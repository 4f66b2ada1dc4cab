using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Runs;

/// <summary>A task of a run with its examples.</summary>
/// <param name="Codec">Its labels and texts as token ids.</param>
/// <param name="Training">Training examples.</param>
/// <param name="Test">Examples of the final evaluation: test rows, or validation rows while settings are still being
/// chosen.</param>
/// <param name="Selection">Examples that the best step is chosen on, where that is asked for: as many as the shots,
/// never trained on and never evaluated on.</param>
/// <param name="Remarks">Rows that were dropped and whatever else is to be told, a sentence each.</param>
public sealed record RunTask(
    TaskCodec Codec, IReadOnlyList<EncodedExample> Training, IReadOnlyList<Example> Test,
        IReadOnlyList<EncodedExample> Selection, IReadOnlyList<string> Remarks)
{
    /// <summary>The same under other text prefixes, by what those are called: for evaluation alone.</summary>
    internal IReadOnlyList<(string Label, TaskCodec Codec)> UnderPrefixes { get; init; } = [];

    /// <summary>Findings about the rows; null for a task that only a source prompt is tuned on.</summary>
    public DataCheck? Check { get; private init; }

    /// <summary>The examples to train on, under the task's name.</summary>
    internal TrainingTask ForTraining => new(Codec.Task.Name, Training);

    internal static RunTask Load(
        RunConfiguration configuration, TaskSettings settings, ITokenizer tokenizer, T5Config config,
        IProgress<WorkProgress>? progress = null, bool isSource = false)
    {
        try
        {
            progress?.Report(new WorkProgress($"reading {settings.Name}", 0, 0, ""));
            TaskCodec codec = CodecOf(configuration, settings, settings.Declare(), tokenizer, config);
            TaskSplits splits = Split(configuration, settings, codec.Task);
            bool isTest = configuration.Evaluation.Split == EvaluationSplit.Test;
            bool chooses = configuration.Training.EvaluateEvery > 0 && !isSource;
            Example[] selection = chooses ? splits.Selection(splits.Shots.Count) : [];
            if (chooses && selection.Length == 0)
                throw new ArgumentException(
                    $"The task '{settings.Name}' has no rows left to evaluate while it trains: all texts are trained "
                    + "or tested on, expected more of them, or neither \"evaluateEvery\", \"patience\" nor "
                    + "\"selection\".");
            return new RunTask(
                codec, [.. splits.Shots.Select(Encode)],
                Capped(isTest ? splits.Test : splits.Validation, configuration),
                [.. selection.Select(codec.Encode)], splits.Remarks)
            {
                Check = isSource ? null : DataCheck.Of(codec, splits),
                UnderPrefixes =
                [
                    .. configuration.Evaluation.Prefixes.Select(prefix =>
                        (prefix.Label, codec.WithPrefix(
                            prefix.TextFor(codec.Task, name => Find(configuration, name))))),
                ],
            };

            EncodedExample Encode(Example example, int place)
            {
                string title = $"encoding {settings.Name}";
                progress?.Report(new WorkProgress(title, place + 1, splits.Shots.Count, "examples"));
                return codec.Encode(example);
            }
        }
        catch (ArgumentException error)
        {
            throw new ConfigurationException(configuration.Place, $"tasks: {error.Reason()}", error);
        }
    }

    /// <summary>
    /// Examples of a trained run's task: those kept for the end, or those that settings may be chosen by.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="task">One of its tasks.</param>
    /// <param name="split"><c>test</c> or <c>validation</c>.</param>
    /// <exception cref="ConfigurationException">The rows no longer fit the task.</exception>
    /// <exception cref="TaskDataException">A file is missing or broken.</exception>
    public static IReadOnlyList<Example> LoadExamples(TrainedRun run, string task, string split)
    {
        ArgumentNullException.ThrowIfNull(run);
        RunConfiguration configuration = run.Record.Configuration;
        try
        {
            TaskSettings settings = configuration.Tasks.First(one => one.Name == task);
            // What was derived when the run was trained: the file may have other labels now.
            TaskDeclaration declaration = settings.Declare(
                settings.IsDerived ? run.Record.Tasks.First(one => one.Name == task) : null);
            TaskSplits splits = Split(configuration, settings, declaration);
            CheckDivision(run.Record, declaration);
            return Capped(split == "validation" ? splits.Validation : splits.Test, configuration);
        }
        catch (ArgumentException error)
        {
            throw new ConfigurationException(configuration.Place, $"tasks: {error.Reason()}", error);
        }
    }

    /// <summary>Refuses a file that is divided otherwise than when a run was trained on it.</summary>
    /// <exception cref="ConfigurationException">
    /// It is: rows that the run was trained on may be among those to test on.
    /// </exception>
    internal static void CheckDivision(RunRecord before, TaskDeclaration task)
    {
        TaskDeclaration? recorded = before.Tasks.FirstOrDefault(one => one.Name == task.Name);
        if (recorded is null || recorded.Splits?.Shares == task.Splits?.Shares) return;
        throw new ConfigurationException(
            before.Configuration.Place,
            $"tasks: the rows of '{task.Name}' are divided otherwise than when the run was trained, by another version "
            + "or other \"splits\", expected the same, or test rows of their own (evaluate --input FILE)");
    }

    /// <summary>The labelled rows of a file that a trained run is evaluated on, all of them.</summary>
    /// <param name="run">The run.</param>
    /// <param name="task">One of its tasks.</param>
    /// <param name="path">The file, in any layout that training reads.</param>
    /// <exception cref="TaskDataException">
    /// The file is missing or broken, lacks a column, or has a label that the task does not know.
    /// </exception>
    public static IReadOnlyList<Example> ReadExamples(TrainedRun run, string task, string path)
    {
        ArgumentNullException.ThrowIfNull(run);
        TaskDeclaration declaration = run.Record.Tasks.First(one => one.Name == task);
        return TaskData.Read(TaskData.LocationOfNew(path, declaration), declaration).Examples;
    }

    /// <summary>The codec that a run's task is trained and predicted with.</summary>
    internal static TaskCodec CodecOf(
        RunConfiguration configuration, TaskDeclaration task, ITokenizer tokenizer, T5Config config) =>
        CodecOf(configuration, configuration.Tasks.First(one => one.Name == task.Name), task, tokenizer, config);

    private static TaskCodec CodecOf(
        RunConfiguration configuration, TaskSettings settings, TaskDeclaration task, ITokenizer tokenizer,
        T5Config config) =>
        new(
            task, tokenizer, config, configuration.Data.SourceLength,
            settings.Prefix.TextFor(task, name => Find(configuration, name)), settings.Options);

    private static TaskSplits Split(RunConfiguration configuration, TaskSettings settings, TaskDeclaration task) =>
        TaskSplits.Load(settings, task, configuration.Data.Folder, (ulong)configuration.Seed);

    /// <summary>A task of the run, or a built-in one, whose prefix another may borrow.</summary>
    private static TaskDeclaration? Find(RunConfiguration configuration, string name) =>
        configuration.Tasks.FirstOrDefault(task => task.Name == name)?.Declare() ?? BuiltInTasks.Find(name);

    // Every part is in an order of the seed: its first examples are a sample of it.
    private static IReadOnlyList<Example> Capped(
        IReadOnlyList<Example> examples, RunConfiguration configuration) =>
        configuration.Evaluation.Examples is { } most && most < examples.Count ? [.. examples.Take(most)] : examples;
}
