using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Tasks;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Demo;
using CrossPT.Runner.Hub;
using CrossPT.Runner.Hub.Data;
using CrossPT.Runner.Hub.Transfer;
using CrossPT.Runner.JsonLines;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Runner.OwnData;

/// <summary>A configuration for rows of one's own: what was found in them, and what trains on them as it is.</summary>
internal sealed partial class OwnConfiguration
{
    private const string DefaultModel = "t5-small", ForeignModel = "google/mt5-small";
    private const int FewRows = 500, MostTestRows = 500, SourceLength = 256;

    private const string PromptTuning = """
        // Prompt tuning. With prompts of related tasks, "crosspt" takes what helps from each:
          //   "method": "crosspt", "sources": [ { "train": "sst2", "steps": 500 }, { "train": "mnli", "steps": 500 } ]
          "method": "pt",
          "prompt": { "length": 20 },
        """;

    private static readonly string[] s_endings = [".csv", ".tsv", ".txt", ".json", ".jsonl", ".parquet"];
    private static readonly SplitShares s_shares = new(0.1, 0.1, Seed: 1);

    private OwnConfiguration(string data, string? dataset, TaskDeclaration task, string model)
    {
        Data = data;
        Dataset = dataset;
        Task = task;
        Model = model;
    }

    /// <summary>The file, or the first of the data set's.</summary>
    public string Data { get; }

    /// <summary>The data set's name on the hub; null for a file.</summary>
    public string? Dataset { get; }

    public TaskDeclaration Task { get; }

    public string Model { get; }

    /// <summary>Rows with a label.</summary>
    public int Rows { get; private init; }

    /// <summary>Training, validation and test rows; null where a data set comes divided.</summary>
    public (int Train, int Validation, int Test)? Parts { get; private init; }

    /// <summary>Warnings, a sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>Looks at a file, or at a data set of the hub, which is downloaded where it is not here.</summary>
    /// <exception cref="UserException">There is no such file or data set.</exception>
    /// <exception cref="TaskDataException">The task cannot be told from the rows, or they are broken.</exception>
    public static OwnConfiguration Find(CommandContext context, string data, TaskHints hints, string? model)
    {
        string name = NameOf(data);
        TaskSettings settings = Locate(context, data, name);
        string file = settings.TrainFile!;
        TaskLocation location = TaskLocation.Of(file);
        DataColumns columns = DataColumns.Read(location);
        TaskDeclaration task = TaskFinder.Find(name, columns, location, hints);
        bool isForeign = task.Fields.Any(field => columns.Find(field)!.IsForeign);
        model ??= isForeign ? ForeignModel : DefaultModel;
        TaskRows rows = TaskData.Read(location, task);
        try
        {
            bool isDivided = settings.ValidationFile is not null || settings.TestFile is not null;
            (Example[] train, Example[] validation, Example[] test) =
                isDivided ? ([], [], []) : s_shares.Divide(task, rows.Examples);
            return new OwnConfiguration(file, settings.Dataset, task, model)
            {
                Rows = rows.Examples.Count,
                Parts = isDivided ? null : (train.Length, validation.Length, test.Length),
                Warnings = [.. rows.Remarks, .. CheckWords(context, task, model)],
            };
        }
        catch (ArgumentException error)
        {
            throw new UserException($"{data}: {error.Message}", ExitCode.BadInput, error);
        }
    }

    /// <summary>The name of the task and of its configuration.</summary>
    public static string NameOf(string data)
    {
        string name = File.Exists(data) || HasEnding(data)
            ? Path.GetFileNameWithoutExtension(data)
            : data.Split('/')[^1];
        // A built-in task of that name has other fields and labels.
        return BuiltInTasks.Find(name) is null ? name : $"own-{name}";
    }

    /// <summary>The configuration as text, with paths relative to a folder.</summary>
    public string Write(string template, string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string model = Directory.Exists(Model) ? Relative(folder, Model) : Model;
        bool isFew = Rows < FewRows;
        string evaluation = Parts is { Test: <= MostTestRows } ? ""
            : $",\n  // Of many test rows the first {MostTestRows} of a seeded order; without this, all.\n"
            + $"  \"evaluation\": {{ \"examples\": {MostTestRows} }}";
        Dictionary<string, string> values = new()
        {
            ["THIS"] = Path.GetFileName(path),
            ["RUN"] = $"runs/{Path.GetFileNameWithoutExtension(path)}-1",
            ["FOUND"] = Failure.OneLine(Describe()),
            ["\"MODEL\""] = JsonText.Quote(model),
            ["\"TASK\""] = WriteTask(folder),
            ["METHOD"] = Model == DemoFiles.Name && !Directory.Exists(Model) ? WithSources() : PromptTuning,
            ["STEPS"] = isFew ? "300" : "1000",
            [",EVALUATION"] = evaluation,
        };
        // In one pass: a column may be called as a place is.
        return Places().Replace(template, place => values[place.Value]);
    }

