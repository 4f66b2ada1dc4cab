using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Serving;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;

namespace CrossPT.Runner.Tests.Serving;

public sealed class ServingApiTests(ServedRun run) : IClassFixture<ServedRun>
{
    [Fact]
    public async Task Tasks_AreListed_WithFieldsLabelsAndRouter()
    {
        await using LocalServer server = await run.StartAsync();
        JsonElement tasks = (await (await server.Client.GetAsync("/v1/tasks")).Json()).GetProperty("tasks");
        Assert.Equal(
            ["mrpc", "rte"], tasks.EnumerateArray().Select(static task => task.GetProperty("name").GetString()));
        JsonElement rte = tasks[1];
        Assert.Equal("run", rte.GetProperty("run").GetString());
        Assert.Equal("""["sentence1","sentence2"]""", rte.GetProperty("fields").GetRawText());
        Assert.Equal("""["entailment","not_entailment"]""", rte.GetProperty("labels").GetRawText());
        Assert.Equal("accuracy", rte.GetProperty("metric").GetString());
        Assert.Equal("source", rte.GetProperty("router")[0].GetProperty("source").GetString());
    }

    [Fact]
    public async Task Predictions_OfMixedTasks_AreThoseOfPredict()
    {
        await using LocalServer server = await run.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 24).Select(async i =>
        {
            string task = i % 2 == 0 ? "rte" : "mrpc";
            int first = i % 10;
            int count = 1 + (i % 7);
            JsonElement answer = await (await server.Predict(task, ServedRun.Rows.Skip(first).Take(count))).Json();
            Assert.Equal(task, answer.GetProperty("task").GetString());
            JsonElement[] predictions = [.. answer.GetProperty("predictions").EnumerateArray()];
            Assert.Equal(count, predictions.Length);
            for (int row = 0; row < count; row++) Same(run.Expected[task][first + row], predictions[row]);
        }));
        JsonElement none = await (await server.Predict("""{"rows": []}""")).Json();
        Assert.Empty(none.GetProperty("predictions").EnumerateArray());
    }

    [Fact]
    public async Task Generation_WritesTexts_WithAndWithoutATask()
    {
        await using LocalServer server = await run.StartAsync();
        string body = """{"texts": ["a note", "tea"], "max_tokens": 5}""";
        JsonElement plain = await (await server.Generate(body)).Json();
        Assert.Equal(2, plain.GetProperty("texts").GetArrayLength());
        JsonElement prompted = await (await server.Generate(
            """{"texts": ["tea"], "task": "rte", "max_tokens": 5}""")).Json();
        string expected = (await server.Engine.GenerateAsync(["tea"], "rte", 5))[0];
        Assert.Equal(expected, prompted.GetProperty("texts")[0].GetString());
    }

    [Theory]
    [InlineData("", "body", "not valid JSON")]
    [InlineData("[1]", "body", "a list, expected an object")]
    [InlineData("""{"rows": [], "row": 1}""", "body", "expected rows")]
    [InlineData("""{"rows": [], "rows": []}""", "body", "not valid JSON")]
    [InlineData("{}", "rows", "missing, expected a list of objects")]
    [InlineData("""{"rows": {}}""", "rows", "an object, expected a list of objects")]
    [InlineData("""{"rows": [7]}""", "rows[0]", "found 7, expected a JSON object")]
    [InlineData("""{"rows": [{"sentence1": "a", "sentence2": "b"}, {}]}""", "rows[1]", "no field \"sentence1\"")]
    [InlineData("""{"rows": [{"sentence1": "a", "sentence2": 7}]}""", "rows[0]", "is 7, expected a string")]
    [InlineData("""{"rows": [{"sentence1": "\ud800", "sentence2": "b"}]}""", "rows[0]", "no Unicode text")]
    public async Task WrongBodies_AreTold_WithTheFieldAtFault(string body, string field, string detail)
    {
        await using LocalServer server = await run.StartAsync();
        JsonElement problem = await (await server.Predict(body)).Problem(400, detail);
        Assert.Equal(field, problem.GetProperty("field").GetString());
    }

    [Theory]
    [InlineData("""{"texts": "a"}""", "texts", 400)]
    [InlineData("""{"texts": ["a", 7]}""", "texts[1]", 400)]
    [InlineData("""{"texts": ["a"], "task": 7}""", "task", 400)]
    [InlineData("""{"texts": ["a"], "max_tokens": 0}""", "max_tokens", 400)]
    [InlineData("""{"texts": ["a"], "max_tokens": 1.5}""", "max_tokens", 400)]
    [InlineData("""{"texts": ["a"], "max_tokens": 100000}""", "max_tokens", 400)]
    public async Task WrongTexts_AreTold(string body, string field, int status)
    {
        await using LocalServer server = await run.StartAsync();
        JsonElement problem = await (await server.Generate(body)).Problem(status);
        Assert.Equal(field, problem.GetProperty("field").GetString());
    }

    [Fact]
    public async Task WhatIsNotThere_IsAProblem()
    {
        await using LocalServer server = await run.StartAsync();
        await (await server.Predict("qqp", ServedRun.Rows[0])).Problem(404, "there is no task 'qqp'");
        await (await server.Generate("""{"texts": ["a"], "task": "qqp"}""")).Problem(404, "qqp");
        await (await server.Client.GetAsync("/v2")).Problem(404);
        await (await server.Client.GetAsync("/v1/generate")).Problem(405);
        await (await server.Send(HttpMethod.Post, "/v1/generate", """{"texts": []}""", "text/plain")).Problem(415);
    }

    [Fact]
    public async Task TooMuch_Is413()
    {
        await using LocalServer server = await run.StartAsync();
        string rows = string.Join(',', Enumerable.Repeat("""{"sentence1": "a", "sentence2": "b"}""", 1025));
        HttpResponseMessage answer = await server.Predict($$"""{"rows": [{{rows}}]}""");
        JsonElement problem = await answer.Problem(413, "1025, expected 1024 at most");
        Assert.Equal("rows", problem.GetProperty("field").GetString());
        string text = new('a', 1 << 20);
        await (await server.Generate($$"""{"texts": ["{{text}}"]}""")).Problem(413);
        HttpResponseMessage many = await server.Generate($$"""{"texts": ["{{text[..20_000]}}"]}""");
        await many.Problem(413, "tokens, expected 2048");
    }

    [Fact]
    public async Task Key_IsAskedFor_WhereSomethingIsComputedChangedOrTold()
    {
        await using LocalServer server = await run.StartAsync(hasKey: true);
        foreach (string path in (string[])["/v1/tasks", "/metrics"])
        {
            HttpResponseMessage answer = await server.Client.GetAsync(path);
            await answer.Problem(401, "Authorization: Bearer");
            Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().Scheme);
        }
        foreach (string path in (string[])["/", "/health/live", "/health/ready", "/openapi/v1.json"])
            Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync(path)).StatusCode);
        foreach (string wrong in (string[])["another-key-of-length", ServedRun.Key + "x", ServedRun.Key[..^1]])
        {
            server.UseKey(wrong);
            await (await server.Client.GetAsync("/v1/tasks")).Problem(401);
        }
        server.UseKey(ServedRun.Key);
        await (await server.Client.GetAsync("/v1/tasks")).Json();
    }

    [Fact]
    public async Task TasksAreAddedAndRemoved_WithAKey_BelowTheRoot()
    {
        await using LocalServer server = await run.StartAsync(hasKey: true, hasRoot: true);
        await (await server.Put("new", """{"run": "again"}""")).Problem(401);
        server.UseKey(ServedRun.Key);
        JsonElement added = await (await server.Put("new%2Fone", """{"run": "again", "task": "rte"}""")).Json(201);
        Assert.Equal("new/one", added.GetProperty("name").GetString());
        JsonElement answer = await (await server.Predict("new/one", ServedRun.Rows[3])).Json();
        Same(run.Expected["rte"][3], answer.GetProperty("predictions")[0]);
        await (await server.Put("rte", """{"run": "again"}""")).Json(200);
        await (await server.Put("x", """{"run": "again"}""")).Problem(400, "no task 'x', only rte");
        await (await server.Put("x", """{"run": 7}""")).Problem(400, "run: another number");
        await (await server.Put("x", """{"run": "none"}""")).Problem(400, "config.json");
        foreach (string outside in (string[])["..", "../run", run.Folder, "again/../../run", "."])
        {
            string body = JsonSerializer.Serialize(new { run = outside });
            await (await server.Put("x", body)).Problem(400, "--runs-root");
        }
        string link = Path.Combine(run.Root, "link");
        if (!Path.Exists(link)) Directory.CreateSymbolicLink(link, run.Folder);
        await (await server.Put("x", """{"run": "link"}""")).Problem(400, "--runs-root");
        Assert.Equal(HttpStatusCode.NoContent, (await server.Client.DeleteAsync("/v1/tasks/new%2Fone")).StatusCode);
        await (await server.Client.DeleteAsync("/v1/tasks/new%2Fone")).Problem(404);
        await (await server.Predict("new/one", ServedRun.Rows[3])).Problem(404);
    }

    [Fact]
    public async Task WithoutKeyOrRoot_NothingIsAdded()
    {
        await using (LocalServer open = await run.StartAsync(hasRoot: true))
        {
            await (await open.Put("x", """{"run": "again"}""")).Problem(401, "--api-key-file");
            await (await open.Client.DeleteAsync("/v1/tasks/rte")).Problem(401, "--api-key-file");
        }
        await using LocalServer server = await run.StartAsync(hasKey: true);
        server.UseKey(ServedRun.Key);
        await (await server.Put("x", """{"run": "again"}""")).Problem(400, "--runs-root");
    }

    [Fact]
    public async Task FullQueue_Is429_AndAClientThatLeavesMakesRoom()
    {
        await using LocalServer server = await run.StartAsync(options: new PromptServerOptions { MaxQueue = 20 });
        using ManualResetEventSlim hold = new();
        Task held = server.Engine.OnWorker(() => hold.Wait(TimeSpan.FromMinutes(1)));
        using HttpClient leaving = new() { BaseAddress = server.Client.BaseAddress };
        string body = JsonSerializer.Serialize(new { rows = ServedRun.Rows.Take(20) });
        Task<HttpResponseMessage> gone = leaving.PostAsync(
            "/v1/tasks/rte/predict", new StringContent(body, Encoding.UTF8, "application/json"));
        await Until(() => server.Engine.QueueLength == 20);
        HttpResponseMessage full = await server.Predict("rte", ServedRun.Rows[0]);
        await full.Problem(429, "20 rows are waiting");
        Assert.InRange(full.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        leaving.CancelPendingRequests();
        await Until(() => server.Engine.QueueLength == 0);
        Task<HttpResponseMessage> next = server.Predict("rte", ServedRun.Rows[0]);
        await Until(() => server.Engine.QueueLength == 1);
        hold.Set();
        await held;
        Same(run.Expected["rte"][0], (await (await next).Json()).GetProperty("predictions")[0]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
    }

    [Fact]
    public async Task Draining_Refuses_AndAnswersWhatWasTaken()
    {
        await using LocalServer server = await run.StartAsync();
        using ManualResetEventSlim hold = new();
        Task held = server.Engine.OnWorker(() => hold.Wait(TimeSpan.FromMinutes(1)));
        Task<HttpResponseMessage> taken = server.Predict("mrpc", ServedRun.Rows[2]);
        await Until(() => server.Engine.QueueLength == 1);
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(20));
        Task stopped = server.Host.StopAsync(deadline.Token);
        await (await server.Predict("mrpc", ServedRun.Rows[1])).Problem(503);
        await (await server.Client.GetAsync("/health/ready")).Problem(503);
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/health/live")).StatusCode);
        hold.Set();
        await held;
        Same(run.Expected["mrpc"][2], (await (await taken).Json()).GetProperty("predictions")[0]);
        await stopped;
    }

    [Fact]
    public async Task Metrics_TellOfTasksBatchesAndTimes()
    {
        await using LocalServer server = await run.StartAsync();
        await (await server.Predict("rte", ServedRun.Rows.Take(3))).Json();
        await (await server.Generate("""{"texts": ["a"], "max_tokens": 3}""")).Json();
        string text = await server.Client.GetStringAsync("/metrics");
        foreach (string name in (string[])
            ["crosspt_queue_length", "crosspt_tasks", "crosspt_batch_size", "crosspt_rows", "crosspt_tokens",
                "crosspt_request_duration_seconds_bucket", "crosspt_generated"])
            Assert.Contains(name, text, StringComparison.Ordinal);
        Assert.Matches("crosspt_rows[^\n]*task=\"rte\"[^\n]* [3-9]", text);
    }

    [Fact]
    public async Task Document_IsValidOpenApi_WithEveryAddressAndItsProblems()
    {
        await using LocalServer server = await run.StartAsync();
        string json = await server.Client.GetStringAsync("/openapi/v1.json");
        string? version = JsonDocument.Parse(json).RootElement.GetProperty("openapi").GetString();
        Assert.StartsWith("3.1", version, StringComparison.Ordinal);
        ReadResult result = OpenApiDocument.Parse(json, "json");
        Assert.Empty(result.Diagnostic!.Errors);
        Assert.Equal(
            [
                "/health/live", "/health/ready", "/v1/generate", "/v1/tasks", "/v1/tasks/{task}",
                "/v1/tasks/{task}/predict",
            ],
            result.Document!.Paths.Keys.Order(StringComparer.Ordinal));
        OpenApiOperation predict = result.Document.Paths["/v1/tasks/{task}/predict"].Operations![HttpMethod.Post];
        Assert.Equal(
            ["200", "400", "401", "404", "413", "415", "429", "503"],
            predict.Responses!.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("task", predict.Parameters!.Single().Name);
        Assert.NotNull(predict.RequestBody);
    }

    [Fact]
    public async Task SlowBody_IsCutOff()
    {
        await using LocalServer server = await run.StartAsync();
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, server.Client.BaseAddress!.Port);
        await using NetworkStream stream = client.GetStream();
        await stream.WriteAsync("POST /v1/generate HTTP/1.1\r\nHost: a\r\n"u8.ToArray());
        await stream.WriteAsync("Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"u8.ToArray());
        using StreamReader reader = new(stream);
        Task<string?> line = reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.Contains("408", await line.WaitAsync(TimeSpan.FromSeconds(30)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FuzzedRequests_GetOnly2xxAnd4xx()
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable("CROSSPT_FUZZ"), out int asked) ? asked : 400;
        await using LocalServer server = await run.StartAsync(hasKey: true, hasRoot: true);
        server.UseKey(ServedRun.Key);
        Random random = new(17);
        string[] bodies =
        [
            """{"rows": [{"sentence1": "a note", "sentence2": "tea"}]}""",
            """{"texts": ["a note", "tea"], "task": "rte", "max_tokens": 3}""",
            """{"run": "again", "task": "rte"}""",
        ];
        (HttpMethod Method, string Path)[] places =
        [
            (HttpMethod.Post, "/v1/tasks/rte/predict"), (HttpMethod.Post, "/v1/generate"),
            (HttpMethod.Put, "/v1/tasks/other"),
        ];
        Dictionary<int, int> statuses = [];
        for (int i = 0; i < count; i++)
        {
            byte[] body = Mutate(Encoding.UTF8.GetBytes(bodies[random.Next(bodies.Length)]), random);
            (HttpMethod method, string path) = places[random.Next(places.Length)];
            using HttpRequestMessage request = new(method, path) { Content = new ByteArrayContent(body) };
            request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
            using HttpResponseMessage answer = await server.Client.SendAsync(request);
            int status = (int)answer.StatusCode;
            bool isExpected = status is (>= 200 and < 300) or (>= 400 and < 500);
            Assert.True(isExpected, $"{status} for {method} {path} {Encoding.UTF8.GetString(body)}");
            statuses[status] = statuses.GetValueOrDefault(status) + 1;
        }
        Assert.True(statuses.GetValueOrDefault(200) > 0 && statuses.GetValueOrDefault(400) > 0);
        JsonElement after = await (await server.Predict("mrpc", ServedRun.Rows[5])).Json();
        Same(run.Expected["mrpc"][5], after.GetProperty("predictions")[0]);
    }

    private static byte[] Mutate(byte[] body, Random random)
    {
        List<byte> bytes = [.. body];
        for (int n = random.Next(4); n > 0; n--)
        {
            int at = random.Next(bytes.Count);
            int length = Math.Min(bytes.Count - at, 1 + random.Next(20));
            byte[] noise = random.Next(4) switch
            {
                0 => [.. Enumerable.Repeat((byte)"{[\"\\:9"[random.Next(6)], 1 + random.Next(30))],
                1 => [.. bytes.GetRange(at, length)],
                2 => Encoding.UTF8.GetBytes($"{random.Next()}{new string('e', random.Next(3))}"),
                _ => "null"u8.ToArray(),
            };
            if (random.Next(3) == 0) bytes[at] = (byte)random.Next(256);
            else if (random.Next(2) == 0) bytes.RemoveRange(at, length);
            else bytes.InsertRange(at, noise);
            if (bytes.Count == 0) bytes.Add((byte)'x');
        }
        return [.. bytes];
    }

    private static async Task Until(Func<bool> condition)
    {
        for (int i = 0; i < 2000 && !condition(); i++) await Task.Delay(5, TestContext.Current.CancellationToken);
        Assert.True(condition());
    }

    private static void Same(Prediction expected, JsonElement actual)
    {
        Assert.Equal(expected.Word, actual.GetProperty("label").GetString());
        Assert.Equal(expected.Probability, actual.GetProperty("probability").GetDouble(), 2e-6);
        foreach ((string word, double probability) in expected.Scores)
            Assert.Equal(probability, actual.GetProperty("scores").GetProperty(word).GetDouble(), 2e-6);
    }
}
