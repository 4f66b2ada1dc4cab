using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;

namespace CrossPT.Runner.Tracking;

/// <summary>How a run ended, in MLflow's words.</summary>
internal enum MlflowStatus
{
    Finished,
    Failed,
    Killed,
}

/// <summary>
/// A run on an MLflow tracking server (REST API 2.0). Metrics are sent in the background: a slow or absent server never
/// delays or ends a training, whose own files hold everything.
/// </summary>
internal sealed class MlflowRun : IDisposable
{
    // Limits of the server for one log-batch request (MLflow, "REST API", Log Batch).
    private const int MostMetrics = 1000;
    private const int MostParameters = 100;
    private const int LongestParameter = 500;

    private const int Attempts = 3;

    private static readonly TimeSpan s_finishWithin = TimeSpan.FromSeconds(20);

    private readonly MlflowServer _server;
    private readonly Action<string> _note;
    private readonly string _artifactRoot;
    private readonly Channel<Metric> _queue = Channel.CreateUnbounded<Metric>(new() { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sending;
    private long _lost;
    private string? _lastError;

    private MlflowRun(MlflowServer server, string id, string artifactRoot, Action<string> note)
    {
        _server = server;
        _note = note;
        _artifactRoot = artifactRoot;
        Id = id;
        _sending = Task.Run(SendAllAsync);
    }

    /// <summary>The server's id of the run.</summary>
    public string Id { get; }

    /// <summary>
    /// Begins a run, or continues the run <paramref name="id"/>; null, with a note, where the server fails.
    /// </summary>
    /// <param name="server">Address and credentials.</param>
    /// <param name="experiment">The experiment's name; created where it does not exist.</param>
    /// <param name="name">The run's name.</param>
    /// <param name="id">A run to continue; null for a new one.</param>
    /// <param name="parameters">Settings by path; logged once.</param>
    /// <param name="note">Receives a sentence for the user.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<MlflowRun?> BeginAsync(
        MlflowServer server, string experiment, string name, string? id,
        IEnumerable<KeyValuePair<string, string>> parameters, Action<string> note, CancellationToken cancellation)
    {
        try
        {
            (string run, string artifacts) = id is null
                ? await CreateAsync(server, experiment, name, cancellation).ConfigureAwait(false)
                : await ContinueAsync(server, id, cancellation).ConfigureAwait(false);
            if (id is null)
            {
                foreach (KeyValuePair<string, string>[] some in parameters.Chunk(MostParameters))
                    await server.PostAsync("runs/log-batch", json => WriteParameters(json, run, some), cancellation)
                        .ConfigureAwait(false);
            }
            return new MlflowRun(server, run, artifacts, note);
        }
        catch (Exception error) when (error is MlflowException or InvalidOperationException)
        {
            string problem = error is MlflowException
                ? error.Message
                : $"MLflow: {server.Address} answered in a form that is not MLflow's";
            note($"{problem}; the run is not logged to MLflow");
            return null;
        }
    }

    /// <summary>Queues metrics of a step.</summary>
    public void Log(long step, params IEnumerable<(string Key, double Value)> metrics)
    {
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        foreach ((
            string key, double value) in metrics) _queue.Writer.TryWrite(new Metric(KeyOf(key), value, now, step));
    }

    /// <summary>
    /// Sends what is queued, uploads files, and ends the run on the server; waits at most 20 seconds.
    /// </summary>
    /// <param name="status">How the run ended.</param>
    /// <param name="artifacts">Files to upload.</param>
    public async Task FinishAsync(MlflowStatus status, IEnumerable<string> artifacts)
    {
        _queue.Writer.TryComplete();
        _stop.CancelAfter(s_finishWithin);
        try
        {
            await _sending.ConfigureAwait(false);
            if (_lost > 0) _note($"MLflow: {_lost} metrics were not logged: {_lastError}");
            await UploadAsync(artifacts).ConfigureAwait(false);
            await _server.PostAsync(
                "runs/update",
                json =>
                {
                    json.WriteString("run_id", Id);
                    json.WriteString("status", status.ToString().ToUpperInvariant());
                    json.WriteNumber("end_time", DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
                },
                _stop.Token).ConfigureAwait(false);
        }
        catch (MlflowException error)
        {
            _note(error.Message);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _note($"MLflow: a file of the run was not uploaded: {error.Message}");
        }
        catch (OperationCanceledException)
        {
            _note($"MLflow: {_server.Address} did not take everything within {s_finishWithin.TotalSeconds:0} s");
        }
    }

    public void Dispose()
    {
        _queue.Writer.TryComplete();
        _stop.Cancel();
        _stop.Dispose();
    }

    /// <summary>A key as MLflow accepts it: letters, digits, and <c>_ - . space : /</c>.</summary>
    internal static string KeyOf(string key) =>
        string.Concat(key.Select(static c => char.IsLetterOrDigit(c) || "_-. :/".Contains(c) ? c : '_'));

    private static async Task<(string Id, string Artifacts)> CreateAsync(
        MlflowServer server, string experiment, string name, CancellationToken cancellation)
    {
        string experimentId = await server.FindExperimentAsync(experiment, cancellation).ConfigureAwait(false);
        using JsonDocument answer = await server.PostAsync(
            "runs/create",
            json =>
            {
                json.WriteString("experiment_id", experimentId);
                json.WriteString("run_name", name);
                json.WriteNumber("start_time", DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
                json.WriteStartArray("tags");
                WriteTag(json, "mlflow.source.name", "crosspt");
                WriteTag(json, "mlflow.source.type", "LOCAL");
                json.WriteEndArray();
            },
            cancellation).ConfigureAwait(false);
        return Info(server, answer);
    }

    private static async Task<(string Id, string Artifacts)> ContinueAsync(
        MlflowServer server, string id, CancellationToken cancellation)
    {
        using JsonDocument answer = await server.PostAsync(
            "runs/update",
            json =>
            {
                json.WriteString("run_id", id);
                json.WriteString("status", "RUNNING");
            },
            cancellation).ConfigureAwait(false);
        using JsonDocument run = await server
            .GetAsync($"runs/get?run_id={Uri.EscapeDataString(id)}", cancellation).ConfigureAwait(false);
        return Info(server, run);
    }

    private static (string Id, string Artifacts) Info(MlflowServer server, JsonDocument answer)
    {
        bool isRun = answer.RootElement.TryGetProperty("run", out JsonElement run)
            && run.TryGetProperty("info", out JsonElement info)
            && info.TryGetProperty("run_id", out JsonElement id) && id.ValueKind == JsonValueKind.String;
        if (!isRun) throw new MlflowException($"MLflow: {server.Address} answered without a run id");
        JsonElement known = run.GetProperty("info");
        string artifacts = known.TryGetProperty("artifact_uri", out JsonElement uri) ? uri.GetString() ?? "" : "";
        return (known.GetProperty("run_id").GetString()!, artifacts);
    }

    private static void WriteTag(Utf8JsonWriter json, string key, string value)
    {
        json.WriteStartObject();
        json.WriteString("key", key);
        json.WriteString("value", value);
        json.WriteEndObject();
    }

    private static void WriteParameters(Utf8JsonWriter json, string run, KeyValuePair<string, string>[] parameters)
    {
        json.WriteString("run_id", run);
        json.WriteStartArray("params");
        foreach ((string key, string value) in parameters)
        {
            string shown = value.Length <= LongestParameter ? value : value[..(LongestParameter - 1)] + "…";
            WriteTag(json, KeyOf(key), shown);
        }
        json.WriteEndArray();
    }

    private async Task SendAllAsync()
    {
        List<Metric> batch = [];
        try
        {
            while (await _queue.Reader.WaitToReadAsync(_stop.Token).ConfigureAwait(false))
            {
                while (batch.Count < MostMetrics && _queue.Reader.TryRead(out Metric metric)) batch.Add(metric);
                await SendAsync(batch).ConfigureAwait(false);
                batch.Clear();
            }
        }
        catch (OperationCanceledException)
        {
            _lost += batch.Count + _queue.Reader.Count;
            _lastError ??= "no time was left";
        }
    }

    private async Task SendAsync(List<Metric> batch)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                using JsonDocument answer = await _server.PostAsync(
                    "runs/log-batch", json => WriteMetrics(json, batch), _stop.Token).ConfigureAwait(false);
                return;
            }
            catch (MlflowException error) when (attempt == Attempts || !error.IsTransient)
            {
                // What training wrote to its own files is not lost with this batch.
                _lost += batch.Count;
                _lastError = error.Message;
                return;
            }
            catch (MlflowException)
            {
                await Task.Delay(TimeSpan.FromSeconds(attempt), _stop.Token).ConfigureAwait(false);
            }
        }
    }