    /// <summary>One line on what was found.</summary>
    public string Describe()
    {
        string answers = Task.Scale is { } scale
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"a score from {scale.Minimum} to {scale.Maximum} in steps of {scale.Step}")
            : $"{Task.Labels.Count} classes ({string.Join(", ", Task.Labels.Take(8).Select(static one => one.Value))}"
                + (Task.Labels.Count > 8 ? ", …)" : ")");
        return $"{Rows} rows, {string.Join(" and ", Task.Fields)} → {Task.LabelField}: {answers}";
    }

    /// <summary>CrossPT itself, where source prompts come with the model.</summary>
    private static string WithSources()
    {
        string sources = string.Join(", ", DemoFiles.SourceNames.Select(static name => $"\"{DemoFiles.Name}/{name}\""));
        return $"""
            // A router takes what helps from each of the source prompts that come with this model; they are of 8 rows.
              "method": "crosspt",
              "sources": [{sources}],
            """;
    }

    private string WriteTask(string folder)
    {
        List<string> keys = [$"\"name\": {JsonText.Quote(Task.Name)}"];
        keys.Add(Dataset is { } dataset
            ? $"\"dataset\": {JsonText.Quote(dataset)}"
            : $"\"train\": {JsonText.Quote(Relative(folder, Data))}");
        keys.Add("\"shots\": \"all\"");
        keys.Add($"\"declaration\": {WriteDeclaration()}");
        if (Parts is not null)
        {
            keys.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"\"splits\": {{ \"validation\": {s_shares.Validation}, \"test\": {s_shares.Test}, ")
                + $"\"seed\": {s_shares.Seed} }}");
        }
        return $"{{\n      {string.Join(",\n      ", keys)}\n    }}";
    }

    private string WriteDeclaration()
    {
        using MemoryStream stream = new();
        JsonWriterOptions options = new()
        {
            Indented = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        using (Utf8JsonWriter json = new(stream, options)) ConfigJson.Write(json, Task.ToValue());
        string text = Encoding.UTF8.GetString(stream.ToArray());
        // Lists of texts take a line each.
        text = TextList().Replace(text, static list => $"[{LineStart().Replace(list.Value[1..^1], " ").Trim()}]");
        return text.ReplaceLineEndings("\n      ");
    }

    /// <summary>The task's files: the one named, or those of a data set.</summary>
    private static TaskSettings Locate(CommandContext context, string data, string name)
    {
        if (Directory.Exists(data)) throw new UserException($"--data: {data} is a folder, expected a file of rows");
        bool isFile = File.Exists(data) || HasEnding(data) || data.Count(static c => c == '/') is 0 or > 2;
        if (isFile) return new TaskSettings(name) { TrainFile = data };
        DatasetName dataset = DatasetName.Parse(data);
        HubSettings settings = HubSettings.Read(context.Variable);
        if (HubDatasets.Find(settings, dataset) is null)
        {
            context.Note($"{data}: no such file; downloading the data set of that name from {settings.Endpoint}");
            using TransferProgress progress = new(context.Console, lines: false);
            HubDatasets hub = new(settings, progress);
            _ = hub.PullAsync(dataset, context.Interruption.Token, isOne: true).GetAwaiter().GetResult();
        }
        return DefaultData.WithFiles(context, new TaskSettings(name) { Dataset = data });
    }

    /// <summary>Label words that the model cannot read whole, where the model is here already.</summary>
    private static IReadOnlyList<string> CheckWords(CommandContext context, TaskDeclaration task, string model)
    {
        if (ModelFolder.FindHere(context, model) is not { } folder) return [];
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(folder);
        try
        {
            return new TaskCodec(task, tokenizer, T5Config.Load(folder), SourceLength).Warnings;
        }
        catch (ArgumentException error)
        {
            return [$"{error.Message.TrimEnd('.')}; choose other words in \"labels\""];
        }
    }

    private static bool HasEnding(string data) => s_endings.Contains(Path.GetExtension(data).ToLowerInvariant());

    private static string Relative(string folder, string path) =>
        Path.GetRelativePath(folder, Path.GetFullPath(path)).Replace('\\', '/');

    [GeneratedRegex(@"\[\r?\n[^\[\]{}]*\]")]
    private static partial Regex TextList();

    [GeneratedRegex(@"\r?\n *")]
    private static partial Regex LineStart();

    [GeneratedRegex("THIS|RUN|FOUND|\"MODEL\"|METHOD|\"TASK\"|STEPS|,EVALUATION")]
    private static partial Regex Places();
}
