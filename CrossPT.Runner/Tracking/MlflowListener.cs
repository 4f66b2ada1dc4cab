using System.Text.Json;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Tracking;

/// <summary>
/// Logs a run to the server of <c>MLFLOW_TRACKING_URI</c>, in the experiment of <c>MLFLOW_EXPERIMENT_NAME</c>. A
/// resumed run continues the one that <c>mlflow.json</c> in its folder names.
/// </summary>
internal sealed class MlflowListener : IRunListener, IDisposable
{
    private const string FileName = "mlflow.json";
    private const string DefaultExperiment = "crosspt";

    private static readonly string[] s_uploads =
    [
        RunFolder.ConfigName, RunFolder.MetricsName, RunFolder.PromptsName, RunFolder.RouterName,
        RunFolder.PredictionsName, RunFolder.HistoryName,
    ];

    private readonly MlflowServer _server;
    private readonly CommandContext _context;
    private readonly IRunListener _inner;
    private MlflowRun? _run;
    private RunFolder? _folder;

    private MlflowListener(MlflowServer server, CommandContext context, IRunListener inner)
    {
        _server = server;
        _context = context;
        _inner = inner;
    }

    /// <summary>Logs beside <paramref name="inner"/>; null where the environment names no server.</summary>
    /// <exception cref="UserException">The server's address is not one.</exception>
    public static MlflowListener? FromEnvironment(CommandContext context, IRunListener inner)
    {
        try
        {
            return MlflowServer.FromEnvironment(context.Variable) is { } server
                ? new MlflowListener(server, context, inner)
                : null;
        }
        catch (FormatException error)
        {
            throw new UserException(error.Message, inner: error);
        }
    }

    public void Loaded(PreparedRun run) => _inner.Loaded(run);

    public void Began(RunFolder folder)
    {
        _inner.Began(folder);
        _folder = folder;
        string experiment = _context.Variable("MLFLOW_EXPERIMENT_NAME") is { Length: > 0 } name
            ? name
            : DefaultExperiment;
        string file = folder.PathOf(FileName);
        _run = MlflowRun.BeginAsync(
            _server, experiment, Path.GetFileName(folder.FullPath), EarlierRun(file), Settings(folder), _context.Note,
            _context.Interruption.Token).GetAwaiter().GetResult();
        if (_run is null) return;
        folder.WriteJson(FileName, json =>
        {
            json.WriteStartObject();
            json.WriteString("server", _server.Address.AbsoluteUri);
            json.WriteString("experiment", experiment);
            json.WriteString("run", _run.Id);
            json.WriteEndObject();
        });
    }

    public void Stepped(StageStep step) => _inner.Stepped(step);

    public void Composed(ComposedRun run) => _inner.Composed(run);

    public void Stepped(TrainingStep step)
    {
        _inner.Stepped(step);
        _run?.Log(step.Number, ("loss", step.Loss));
        _run?.Log(step.Number, step.TaskLosses.Select(static one => ($"loss/{one.Key}", one.Value)));
        _run?.Log(
            step.Number,
            step.LearningRates.Select(static one =>
                ($"learning_rate/{one.Key.ToString().ToLowerInvariant()}", one.Value)));
    }

    public void Evaluated(TrainingEvaluation evaluation)
    {
        _inner.Evaluated(evaluation);
        _run?.Log(evaluation.Step, ("validation/score", evaluation.Score));
    }

    public void Evaluates() => _inner.Evaluates();

    /// <summary>Logs the test metrics, uploads the run's files and ends the run on the server.</summary>
    /// <param name="status">How the run ended.</param>
    /// <param name="metrics">Its metrics; null where it did not come that far.</param>
    public void Finish(MlflowStatus status, RunMetrics? metrics)
    {
        if (_run is null) return;
        foreach (TaskEvaluation evaluation in metrics?.Evaluations ?? [])
        {
            _run.Log(
                metrics!.Steps.Count,
                evaluation.Metrics.Select(one =>
                    ($"test/{evaluation.Task.Name}/{TaskMetrics.NameOf(one.Metric)}", one.Value)));
        }
        IEnumerable<string> files = metrics is null ? [] : s_uploads.Select(_folder!.PathOf);
        _run.FinishAsync(status, files).GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        _run?.Dispose();
        _server.Dispose();
    }

    /// <summary>The run of the same server that the folder was logged as before; null for none.</summary>
    private string? EarlierRun(string file)
    {
        if (!File.Exists(file)) return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
            JsonElement root = document.RootElement;
            bool isSame = root.GetProperty("server").GetString() == _server.Address.AbsoluteUri;
            return isSame ? root.GetProperty("run").GetString() : null;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new IOException($"{file}: not a record of an MLflow run; delete it to log a new one", error);
        }
    }

    /// <summary>The settings of the run's configuration by path, <c>training.steps</c>.</summary>
    private static List<KeyValuePair<string, string>> Settings(RunFolder folder)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(folder.PathOf(RunFolder.ConfigName)));
        List<KeyValuePair<string, string>> settings = [];
        if (document.RootElement.TryGetProperty("configuration", out JsonElement configuration))
            Add("", configuration);
        return settings;

        void Add(string path, JsonElement value)
        {
            switch (value.ValueKind)
            {
                case JsonValueKind.Object:
                    foreach (JsonProperty member in value.EnumerateObject())
                        Add(path.Length == 0 ? member.Name : $"{path}.{member.Name}", member.Value);
                    break;
                case JsonValueKind.Array:
                    int place = 0;
                    foreach (JsonElement item in value.EnumerateArray()) Add($"{path}.{place++}", item);
                    break;
                default:
                    settings.Add(new(path, value.ToString()));
                    break;
            }
        }
    }
}