    private void WriteMetrics(Utf8JsonWriter json, List<Metric> batch)
    {
        json.WriteString("run_id", Id);
        json.WriteStartArray("metrics");
        foreach (Metric metric in batch)
        {
            json.WriteStartObject();
            json.WriteString("key", metric.Key);
            // MLflow's JSON has names for what JSON has no numbers for.
            if (double.IsFinite(metric.Value)) json.WriteNumber("value", metric.Value);
            else json.WriteString("value", metric.Value.ToString(CultureInfo.InvariantCulture));
            json.WriteNumber("timestamp", metric.Time);
            json.WriteNumber("step", metric.Step);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private async Task UploadAsync(IEnumerable<string> files)
    {
        const string scheme = "mlflow-artifacts:";
        if (!_artifactRoot.StartsWith(scheme, StringComparison.Ordinal))
        {
            _note($"MLflow: files are not uploaded: the server keeps them at {_artifactRoot}, which it does not serve");
            return;
        }
        // mlflow-artifacts:/3/RUN/artifacts, or with a host of its own: only the path counts.
        string root = _artifactRoot[scheme.Length..];
        if (root.StartsWith("//", StringComparison.Ordinal)) root = root[Math.Max(2, root.IndexOf('/', 2))..];
        foreach (string file in files.Where(File.Exists))
        {
            await _server.PutAsync($"{root.Trim('/')}/{Path.GetFileName(file)}", file, _stop.Token)
                .ConfigureAwait(false);
        }
    }

    private readonly record struct Metric(string Key, double Value, long Time, long Step);
}

/// <summary>A request that the server did not answer, or answered with an error.</summary>
/// <param name="message">One sentence with the server's address.</param>
internal sealed class MlflowException(string message) : Exception(message)
{
    /// <summary>Whether the same request may succeed later.</summary>
    public bool IsTransient { get; init; }
}
