using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace CrossPT.Runner.Tracking;

/// <summary>
/// Requests to an MLflow tracking server, with the credentials of MLflow's own environment variables.
/// </summary>
internal sealed class MlflowServer : IDisposable
{
    private const int LongestAnswer = 1 << 20;
    private const int LongestError = 200;

    private readonly HttpClient _client;

    private MlflowServer(Uri address, AuthenticationHeaderValue? authorization)
    {
        Address = address;
        // Not followed: the credentials are for this server.
        SocketsHttpHandler handler = new() { AllowAutoRedirect = false };
        _client = new HttpClient(handler)
        {
            Timeout = TimeSpan.FromSeconds(15),
            MaxResponseContentBufferSize = LongestAnswer,
        };
        _client.DefaultRequestHeaders.Authorization = authorization;
    }

    /// <summary>The server, without credentials.</summary>
    public Uri Address { get; }

    /// <summary>
    /// The server that <c>MLFLOW_TRACKING_URI</c> names, with <c>MLFLOW_TRACKING_TOKEN</c>, or
    /// <c>MLFLOW_TRACKING_USERNAME</c> and <c>MLFLOW_TRACKING_PASSWORD</c>; null if the variable is not set.
    /// </summary>
    /// <exception cref="FormatException">The variable is not an address that HTTP can reach.</exception>
    public static MlflowServer? FromEnvironment(Func<string, string?> variable)
    {
        string? text = variable("MLFLOW_TRACKING_URI");
        if (string.IsNullOrWhiteSpace(text)) return null;
        bool isAddress = Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https";
        if (!isAddress)
            throw new FormatException($"MLFLOW_TRACKING_URI is '{text}', expected http://… or https://…");
        string user = variable("MLFLOW_TRACKING_USERNAME") ?? "";
        string password = variable("MLFLOW_TRACKING_PASSWORD") ?? "";
        if (user.Length == 0 && address!.UserInfo.Length > 0)
        {
            string[] own = address.UserInfo.Split(':', 2);
            user = Uri.UnescapeDataString(own[0]);
            password = own.Length > 1 ? Uri.UnescapeDataString(own[1]) : "";
        }
        AuthenticationHeaderValue? authorization = null;
        if (variable("MLFLOW_TRACKING_TOKEN") is { Length: > 0 } token)
            authorization = new AuthenticationHeaderValue("Bearer", token);
        else if (user.Length > 0)
        {
            string pair = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
            authorization = new AuthenticationHeaderValue("Basic", pair);
        }
        Uri plain = new UriBuilder(address!) { UserName = "", Password = "", Query = "", Fragment = "" }.Uri;
        return new MlflowServer(plain, authorization);
    }

    /// <summary>The id of an experiment, which is created where it does not exist.</summary>
    /// <exception cref="MlflowException">The server does not answer, or refuses.</exception>
    public async Task<string> FindExperimentAsync(string name, CancellationToken cancellation)
    {
        string query = $"experiments/get-by-name?experiment_name={Uri.EscapeDataString(name)}";
        using (HttpResponseMessage response = await SendAsync(HttpMethod.Get, Api(query), null, cancellation)
            .ConfigureAwait(false))
        {
            if (response.StatusCode != HttpStatusCode.NotFound)
            {
                using JsonDocument found = await ReadAsync(response, query, cancellation).ConfigureAwait(false);
                if (found.RootElement.TryGetProperty("experiment", out JsonElement experiment)
                    && experiment.TryGetProperty("experiment_id", out JsonElement known))
                    return known.ToString();
                throw new MlflowException($"MLflow: {Address} answered without an experiment id");
            }
        }
        using JsonDocument created = await PostAsync(
            "experiments/create", json => json.WriteString("name", name), cancellation).ConfigureAwait(false);
        return created.RootElement.TryGetProperty("experiment_id", out JsonElement id)
            ? id.ToString()
            : throw new MlflowException($"MLflow: {Address} answered without an experiment id");
    }

