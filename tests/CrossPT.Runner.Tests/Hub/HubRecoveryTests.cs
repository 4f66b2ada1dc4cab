using System.Diagnostics;
using CrossPT.Runner.Hub;
using CrossPT.Runner.Tests.Cli;
using CrossPT.Runner.Tests.Net;

namespace CrossPT.Runner.Tests.Hub;

/// <summary>What passes is waited for, and what has come is not asked for again.</summary>
public sealed class HubRecoveryTests
{
    private static byte[] Weights => HubCase.Files["model.safetensors"];

    [Fact]
    public void ServerErrors_AreTriedAgain_LaterAndLater()
    {
        using HubCase hub = new();
        int errors = 0;
        hub.Server.Fault = _ => errors++ < 3 ? HubServer.Error(errors == 2 ? 503 : 500) : null;
        hub.Pull();
        Assert.Equal([1, 2, 4], hub.Waits.Select(static wait => wait.TotalSeconds));
        Assert.Contains(
            hub.Progress.Lines,
            static line => line.Contains("500 Internal Server Error; again in 1 s", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("RateLimit", "\"resolvers\";r=0;t=37", 37)]
    [InlineData("Retry-After", "12", 12)]
    public void RateLimit_IsWaitedForAsTheServerAsks(string header, string value, int seconds)
    {
        using HubCase hub = new();
        int asked = 0;
        hub.Server.Fault = _ => asked++ == 0 ? new Answer(429) { Headers = { [header] = value } } : null;
        hub.Pull();
        Assert.Equal(seconds, Assert.Single(hub.Waits).TotalSeconds);
    }

    [Fact]
    public void CutConnections_AreResumedWhereTheyEnded()
    {
        using HubCase hub = new();
        // Twice the tries that a download without progress is given: each of them brings something.
        int step = (Weights.Length / 11) + 1;
        hub.Server.StorageFault = request => (request.From ?? 0) is var from && from + step < Weights.Length
            ? new Answer(from == 0 ? 200 : 206)
            {
                Body = Weights[from..], CutAfter = step,
                Headers = from == 0
                    ? []
                    : new() { ["Content-Range"] = $"bytes {from}-{Weights.Length - 1}/{Weights.Length}" },
            }
            : null;
        hub.Pull();
        Assert.Equal(
            Enumerable.Range(0, 11).Select(i => i == 0 ? (int?)null : i * step),
            hub.Server.StorageRequests.Select(static request => request.From));
        // Storage addresses end: each try asks the hub for a new one.
        Assert.Equal(
            11,
            hub.Server.Requests.Count(
                static request => request.Method == "GET"
                    && request.Target.EndsWith("model.safetensors", StringComparison.Ordinal)));
    }

    [Fact]
    public void PartOfAFile_LeftByAnotherProcess_IsGoneOnWith()
    {
        using HubCase hub = new();
        WritePartial(hub, Weights[..1000]);
        hub.Pull();
        Assert.Equal(1000, Assert.Single(hub.Server.StorageRequests).From);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(416)]
    [InlineData(206)]
    public void PartOfAFile_ThatTheServerDoesNotGoOnWith_IsFetchedAnew(int status)
    {
        using HubCase hub = new();
        WritePartial(hub, Weights[..1000]);
        hub.Server.StorageFault = request => request.From is null ? null : status switch
        {
            200 => new Answer(200) { Body = Weights },
            // Another part than was asked for.
            206 => new Answer(206)
            {
                Body = Weights[500..],
                Headers = { ["Content-Range"] = $"bytes 500-{Weights.Length - 1}/{Weights.Length}" },
            },
            _ => new Answer(416),
        };
        Assert.Equal(Weights, File.ReadAllBytes(Path.Combine(hub.Pull().Folder, "model.safetensors")));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(0)]
    [InlineData(-1)]
    public void PartOfAFile_ThatIsBroken_IsFetchedAnew(int cut)
    {
        using HubCase hub = new();
        byte[] broken = cut < 0 ? new byte[Weights.Length + 5] : cut == 0 ? new byte[Weights.Length] : new byte[cut];
        WritePartial(hub, broken);
        Assert.Equal(Weights, File.ReadAllBytes(Path.Combine(hub.Pull().Folder, "model.safetensors")));
        Assert.Equal(TimeSpan.Zero, hub.Waits.FirstOrDefault());
    }

    [Fact]
    public void Blob_OfTheWrongSize_IsFetchedAnew()
    {
        using HubCase hub = new();
        string blob = hub.BlobOf("model.safetensors");
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        File.WriteAllBytes(blob, [1, 2, 3]);
        Assert.Equal(Weights, File.ReadAllBytes(Path.Combine(hub.Pull().Folder, "model.safetensors")));
    }

    // util-linux's flock takes the lock that Python's filelock takes.
    [Fact]
    public async Task Lock_OfAnotherProcess_IsWaitedFor_UntilItIsKilled()
    {
        if (!File.Exists("/usr/bin/flock")) return;
        using HubCase hub = new();
        string path = new HubCache(hub.Cache).LockOf(HubCase.Name, HubServer.EtagOf("model.safetensors", Weights));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using Process other = Process.Start(
            new ProcessStartInfo("/usr/bin/flock", [path, "--command", "echo held; exec sleep 100"])
            {
                RedirectStandardOutput = true,
            })!;
        try
        {
            Assert.Equal("held", await other.StandardOutput.ReadLineAsync());
            Task<ModelPull> pull = Task.Run(() => hub.Pull());
            await Task.Delay(700);
            Assert.False(pull.IsCompleted);
            Assert.Empty(hub.Server.StorageRequests);
            Assert.Contains(
                hub.Progress.Lines, static line => line.Contains("another process", StringComparison.Ordinal));
            other.Kill(entireProcessTree: true);
            await pull.WaitAsync(TimeSpan.FromSeconds(20));
        }
        finally
        {
            if (!other.HasExited) other.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public void Proxy_OfTheEnvironment_IsUsed()
    {
        using HubCase hub = new();
        using TestServer proxy = new(static request => HubServer.Error(401, "RepoNotFound", $"seen {request.Target}"));
        using Process process = ProcessTests.Start(
            new Dictionary<string, string>
            {
                ["http_proxy"] = proxy.Address,
                ["no_proxy"] = "",
                ["HF_ENDPOINT"] = "http://hub.invalid",
                ["HF_HOME"] = hub.Folder.FullName,
            },
            "pull", "owner/tiny");
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(2, process.ExitCode);
        Assert.Contains("seen http://hub.invalid/owner/tiny/resolve/main/config.json", error, StringComparison.Ordinal);
        Assert.Single(proxy.Requests);
    }

    private static void WritePartial(HubCase hub, byte[] bytes)
    {
        string blob = hub.BlobOf("model.safetensors");
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        File.WriteAllBytes($"{blob}.incomplete", bytes);
    }
}
