using System.Buffers;
using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
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
            context.Interruption,
            rows.Select((row, place) => (Row: row, Encoded: run.Encode(task.Name, row.Row, place))), batch,
            some => writer.Write(
                [.. some.Select(static one => one.Row)],
                run.Predict(
                    task.Name, [.. some.Select(static one => one.Encoded)], context.Interruption.Token)));

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

/// <summary>A row to be predicted with all its columns.</summary>
/// <param name="Row">Its fields.</param>
/// <param name="Place">File and line, for messages.</param>
/// <param name="Columns">Names and JSON values, in the file's order.</param>
internal sealed record PredictedRow(Row Row, string Place, IReadOnlyList<(string Name, string Json)> Columns);

/// <summary>Writes rows and what was predicted of them.</summary>
internal abstract class PredictionWriter
{
    /// <summary>Columns that are added: a row's own of these names give way.</summary>
    private static readonly string[] s_results = ["prediction", "predicted_label", "probability", "scores"];

    /// <summary>A writer of the layout that a file's name says: CSV, TSV, else JSON lines.</summary>
    /// <param name="stream">Where to, line by line.</param>
    /// <param name="path">The file's name, or <c>-</c>.</param>
    public static PredictionWriter Of(Stream stream, string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".csv" => new TableWriter(stream, path, ','),
        ".tsv" => new TableWriter(stream, path, '\t'),
        _ => new LineWriter(stream),
    };

    /// <summary>Writes rows out.</summary>
    public abstract void Write(IReadOnlyList<PredictedRow> rows, Prediction[] predictions);

    private static IEnumerable<(string Name, string Json)> Kept(PredictedRow row) =>
        row.Columns.Where(static column => !s_results.Contains(column.Name));

    /// <summary>An object a line, with the probabilities of all label words in it.</summary>
    private sealed class LineWriter(Stream stream) : PredictionWriter
    {
        private static readonly JsonWriterOptions s_options = new()
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };

        private readonly JsonLineWriter _lines = new(stream);

        public override void Write(IReadOnlyList<PredictedRow> rows, Prediction[] predictions)
        {
            for (int i = 0; i < rows.Count; i++)
            {
                using (Utf8JsonWriter json = new(_lines.Buffer, s_options)) Write(json, rows[i], predictions[i]);
                _lines.EndLine();
            }
            _lines.Flush();
        }

        private static void Write(Utf8JsonWriter json, PredictedRow row, Prediction prediction)
        {
            json.WriteStartObject();
            foreach ((string name, string value) in Kept(row))
            {
                json.WritePropertyName(name);
                json.WriteRawValue(value, skipInputValidation: true);
            }
            json.WriteString("prediction", prediction.Word);
            json.WriteString("predicted_label", prediction.Label);
            json.WriteNumber("probability", Math.Round(prediction.Probability, 6));
            json.WriteStartObject("scores");
            foreach ((string word, double probability) in prediction.Scores)
                json.WriteNumber(word, Math.Round(probability, 6));
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }

    /// <summary>A table with the columns of the first row and those added.</summary>
    private sealed class TableWriter(Stream stream, string path, char separator) : PredictionWriter
    {
        private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

        private string[]? _columns;

        public override void Write(IReadOnlyList<PredictedRow> rows, Prediction[] predictions)
        {
            StringBuilder text = new();
            for (int i = 0; i < rows.Count; i++)
            {
                if (_columns is null)
                {
                    _columns = [.. Kept(rows[i]).Select(static column => column.Name)];
                    Append(text, [.. _columns, .. s_results[..3]], rows[i]);
                }
                string probability =
                    Math.Round(predictions[i].Probability, 6).ToString(CultureInfo.InvariantCulture);
                Append(text, [.. Cells(rows[i]), predictions[i].Word, predictions[i].Label, probability], rows[i]);
            }
            stream.Write(s_utf8.GetBytes(text.ToString()));
            stream.Flush();
        }

        private string[] Cells(PredictedRow row)
        {
            (string Name, string Json)[] kept = [.. Kept(row)];
            // The rows of a table: names may repeat, and only the last may be missing.
            if (kept.Select(static column => column.Name).SequenceEqual(_columns!.Take(kept.Length)))
            {
                string[] missing = new string[_columns!.Length - kept.Length];
                return [.. kept.Select(static column => Text(column.Json)), .. missing];
            }
            string? other = kept.Select(static column => column.Name).FirstOrDefault(name => !_columns!.Contains(name));
            if (other is not null)
            {
                throw new UserException(
                    $"{row.Place}: \"{other}\" is not in the first row, expected the same fields in every row "
                    + "(an --output that ends in .jsonl takes any)");
            }
            return [.. _columns!.Select(name => Text(kept.FirstOrDefault(column => column.Name == name).Json))];
        }

        /// <summary>A string without its quotation marks; other values as JSON.</summary>
        private static string Text(string? json)
        {
            if (json is null or "null") return "";
            if (json[0] != '"') return json;
            using JsonDocument value = JsonDocument.Parse(json);
            return value.RootElement.GetString()!;
        }

        private void Append(StringBuilder text, string?[] cells, PredictedRow row)
        {
            for (int i = 0; i < cells.Length; i++)
            {
                if (i > 0) text.Append(separator);
                text.Append(Quoted(cells[i] ?? "", row));
            }
            text.Append('\n');
        }

        private string Quoted(string cell, PredictedRow row)
        {
            if (separator == ',')
            {
                bool isPlain = !cell.AsSpan().ContainsAny(",\"\r\n") && cell.AsSpan().Trim().Length == cell.Length;
                return isPlain ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
            }
            if (!cell.AsSpan().ContainsAny("\t\r\n")) return cell;
            throw new UserException(
                $"{row.Place}: has a tab or a line break in it, which {path} cannot hold, "
                + "expected an --output that ends in .csv or .jsonl");
        }
    }
}