    /// <summary>Gets a document.</summary>
    /// <exception cref="MlflowException">The server does not answer, or refuses.</exception>
    public async Task<JsonDocument> GetAsync(string path, CancellationToken cancellation)
    {
        using HttpResponseMessage response =
            await SendAsync(HttpMethod.Get, Api(path), null, cancellation).ConfigureAwait(false);
        return await ReadAsync(response, path, cancellation).ConfigureAwait(false);
    }

    /// <summary>Posts an object and gets the answer.</summary>
    /// <exception cref="MlflowException">The server does not answer, or refuses.</exception>
    public async Task<JsonDocument> PostAsync(
        string path, Action<Utf8JsonWriter> members, CancellationToken cancellation)
    {
        ArrayBufferWriter<byte> body = new();
        using (Utf8JsonWriter json = new(body))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        using ReadOnlyMemoryContent content = new(body.WrittenMemory);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage response =
            await SendAsync(HttpMethod.Post, Api(path), content, cancellation).ConfigureAwait(false);
        return await ReadAsync(response, path, cancellation).ConfigureAwait(false);
    }

    /// <summary>Uploads a file below the root of the artifacts that the server serves.</summary>
    /// <exception cref="MlflowException">The server does not answer, or refuses.</exception>
    public async Task PutAsync(string path, string file, CancellationToken cancellation)
    {
        string escaped = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        Uri address = At($"api/2.0/mlflow-artifacts/artifacts/{escaped}");
        await using FileStream stream = File.OpenRead(file);
        using StreamContent content = new(stream);
        using HttpResponseMessage response =
            await SendAsync(HttpMethod.Put, address, content, cancellation).ConfigureAwait(false);
        using JsonDocument answer =
            await ReadAsync(response, $"artifact {Path.GetFileName(file)}", cancellation).ConfigureAwait(false);
    }

    public void Dispose() => _client.Dispose();

    private Uri Api(string path) => At($"api/2.0/mlflow/{path}");

    private Uri At(string path) => new($"{Address.AbsoluteUri.TrimEnd('/')}/{path}");

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, Uri address, HttpContent? content, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(method, address) { Content = content };
        try
        {
            return await _client.SendAsync(request, cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when (error is HttpRequestException
            || (error is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            string reason = error is HttpRequestException ? error.Message : "no answer within 15 s";
            throw new MlflowException($"MLflow: {Address}: {reason}") { IsTransient = true };
        }
    }

    private async Task<JsonDocument> ReadAsync(
        HttpResponseMessage response, string request, CancellationToken cancellation)
    {
        byte[] body = await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
        {
            try
            {
                JsonDocument answer = JsonDocument.Parse(body.Length == 0 ? "{}"u8.ToArray() : body);
                if (answer.RootElement.ValueKind == JsonValueKind.Object) return answer;
                answer.Dispose();
            }
            catch (JsonException)
            {
                // The sentence below says it.
            }
            throw new MlflowException($"MLflow: {Address}: the answer to {request} is not a JSON object");
        }
        int status = (int)response.StatusCode;
        throw new MlflowException($"MLflow: {Address}: {request}: status {status}{Message(body)}")
        {
            IsTransient = status is 429 or >= 500,
        };
    }

    /// <summary>The message of an error's JSON, on one line and short; empty where there is none.</summary>
    private static string Message(byte[] body)
    {
        try
        {
            using JsonDocument error = JsonDocument.Parse(body);
            if (error.RootElement.ValueKind != JsonValueKind.Object) return "";
            string? text = error.RootElement.TryGetProperty("message", out JsonElement message)
                ? message.ToString()
                : "";
            string line = string.Concat((text ?? "").Select(static c => char.IsControl(c) ? ' ' : c));
            return line.Length == 0 ? "" : $", {(line.Length <= LongestError ? line : line[..LongestError] + "…")}";
        }
        catch (JsonException)
        {
            return "";
        }
    }
}
