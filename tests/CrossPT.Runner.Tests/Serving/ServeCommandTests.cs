using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using CrossPT.Runner.Serving;
using CrossPT.Runner.Tests.Cli;

namespace CrossPT.Runner.Tests.Serving;

public sealed partial class ServeCommandTests(ServedRun run) : IClassFixture<ServedRun>
{
    [Theory]
    [InlineData("https://127.0.0.1:1", "--urls: found 'https://127.0.0.1:1', expected http://HOST:PORT")]
    [InlineData("127.0.0.1:1", "--urls: found")]
    [InlineData("http://a.example:1", "--urls: found the host 'a.example'")]
    [InlineData("http://127.0.0.1:1/path", "--urls: found")]
    [InlineData(";", "--urls: found none")]
    [InlineData("http://0.0.0.0:1", "without a key, expected --api-key-file, or --insecure")]
    [InlineData("http://*:1", "without a key, expected --api-key-file, or --insecure")]
    [InlineData("http://127.0.0.1:1;http://[::]:2", "without a key")]
    public void WrongAddresses_AreRefused(string urls, string message) =>
        CliRun.Of("serve", run.Folder, "--urls", urls).AssertBadInput(message);

    [Fact]
    public void WrongInput_IsRefused()
    {
        CliRun.Of("serve", "nowhere").AssertBadInput("nowhere", "expected a run folder");
        string shortKey = run.Write("short", "abc");
        CliRun.Of("serve", run.Folder, "--api-key-file", shortKey).AssertBadInput("a key of 3 characters");
        CliRun.Of("serve", run.Folder, "--runs-root", "nowhere").AssertBadInput("--runs-root: nowhere");
        CliRun.Of("serve", run.Folder, "--max-batch", "0").AssertBadInput("--max-batch");
        CliRun.Of("serve").AssertBadInput("RUN");
    }

    [Theory]
    [InlineData("http://localhost:80", true)]
    [InlineData("http://127.3.0.1:80", true)]
    [InlineData("http://[::1]:80", true)]
    [InlineData("http://+:80", false)]
    [InlineData("http://10.0.0.1:80", false)]
    public void Loopback_IsKnown(string url, bool expected) =>
        Assert.Equal(expected, ListenAddress.ParseAll(url)[0].IsLoopback);

    [Fact]
    public async Task Process_ServesAndOnTerm_AnswersWhatItTook_AndEndsWith143()
    {
        if (OperatingSystem.IsWindows()) return;
        using Process process = ProcessTests.Start(
            "serve", run.Folder, "--urls", "http://127.0.0.1:0", "--threads", "1", "--api-key-file", run.KeyFile);
        string address = await AddressOf(process.StandardError);
        using HttpClient client = new() { BaseAddress = new Uri(address), Timeout = TimeSpan.FromSeconds(30) };
        client.DefaultRequestHeaders.Add("Authorization", $"Bearer {ServedRun.Key}");
        Assert.True((await client.GetAsync("/v1/tasks")).IsSuccessStatusCode);
        // As many as it accepts, for as long as it accepts.
        int answered = 0;
        int refused = 0;
        Task[] clients = [.. Enumerable.Range(0, 4).Select(async _ =>
        {
            while (refused == 0)
            {
                try
                {
                    using HttpResponseMessage answer = await client.PostAsJsonAsync(
                        "/v1/tasks/rte/predict", new { rows = ServedRun.Rows });
                    if ((int)answer.StatusCode == 503)
                    {
                        Interlocked.Increment(ref refused);
                        return;
                    }
                    JsonElement body = await answer.Json();
                    Assert.Equal(ServedRun.Rows.Count, body.GetProperty("predictions").GetArrayLength());
                    Interlocked.Increment(ref answered);
                }
                catch (HttpRequestException)
                {
                    // It has stopped to listen; a request that was accepted never ends so.
                    Interlocked.Increment(ref refused);
                }
            }
        })];
        while (answered < 20) await Task.Delay(5);
        Task<string> log = process.StandardError.ReadToEndAsync();
        await ProcessTests.EndBySignal(process, "TERM");
        await Task.WhenAll(clients);
        string rest = await log;
        Assert.Equal(143, process.ExitCode);
        Assert.Matches(@"POST /v1/tasks/rte/predict 200 30 rows [\d.]+ ms", rest);
        Assert.DoesNotContain(ServedRun.Key, rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Process_WithJson_LogsALineOfJsonARequest()
    {
        if (OperatingSystem.IsWindows()) return;
        using Process process = ProcessTests.Start("serve", run.Folder, "--urls", "http://127.0.0.1:0", "--json");
        string address = await AddressOf(process.StandardOutput);
        using HttpClient client = new() { BaseAddress = new Uri(address) };
        await client.GetAsync("/health/live%0Aforged");
        await ProcessTests.EndBySignal(process, "TERM");
        string[] lines = (await process.StandardOutput.ReadToEndAsync()).Trim().Split('\n');
        JsonElement state = JsonDocument.Parse(Assert.Single(lines)).RootElement.GetProperty("State");
        Assert.Equal("/health/live%0Aforged", state.GetProperty("Path").GetString());
        Assert.Equal(404, state.GetProperty("Status").GetInt32());
    }

    private static async Task<string> AddressOf(StreamReader lines)
    {
        while (await lines.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)) is { } line)
        {
            if (Address().Match(line) is { Success: true } match) return match.Value;
        }
        throw new InvalidOperationException("The server ended.");
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}
