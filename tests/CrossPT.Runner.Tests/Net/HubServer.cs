using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CrossPT.Runner.Tests.Net;

/// <summary>
/// A hub as the facts about it have it: small files come from it, with git's hash as ETag; large ones from a storage on
/// another port, named by their
/// SHA-256, which refuses a token, as storage services do. Renamed repositories answer with a relative redirect.
/// </summary>
internal sealed class HubServer : IDisposable
{
    private readonly Dictionary<string, Dictionary<string, byte[]>> _commits = [];
    private readonly Dictionary<(string Repository, string Revision), string> _revisions = [];
    private readonly Dictionary<string, string> _renamed = [];
    private readonly TestServer _hub, _storage;

    public HubServer() => (_hub, _storage) =
        (new TestServer(request => Fault?.Invoke(request) ?? Hub(request)),
        new TestServer(request => StorageFault?.Invoke(request) ?? Storage(request)));

    public string Address => _hub.Address;

    public IEnumerable<Request> Requests => _hub.Requests;

    public IEnumerable<Request> StorageRequests => _storage.Requests;

    /// <summary>Answers in the hub's place; null leaves it to the hub.</summary>
    public Func<Request, Answer?>? Fault { get; set; }

    /// <summary>Answers in the storage's place.</summary>
    public Func<Request, Answer?>? StorageFault { get; set; }

    /// <summary>Publishes files as a revision and returns its commit.</summary>
    public string Publish(string repository, Dictionary<string, byte[]> files, string revision = "main")
    {
        string content = string.Join('\n',
            files.OrderBy(static file => file.Key).Select(static file => $"{file.Key} {GitHash(file.Value)}"));
        string commit = Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes($"{repository}\n{content}")));
        _commits[commit] = files;
        _revisions[(repository, revision)] = commit;
        _revisions[(repository, commit)] = commit;
        return commit;
    }

    public void Rename(string from, string to) => _renamed[from] = to;

    /// <summary>What a file is called among blobs.</summary>
    public static string EtagOf(string file, byte[] bytes) => IsLarge(file)
        ? Convert.ToHexStringLower(SHA256.HashData(bytes)) : GitHash(bytes);

    /// <summary>The files of a model folder.</summary>
    public static Dictionary<string, byte[]> FilesOf(string folder) =>
        Directory.GetFiles(folder).ToDictionary(static path => Path.GetFileName(path), File.ReadAllBytes);

    public static Answer Error(int status, string? code = null, string? message = null)
    {
        Answer answer = new(status);
        if (code is not null) answer.Headers["X-Error-Code"] = code;
        if (message is not null) answer.Headers["X-Error-Message"] = message;
        return answer;
    }

    public void Dispose()
    {
        _hub.Dispose();
        _storage.Dispose();
    }

    private static bool IsLarge(string file) => file.EndsWith(".safetensors", StringComparison.Ordinal)
        || file.EndsWith(".bin", StringComparison.Ordinal) || file.EndsWith(".model", StringComparison.Ordinal)
        || file.EndsWith(".parquet", StringComparison.Ordinal);

    private static string GitHash(byte[] bytes) =>
        Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"), .. bytes]));

    private static Answer Bytes(Request request, byte[] bytes, Dictionary<string, string> headers)
    {
        if (request.From is not { } from) return new Answer(200) { Body = bytes, Headers = headers };
        if (from >= bytes.Length)
            return new Answer(416) { Headers = { ["Content-Range"] = $"bytes */{bytes.Length}" } };
        headers["Content-Range"] = string.Create(
            CultureInfo.InvariantCulture, $"bytes {from}-{bytes.Length - 1}/{bytes.Length}");
        return new Answer(206) { Body = bytes[from..], Headers = headers };
    }

    private Answer Hub(Request request)
    {
        string[] parts = request.Target.Split("/resolve/");
        if (parts.Length != 2) return Error(404);
        string repository = parts[0][1..], revision = Uri.UnescapeDataString(parts[1].Split('/')[0]),
            file = parts[1][(parts[1].IndexOf('/') + 1)..];
        if (_renamed.TryGetValue(repository, out string? renamed))
            return new Answer(307) { Headers = { ["Location"] = $"/{renamed}/resolve/{parts[1]}" } };
        if (_revisions.Keys.All(key => key.Repository != repository))
            return Error(401, "RepoNotFound", "Invalid username or password.");
        if (!_revisions.TryGetValue((repository, revision), out string? commit))
            return Error(404, "RevisionNotFound", $"Invalid rev id: {revision}");
        if (!_commits[commit].TryGetValue(file, out byte[]? bytes))
            return Error(404, "EntryNotFound", "Entry not found");
        string etag = EtagOf(file, bytes);
        if (!IsLarge(file))
            return Bytes(request, bytes, new() { ["X-Repo-Commit"] = commit, ["ETag"] = $"W/\"{etag}\"" });
        return new Answer(302)
        {
            Headers =
            {
                ["X-Repo-Commit"] = commit, ["X-Linked-Etag"] = $"\"{etag}\"",
                    ["X-Linked-Size"] = bytes.Length.ToString(CultureInfo.InvariantCulture),
                ["ETag"] = "\"of the redirect\"", ["Location"] = $"{_storage.Address}/{etag}?signature=x",
            },
        };
    }

    private Answer Storage(Request request)
    {
        if (request.Headers.ContainsKey("authorization")) return Error(400);
        string etag = request.Target[1..].Split('?')[0];
        byte[] bytes = _commits.Values.SelectMany(static files => files).First(
            file => EtagOf(file.Key, file.Value) == etag).Value;
        return Bytes(request, bytes, new() { ["ETag"] = "\"of the storage\"" });
    }
}
