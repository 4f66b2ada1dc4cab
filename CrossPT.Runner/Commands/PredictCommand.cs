using System.CommandLine;
using System.Text.Json;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tasks.Reading;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Devices;
using CrossPT.Runner.Hub;
using CrossPT.Runner.JsonLines;
using CrossPT.Tensors;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt predict</c>: labels and scores for rows of a task.</summary>
internal static class PredictCommand
{
    private static readonly Option<string> s_task =
        Options.Text("--task", "T", "a task of the run").Otherwise("the run's only task");
    private static readonly Option<string> s_input = Options.Text(
        "--input", "FILE|-",
        "rows with the task's fields: CSV, TSV, JSON lines, a JSON list, Parquet; - takes JSON lines")
        .Default(InputFile.Standard);
    private static readonly Option<string[]> s_text = Options.Texts(
        "--text", "TEXT", "a text to predict instead of a file; repeat it for each field of the task, in their order");
    private static readonly Option<string> s_output = Options.Text(
        "--output", "FILE|-", "where to write: a table if it ends in .csv or .tsv, else JSON lines")
        .Default(InputFile.Standard);
    private static readonly Option<int> s_batch =
        Options.Int32("--batch", "N", "rows predicted together; always one from a terminal", 1, 1 << 12).Default(64);

    public static CommandDefinition Define() => new()
    {
        Options =
        [
            EvaluateCommand.RunFolderOption, s_task, s_input, s_text, s_output, s_batch, EvaluateCommand.ModelOption,
            ModelFolder.Strict, CpuWeights.Option,
        ],
        Notes = "Every row keeps its columns and gets \"prediction\", the likeliest label word, \"predicted_label\", "
            + "that label as the data spells it, and \"probability\"; in JSON also \"scores\", the probabilities of "
            + "all label words. Where rows offer candidates (record: \"entities\", a list), these take the place of "
            + "labels. wsc takes marked texts, or spans as its data has them.",
        Example = "predict --run runs/first-1 --input new.csv --output out.csv",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        string input = context.Value(s_input), output = context.Value(s_output);
        string[] texts = context.FindAll(s_text);
        if (texts.Length > 0 && context.Has(s_input))
            throw new UserException("--text and --input, expected one of them");
        // Opening the output would empty it before it is read.
        if (output != InputFile.Standard && Path.GetFullPath(output) == Path.GetFullPath(input))
            throw new UserException($"--output {output}: is the input, expected another file");
        using IBackend backend = CpuWeights.OpenBackendOfRun(context);
        using TrainedRun run = EvaluateCommand.Load(context, backend);
        TaskDeclaration task = EvaluateCommand.OneTask(run, context.Find(s_task));
        SkippedRows skipped = new();
        IEnumerable<PredictedRow> rows = texts.Length > 0
            ? [RowOf(task, texts)]
            : Read(input == InputFile.Standard
                ? InputRows.Read(context.Streams.Input, InputFile.Describe(input), skipped)
                : InputRows.Read(input, task, skipped), task);
        bool isTyped = texts.Length == 0 && input == InputFile.Standard && !Console.IsInputRedirected;
        int batch = isTyped ? 1 : context.Value(s_batch);
        if (output == InputFile.Standard)
        {
            Answer(context, run, task, rows, batch, PredictionWriter.Of(context.Streams.Output, output));
        }
        else
        {
            // Row by row as they come: whoever stops it keeps what is there, as with standard output.
            using FileStream file = new(output, FileMode.Create, FileAccess.Write, FileShare.Read);
            Answer(context, run, task, rows, batch, PredictionWriter.Of(file, output));
        }
        SkippedLines.Tell(context, InputFile.Describe(input), skipped.Blank);
        return ExitCode.Done;
    }

    private static void Answer(
        CommandContext context, TrainedRun run, TaskDeclaration task, IEnumerable<PredictedRow> rows, int batch,
        PredictionWriter writer) =>
        JsonLineBatches.Answer(
            context, rows, batch, some => writer.Write(
                some, run.Predict(task.Name, [.. some.Select(static one => one.Row)], context.Interruption.Token)));

    private static IEnumerable<PredictedRow> Read(IEnumerable<JsonField> rows, TaskDeclaration task)
    {
        foreach (JsonField row in rows)
            yield return new PredictedRow(Row.Read(task, row), $"{row.Location.File}:{row.Line}", row.Members);
    }

    /// <summary>The one row of texts given on the command line.</summary>
    private static PredictedRow RowOf(TaskDeclaration task, string[] texts)
    {
        if (texts.Length != task.Fields.Count || task.Kind == TaskKind.Candidates)
        {
            string fields = string.Join(", ", task.Fields);
            throw new UserException(task.Kind == TaskKind.Candidates
                ? $"--text: rows of the task '{task.Name}' offer candidates, expected --input"
                : $"--text: found {texts.Length}, expected one for each field of the task '{task.Name}', "
                    + $"in this order: {fields}");
        }
        (string Name, string Text)[] row = [.. task.Fields.Zip(texts)];
        return new PredictedRow(
            new Row(row.ToDictionary(static field => field.Name, static field => field.Text)), "--text",
            [.. row.Select(static field => (field.Name, JsonText.Quote(field.Text)))]);
    }
}
