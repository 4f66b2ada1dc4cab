using System.CommandLine;
using System.Text;
using CrossPT.Prompting.Tasks;
using CrossPT.Runner.Cli;
using CrossPT.Runner.OwnData;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt new</c>: a configuration to start from, or one for rows of one's own.</summary>
internal static class NewCommand
{
    private const string Starter = "templates/starter.json", Own = "templates/own.json", Schema = "crosspt.schema.json";

    private static readonly Argument<string> s_file = Options.Argument(
        "FILE", "the configuration to write, which must not exist yet; with --data, NAME.json unless given").Optional();
    private static readonly Option<string> s_data = Options.Text(
        "--data", "FILE|OWNER/NAME",
        "rows of your own (CSV, TSV, JSON lines, a JSON list, Parquet), or a data set of the hub");
    private static readonly Option<string> s_text =
        Options.Text("--text", "COLUMN", "the column of the text").Otherwise("found by name and contents");
    private static readonly Option<string> s_pair = Options.Text(
        "--pair", "COLUMN", "the column of a second text, for questions about two").Otherwise("found likewise");
    private static readonly Option<string> s_label =
        Options.Text("--label", "COLUMN", "the column of the label or score").Otherwise("found likewise");
    private static readonly Option<string> s_metric = Options.Text(
        "--metric", "METRIC", "what is measured first; a metric of scores makes numbers a score")
            .Otherwise("accuracy, or pearson for scores").Offers([.. TaskMetrics.Names]);
    private static readonly Option<string> s_model = Options.Text(
        "--model", "M", "model folder, a name on the hub, or demo").Otherwise("t5-small, or google/mt5-small "
            + "where the texts are not in the Latin alphabet");
    private static readonly Option<string>[] s_ofData = [s_text, s_pair, s_label, s_metric, s_model];

    public static CommandDefinition Define() => new()
    {
        Arguments = [s_file],
        Options = [s_data, .. s_ofData],
        Notes = "The configuration trains as it is: the rows are divided 80/10/10 by a rule that stands in it. "
            + $"Beside it, {Schema} lets editors complete the configuration and check it.",
        Example = "new --data reviews.csv",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        string? data = context.Find(s_data);
        if (data is null && s_ofData.FirstOrDefault(context.Has) is { } without)
            throw new UserException($"{without.Name}: without effect, expected --data beside it");
        string path = context.Find(s_file) ?? NameFor(data);
        if (Path.Exists(path))
        {
            string other = context.Find(s_file) is null ? $", as in crosspt new other.json --data {data}" : "";
            throw new UserException($"{path}: exists already, expected a new file{other}");
        }
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "";
        if (!Directory.Exists(folder)) throw new UserException($"{path}: there is no folder {folder}");
        if (data is null)
        {
            Write(folder, path, Template(Starter));
            if (context.IsJson) context.WriteJson(json => json.WriteString("file", Path.GetFullPath(path)));
            else context.Text.WriteLine(
                $"{path}: set the model, the tasks and the data, then: crosspt train {path} --dry-run");
            return ExitCode.Done;
        }
        TaskMetric? metric = context.Find(s_metric) is { } name ? MetricOf(name) : null;
        TaskHints hints = new(context.Find(s_text), context.Find(s_pair), context.Find(s_label), metric);
        OwnConfiguration own = OwnConfiguration.Find(context, data, hints, context.Find(s_model));
        Write(folder, path, own.Write(Template(Own), path));
        context.Warn(own.Warnings);
        if (context.IsJson) WriteJson(context, own, path);
        else WriteText(context.Text, own, path);
        return ExitCode.Done;
    }

    private static TaskMetric MetricOf(string name) => TaskMetrics.Names.Contains(name)
        ? TaskMetrics.Parse(name)
        : throw new UserException(
            $"--metric: found '{name}', expected one of {string.Join(", ", TaskMetrics.Names.ToArray())}");

    private static void WriteText(TextWriter text, OwnConfiguration own, string path)
    {
        text.WriteLine($"found  {own.Describe()}");
        text.WriteLine(own.Parts is { } parts
            ? $"rows   {parts.Train} for training, {parts.Validation} for validation, {parts.Test} for testing"
            : "rows   as the data set divides them");
        bool isNumbered = own.Task.Labels.Count > 2 && own.Task.Labels.All(
            static label => TaskScale.Parse(label.Value) is not null);
        if (own.Task.Scale is null && isNumbered)
            text.WriteLine("       (numbers as classes; --metric pearson makes them a score)");
        text.WriteLine($"model  {own.Model}");
        text.WriteLine($"wrote  {path}; next: crosspt train {path} --dry-run");
    }

    private static void WriteJson(CommandContext context, OwnConfiguration own, string path) =>
        context.WriteJson(json =>
        {
            json.WriteString("file", Path.GetFullPath(path));
            json.WriteString("model", own.Model);
            json.WriteNumber("rows", own.Rows);
            if (own.Parts is { } parts)
            {
                json.WriteNumber("train_rows", parts.Train);
                json.WriteNumber("validation_rows", parts.Validation);
                json.WriteNumber("test_rows", parts.Test);
            }
            json.WritePropertyName("task");
            own.Task.Write(json);
            json.WriteStartArray("warnings");
            foreach (string warning in own.Warnings) json.WriteStringValue(warning);
            json.WriteEndArray();
        });

    /// <summary>The configuration's name where none is given: the data's, with another ending.</summary>
    private static string NameFor(string? data)
    {
        if (data is null) throw new UserException("new: no FILE, expected the configuration to write, or --data");
        string name = OwnConfiguration.NameOf(data);
        return File.Exists($"{name}.json") && Path.GetFullPath(data) == Path.GetFullPath($"{name}.json")
            ? $"{name}-run.json"
            : $"{name}.json";
    }

    private static void Write(string folder, string path, string text)
    {
        WriteFile(Path.Combine(folder, Schema), Template($"templates/{Schema}"));
        WriteFile(path, text);
    }

    private static void WriteFile(string path, string text) =>
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    private static string Template(string name)
    {
        using StreamReader reader = new(typeof(NewCommand).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
