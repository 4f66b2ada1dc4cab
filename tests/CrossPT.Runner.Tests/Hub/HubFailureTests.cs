using CrossPT.Runner.Cli;
using CrossPT.Runner.Tests.Net;

namespace CrossPT.Runner.Tests.Hub;

/// <summary>
/// Every way it goes wrong for good: one line, the right exit code, nothing half-written, and a second pull completes.
/// </summary>
public sealed class HubFailureTests
{
    public static TheoryData<string, int, string> Failures => new()
    {
        { "no repository", 2, "no such repository" },
        { "private", 2, "or a private one" },
        { "gated", 1, "on request" },
        { "forbidden", 1, "403 Forbidden" },
        { "no revision", 2, "no revision 'main'" },
        { "no entry", 2, "no config.json" },
        { "plain 404", 2, "no config.json" },
        { "500", 1, "500 Internal Server Error; given up after 5 tries" },
        { "502 of the storage", 1, "502 Bad Gateway" },
        { "404 of the storage", 2, "model.safetensors" },
        { "429 for an hour", 1, "wait 3600 s" },
        { "429 for ever", 1, "429 Too Many Requests" },
        { "cut for ever", 1, "the connection ended after 100 of" },
        { "cut head", 1, "gave no answer" },
        { "slow head", 1, "did not answer within 1 s" },
        { "slow body", 1, "nothing came for 0.5 s" },
        { "too long", 1, "the server sends" },
        { "too short", 1, "the server sends" },
        { "endless", 1, "more bytes" },
        { "other bytes", 1, "SHA-256" },
        { "other bytes of a small file", 1, "git hash" },
        { "huge", 1, "expected at most" },
        { "more than the disk", 1, "are free" },
        { "no commit", 1, "X-Repo-Commit" },
        { "other commit", 1, "is of the commit" },
        { "etag that climbs", 1, "ETag" },
        { "commit that climbs", 1, "X-Repo-Commit" },
        { "circle", 1, "led on 5 times" },
        { "to a file", 1, "no plain http address" },
        { "gzip", 1, "encoded as gzip" },
        { "500 with words", 1, "500" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void Failure_IsOneLine_AndASecondPullCompletes(string fault, int code, string words)
    {
        using HubCase hub = new();
        SetFault(hub, fault);
        hub.IsImpatient = fault.StartsWith("slow", StringComparison.Ordinal);
        UserException error = hub.Fail();
        hub.IsImpatient = false;
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Equal(code, error.Code);
        hub.AssertNothingHalfWritten();
        (hub.Server.Fault, hub.Server.StorageFault) = (null, null);
        Assert.Equal(
            HubCase.Files["model.safetensors"],
            File.ReadAllBytes(Path.Combine(hub.Pull().Folder, "model.safetensors")));
    }

    [Fact]
    public void Failure_OnTheCommandLine_IsOneLine()
    {
        using HubCase hub = new();
        CliRun run = hub.Run("pull", "owner/none");
        run.AssertBadInput("owner/none", "no such repository", hub.Server.Address);
        hub.Run("pull", "snlii").AssertBadInput("no such data set", "nearest is snli");
        hub.Run("pull", "mrcp").AssertBadInput("mrcp: no such data set, the nearest is mrpc");
        hub.Run("pull", "../up").AssertBadInput("can be no repository's name");
        hub.Run("pull", "owner/tiny", "--revision", "../../x").AssertBadInput("--revision", "refs/pr/N");
        hub.Run("pull", "rte", "--revision", "x").AssertBadInput("--revision", "without effect");
        hub.Server.Fault = static _ => HubServer.Error(403, null, "\u001b[31mred\u001b[0m");
        run = hub.Run("pull", HubCase.Name);
        Assert.Equal(1, run.Code);
        Assert.DoesNotContain('\u001b', run.Error);
        Assert.DoesNotContain("HF_TOKEN", run.Error, StringComparison.Ordinal);
        File.Delete(Path.Combine(hub.Folder.FullName, "token"));
        hub.Run("pull", HubCase.Name).AssertOneLine("HF_TOKEN is not set");
    }

    [Fact]
    public void Failure_WithoutAServer_NamesTheAddress()
    {
        using HubCase hub = new();
        Dictionary<string, string> variables = hub.Variables;
        variables["HF_ENDPOINT"] = "http://hub.invalid";
        CliRun run = CliRun.In(variables, "pull", HubCase.Name);
        Assert.Equal(1, run.Code);
        run.AssertOneLine("http://hub.invalid", "cannot be reached");
    }

    [Fact]
    public void Offline_NeverAsks()
    {
        using HubCase hub = new();
        CliRun run = hub.Run("pull", HubCase.Name, "--offline");
        Assert.Equal(1, run.Code);
        run.AssertOneLine("is not in the cache", "--offline");
        foreach (string variable in (string[])["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
        {
            Dictionary<string, string> variables = hub.Variables;
            variables[variable] = "yes";
            CliRun tokenize = CliRun.In(variables, "tokenize", "--model", HubCase.Name);
            tokenize.AssertBadInput("the network is off");
        }
        Assert.Empty(hub.Server.Requests);
        hub.Pull();
        Assert.Equal(0, hub.Run("pull", HubCase.Name, "--offline").Code);
    }

    private static void SetFault(HubCase hub, string fault)
    {
        Func<Request, Answer?> all = Fault(hub, fault);
        hub.Server.Fault = request => fault switch
        {
            "other bytes of a small file" => request.Method == "GET" ? all(request) : null,
            "huge" or "more than the disk" => request.Target.EndsWith(".safetensors", StringComparison.Ordinal)
                ? all(request)
                : null,
            "other commit" => request.Target.EndsWith("tokenizer_config.json", StringComparison.Ordinal)
                ? all(request)
                : null,
            _ => IsOfStorage(fault) ? null : all(request),
        };
        if (IsOfStorage(fault)) hub.Server.StorageFault = all;
    }

    private static bool IsOfStorage(string fault) =>
        fault
            is "502 of the storage" or "404 of the storage" or "cut for ever" or "slow body" or "too long"
                or "too short" or "endless" or "other bytes" or "gzip";

    private static Func<Request, Answer?> Fault(HubCase hub, string fault)
    {
        byte[] weights = HubCase.Files["model.safetensors"];
        return fault switch
        {
            "no repository" => _ => HubServer.Error(404, "RepoNotFound"),
            "private" => _ => HubServer.Error(401),
            "gated" => _ => HubServer.Error(403, "GatedRepo", "Access to model owner/tiny is restricted."),
            "forbidden" => _ => HubServer.Error(403),
            "no revision" => _ => HubServer.Error(404, "RevisionNotFound"),
            "no entry" => _ => HubServer.Error(404, "EntryNotFound"),
            "plain 404" or "404 of the storage" => _ => HubServer.Error(404),
            "500" => _ => HubServer.Error(500),
            "500 with words" => _ => new Answer(500) { Body = new byte[100_000] },
            "502 of the storage" => _ => HubServer.Error(502),
            "429 for an hour" => _ => new Answer(429) { Headers = { ["RateLimit"] = "\"resolvers\";r=0;t=3600" } },
            "429 for ever" => _ => new Answer(429),
            "cut for ever" => _ => new Answer(200) { Body = weights, CutAfter = 100 },
            "cut head" => _ => new Answer(0),
            "slow head" => _ => new Answer(200) { Before = TimeSpan.FromSeconds(20) },
            "slow body" =>
                _ => new Answer(200)
                {
                    Body = weights[..1],
                    DeclaredLength = weights.Length,
                    CutAfter = 0,
                    Within = TimeSpan.FromSeconds(20),
                },
            "too long" => _ => new Answer(200) { Body = [.. weights, 1] },
            "too short" => _ => new Answer(200) { Body = weights[1..] },
            "endless" => _ => new Answer(200) { Body = [.. weights, 1, 2, 3], DeclaredLength = -1 },
            "other bytes" => _ => new Answer(200) { Body = [.. weights[1..], 1] },
            "other bytes of a small file" =>
                _ => new Answer(200) { Body = new byte[HubCase.Files["config.json"].Length] },
            "huge" => _ => Linked(hub, "999999999999999"),
            "more than the disk" => _ => Linked(hub, "137438953472"),
            "no commit" => _ => new Answer(200) { Headers = { ["ETag"] = "\"x\"" } },
            "other commit" =>
                _ => new Answer(200) { Headers = { ["ETag"] = "\"x\"", ["X-Repo-Commit"] = new('b', 40) } },
            "etag that climbs" =>
                _ => new Answer(200) { Headers = { ["ETag"] = "\"../../../up\"", ["X-Repo-Commit"] = hub.Commit } },
            "commit that climbs" =>
                _ => new Answer(200) { Headers = { ["ETag"] = "\"x\"", ["X-Repo-Commit"] = "../../up" } },
            "circle" => request => new Answer(307) { Headers = { ["Location"] = request.Target } },
            "to a file" =>
                request => request.Method == "HEAD"
                    ? null
                    : new Answer(302) { Headers = { ["Location"] = "file:///etc/passwd" } },
            "gzip" => _ => new Answer(200) { Body = weights, Headers = { ["Content-Encoding"] = "gzip" } },
            _ => throw new ArgumentException(fault),
        };
    }

    private static Answer Linked(HubCase hub, string size) =>
        new(302)
        {
            Headers =
            {
                ["X-Repo-Commit"] = hub.Commit,
                ["X-Linked-Etag"] = $"\"{new('c', 64)}\"",
                ["X-Linked-Size"] = size,
                ["Location"] = "http://127.0.0.1:1/x",
            },
        };
}
