using System.Buffers;
using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tasks;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Hub;
using CrossPT.Runner.JsonLines;
using CrossPT.Tensors;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt predict</c>: labels and scores for rows of a task.</summary>
internal static class PredictCommand
{
    private static readonly Option<string> s_task = Options.Text("--task", "T", "the task of the run").Required();
    private static readonly Option<string> s_input =
        Options.Text("--input", "FILE|-", "JSON lines with the task's fields").Default(InputFile.Standard);
    private static readonly Option<string> s_output =
        Options.Text("--output", "FILE|-", "where to write").Default(InputFile.Standard);
    private static readonly Option<int> s_batch =
        Options.Int32("--batch", "N", "lines worked on together; from a terminal always one", 1, 1 << 12).Default(64);
    private static readonly string[] s_results = ["prediction", "predicted_label", "probability", "scores"];
    private static readonly JsonWriterOptions s_json =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static CommandDefinition Define() => new()
    {
        Options =
        [
            EvaluateCommand.RunFolderOption, s_task, EvaluateCommand.ModelOption, s_input,
            s_output, s_batch, ModelFolder.Strict,
        ],
        Notes = "Each line {\"sentence1\": …, \"sentence2\": …} gets \"prediction\", the likeliest label word, "
            + "\"predicted_label\", that label as the data spells it, \"probability\", and \"scores\", the "
            + "probabilities of all label words. All other fields are passed through. Where rows offer candidates "
            + "(record: \"entities\", a list), these take the place of labels. wsc takes marked texts, or spans as "
            + "its data has them.",
        Example = "predict --run runs/first-1 --task rte --input rows.jsonl",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        int batch = context.Value(s_batch);
        string input = context.Value(s_input), output = context.Value(s_output), name = context.Value(s_task);
        if (input == InputFile.Standard && !Console.IsInputRedirected) batch = 1;
        using IBackend backend = context.OpenBackend();
        using TrainedRun run = EvaluateCommand.Load(context, backend);
        if (!run.Tasks.Contains(name))
            throw new UserException($"--task: the run has no task '{name}', only {string.Join(", ", run.Tasks)}");
        TaskDeclaration task = run.Record.Tasks.First(one => one.Name == name);
        using Stream lines = InputFile.OpenOrStandard(input, context.Streams);
        if (output == InputFile.Standard)
        {
            Answer(context, run, task, lines, input, context.Streams.Output, batch);
            return ExitCode.Done;
        }
        // Line by line as they come: whoever stops it keeps what is there, as with standard output.
        using FileStream file = new(output, FileMode.Create, FileAccess.Write, FileShare.Read);
        Answer(context, run, task, lines, input, file, batch);
        return ExitCode.Done;
    }

    private static void Answer(
        CommandContext context, TrainedRun run, TaskDeclaration task, Stream lines, string input, Stream output,
        int batch) =>
        JsonLineRows.Run(
            context, lines, InputFile.Describe(input), output, s_results, batch, row => Read(row, task),
            rows => Array.ConvertAll(run.Predict(task.Name, rows, context.Interruption.Token), Members));

    private static TaskRow Read(JsonElement row, TaskDeclaration task)
    {
        try
        {
            return TaskRow.Read(task, row, "", 1);
        }
        catch (TaskDataException error)
        {
            // The reader of the lines knows the place.
            throw new FormatException(error.Problem, error);
        }
    }

    private static byte[] Members(Prediction prediction)
    {
        ArrayBufferWriter<byte> buffer = new(128);
        using (Utf8JsonWriter json = new(buffer, s_json))
        {
            json.WriteStartObject();
            json.WriteString("prediction", prediction.Word);
            json.WriteString("predicted_label", prediction.Label);
            json.WriteNumber("probability", Math.Round(prediction.Probability, 6));
            json.WriteStartObject("scores");
            foreach ((string word, double probability) in prediction.Scores) json.WriteNumber(
                word, Math.Round(probability, 6));
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return buffer.WrittenSpan[1..^1].ToArray();
    }
}
