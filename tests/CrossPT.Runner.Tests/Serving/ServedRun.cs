using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Serving;
using CrossPT.Runner.Serving;
using CrossPT.Tensors.Cpu;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Runner.Tests.Serving;

/// <summary>A trained run, and servers of it in this process.</summary>
public sealed class ServedRun : IDisposable
{
    public const string Key = "a-key-of-some-length";

    private readonly TempFolder _folder = new();

    public ServedRun()
    {
        Folder = TinyRun.Train(_folder);
        KeyFile = _folder.Write("key", $"{Key}\n");
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "root"));
        CopyTo(Path.Combine(_folder.FullName, "root/again"));
        using TrainedRun run = TrainedRun.Load(Folder);
        Expected = run.Tasks.ToDictionary(static task => task, task => run.Predict(task, [.. Rows]));
    }

    public static IReadOnlyList<Dictionary<string, string>> Rows { get; } =
        [.. Enumerable.Range(0, 30).Select(static i => new Dictionary<string, string>
        {
            ["sentence1"] = $"a {new string("note"[i % 4], 1 + (i % 5))}",
            ["sentence2"] = i % 2 == 0 ? "a note" : "ten oat tea eat",
        })];

    /// <summary>The run's folder.</summary>
    public string Folder { get; }

    public string KeyFile { get; }

    public string Root => Path.Combine(_folder.FullName, "root");

    public IReadOnlyDictionary<string, Prediction[]> Expected { get; }

    public void CopyTo(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(Folder))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
    }

    public string Write(string name, string text) => _folder.Write(name, text);

    internal async Task<LocalServer> StartAsync(
        bool hasKey = false, bool hasRoot = false, PromptServerOptions? options = null)
    {
        CpuBackend backend = new(1);
        string folder = Path.Combine(_folder.FullName, "model");
        T5Model model = T5Model.Load(folder, backend);
        PromptServer server = new(model, SentencePieceTokenizer.Load(folder), ModelIdentity.Of(folder), options);
        Assert.Null((await server.AddRunsAsync([Folder]))[0].Error);
        ServingHost host = await ServingHost.StartAsync(server, new ServingSettings
        {
            Addresses = ListenAddress.ParseAll("http://127.0.0.1:0"),
            Key = hasKey ? ApiKey.Load(KeyFile) : null,
            RunsRoot = hasRoot ? RealPath.Of(Root) : null,
            IsQuiet = true,
        });
        return new LocalServer(host, server, [model, backend]);
    }

    public void Dispose() => _folder.Dispose();
}

/// <summary>A server on a free port, and a client of it.</summary>
internal sealed class LocalServer(ServingHost host, PromptServer server, IDisposable[] owned) : IAsyncDisposable
{
    public PromptServer Engine => server;

    public ServingHost Host => host;

    public HttpClient Client { get; } = new() { BaseAddress = new Uri(host.Addresses.First()) };

    public void UseKey(string key) =>
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);

    public Task<HttpResponseMessage> Predict(string task, params IEnumerable<Dictionary<string, string>> rows) =>
        Client.PostAsJsonAsync($"/v1/tasks/{Uri.EscapeDataString(task)}/predict", new { rows });

    public Task<HttpResponseMessage> Send(
        HttpMethod method, string path, string body, string type = "application/json")
    {
        HttpRequestMessage request = new(method, path) { Content = new StringContent(body, Encoding.UTF8, type) };
        return Client.SendAsync(request);
    }

    /// <summary>Sends a body to be predicted by the task <c>rte</c>.</summary>
    public Task<HttpResponseMessage> Predict(string body) => Send(HttpMethod.Post, "/v1/tasks/rte/predict", body);

    public Task<HttpResponseMessage> Generate(string body) => Send(HttpMethod.Post, "/v1/generate", body);

    public Task<HttpResponseMessage> Put(string task, string body) => Send(HttpMethod.Put, $"/v1/tasks/{task}", body);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(10));
        await host.StopAsync(deadline.Token);
        await host.DisposeAsync();
        await server.DisposeAsync();
        foreach (IDisposable one in owned) one.Dispose();
    }
}

internal static class Answers
{
    public static async Task<JsonElement> Json(this HttpResponseMessage answer, int status = 200)
    {
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Checks that an answer is a problem of a status whose detail has some words.</summary>
    public static async Task<JsonElement> Problem(this HttpResponseMessage answer, int status, params string[] words)
    {
        JsonElement problem = await answer.Json(status);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        foreach (string word in words)
            Assert.Contains(word, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        return problem;
    }
}
