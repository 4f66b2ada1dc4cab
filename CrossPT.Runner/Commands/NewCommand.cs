using System.CommandLine;
using System.Globalization;
using System.Text;
using CrossPT.Prompting.Tasks;
using CrossPT.Runner.Cli;
using CrossPT.Runner.JsonLines;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt new</c>: a commented configuration to start from.</summary>
internal static class NewCommand
{
    private const string Starter = "templates/starter.json", Own = "templates/own.json", Schema = "crosspt.schema.json";

    private static readonly Argument<string> s_file =
        Options.Argument("FILE", "the configuration to write, which must not exist yet");
    private static readonly Option<string> s_data =
        Options.Text("--data", "FILE", "rows of your own with the columns text and label: CSV, TSV, JSON, Parquet");

    public static CommandDefinition Define() => new()
    {
        Arguments = [s_file],
        Options = [s_data],
        Notes = $"Beside it, {Schema} lets editors complete the configuration and check it.",
        Example = "new run.json",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        string path = context.Value(s_file);
        if (File.Exists(path) || Directory.Exists(path))
            throw new UserException($"{path}: exists already, expected a new file");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "";
        if (!Directory.Exists(folder)) throw new UserException($"{path}: there is no folder {folder}");
        string? data = context.Has(s_data) ? context.Value(s_data) : null;
        string text = data is null ? Template(Starter) : ForData(data, folder);
        Write(Path.Combine(folder, Schema), Template($"templates/{Schema}"));
        Write(path, text);
        if (context.IsJson) context.WriteJson(json => json.WriteString("file", Path.GetFullPath(path)));
        else
        {
            string settings = data is null ? "the model, the tasks and the data" : "the model";
            context.Text.WriteLine($"{path}: set {settings}, then: crosspt train {path} --dry-run");
        }
        return ExitCode.Done;
    }

    /// <summary>A configuration for a task whose fields and labels follow from its rows.</summary>
    private static string ForData(string data, string folder)
    {
        string name = Path.GetFileNameWithoutExtension(data);
        // A built-in task of that name has other fields and labels.
        if (BuiltInTasks.Find(name) is not null) name = $"own-{name}";
        TaskDeclaration task = PreparedTask.Declare(new TaskSettings(name) { TrainFile = data });
        int rows = TaskData.Read(data, task).Length, shots = Math.Min(32, rows - (rows / 4) - (rows / 8));
        string place = Path.GetRelativePath(folder, Path.GetFullPath(data));
        return Template(Own)
            .Replace("\"NAME\"", JsonText.Quote(name), StringComparison.Ordinal)
            .Replace("\"DATA\"", JsonText.Quote(place), StringComparison.Ordinal)
            .Replace("SHOTS", shots.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("DERIVED", Failure.OneLine(DerivedTask.Describe(task)), StringComparison.Ordinal);
    }

    private static void Write(string path, string text) =>
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    private static string Template(string name)
    {
        using StreamReader reader = new(typeof(NewCommand).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
