using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;

namespace CrossPT.Runner.Tests.Tracking;

/// <summary>An MLflow tracking server as its REST documentation describes it, in memory.</summary>
internal sealed class MlflowStandIn : IDisposable
{
    private readonly Dictionary<string, string> _experiments = new() { ["Default"] = "0" };

    private readonly HttpListener _listener;

    public MlflowStandIn()
    {
        // HttpListener takes no port 0: another one where the port is taken.
        for (int attempt = 0; ; attempt++)
        {
            Address = $"http://127.0.0.1:{20000 + Random.Shared.Next(20000)}/";
            _listener = new HttpListener();
            _listener.Prefixes.Add(Address);
            try
            {
                _listener.Start();
                break;
            }
            catch (HttpListenerException) when (attempt < 20)
            {
                _listener.Close();
            }
        }
        _ = ServeAsync();
    }

    public string Address { get; }

    /// <summary>The status of every answer from now on; null to answer as the documentation says.</summary>
    public int? Failing { get; set; }

    /// <summary>The body of every answer from now on; null to answer as the documentation says.</summary>
    public string? Answering { get; set; }

    public ConcurrentQueue<(string Method, string Path, string? Authorization)> Requests { get; } = new();

    public ConcurrentQueue<(string Key, double Value, long Step)> Metrics { get; } = new();

    public ConcurrentDictionary<string, string> Parameters { get; } = new();

    public ConcurrentDictionary<string, string> Files { get; } = new();

    public ConcurrentQueue<string> Statuses { get; } = new();

    public IReadOnlyCollection<string> Experiments => _experiments.Keys;

    public string? RunName { get; private set; }

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                HttpListenerContext context = await _listener.GetContextAsync();
                using StreamReader reader = new(context.Request.InputStream);
                string body = await reader.ReadToEndAsync();
                string path = context.Request.Url!.AbsolutePath;
                Requests.Enqueue((context.Request.HttpMethod, path, context.Request.Headers["Authorization"]));
                (int status, string answer) = Failing is { } failing
                    ? (failing, """{"error_code": "INTERNAL_ERROR", "message": "the disk\nis full"}""")
                    : Answering is { } answering ? (200, answering) : Answer(context.Request, path, body);
                context.Response.StatusCode = status;
                byte[] bytes = Encoding.UTF8.GetBytes(answer);
                await context.Response.OutputStream.WriteAsync(bytes);
                context.Response.Close();
            }
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private (int Status, string Answer) Answer(HttpListenerRequest request, string path, string body)
    {
        const string api = "/api/2.0/mlflow/", artifacts = "/api/2.0/mlflow-artifacts/artifacts/";
        if (path.StartsWith(artifacts, StringComparison.Ordinal) && request.HttpMethod == "PUT")
        {
            Files[path[artifacts.Length..]] = body;
            return (200, "{}");
        }
        using JsonDocument document = JsonDocument.Parse(body.Length == 0 ? "{}" : body);
        JsonElement root = document.RootElement;
        switch (path[api.Length..])
        {
            case "experiments/get-by-name":
                return _experiments.TryGetValue(request.QueryString["experiment_name"]!, out string? id)
                    ? (200, $$"""{"experiment": {"experiment_id": "{{id}}"} }""")
                    : (404, """{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no such experiment"}""");
            case "experiments/create":
                _experiments[root.GetProperty("name").GetString()!] = "7";
                return (200, """{"experiment_id": "7"}""");
            case "runs/create":
                RunName = root.GetProperty("run_name").GetString();
                return (200, Info(root.GetProperty("experiment_id").GetString()!));
            case "runs/get":
                return (200, Info("7"));
            case "runs/update":
                Statuses.Enqueue(root.GetProperty("status").GetString()!);
                return (200, "{}");
            case "runs/log-batch":
                return Log(root);
            default:
                return (404, "{}");
        }
    }

    private static string Info(string experiment) =>
        $$"""
            {"run": {"info": {"run_id": "abc", "artifact_uri": "mlflow-artifacts:/{{experiment}}/abc/artifacts"} } }
            """;

    private (int Status, string Answer) Log(JsonElement root)
    {
        if (root.TryGetProperty("params", out JsonElement parameters))
        {
            if (parameters.GetArrayLength() > 100) return (400, """{"message": "too many params"}""");
            foreach (JsonElement one in parameters.EnumerateArray())
                Parameters[one.GetProperty("key").GetString()!] = one.GetProperty("value").GetString()!;
        }
        if (root.TryGetProperty("metrics", out JsonElement metrics))
        {
            if (metrics.GetArrayLength() > 1000) return (400, """{"message": "too many metrics"}""");
            foreach (JsonElement one in metrics.EnumerateArray())
            {
                JsonElement value = one.GetProperty("value");
                double number = value.ValueKind == JsonValueKind.Number ? value.GetDouble() : double.NaN;
                Metrics.Enqueue((one.GetProperty("key").GetString()!, number, one.GetProperty("step").GetInt64()));
            }
        }
        return (200, "{}");
    }
}
