using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Hub.Transfer;

namespace CrossPT.Runner.Hub;

/// <summary>Size and hash of a file on the hub.</summary>
/// <param name="Commit">The commit it is of.</param>
/// <param name="Etag">What the cache calls its content; safe as a file's name.</param>
/// <param name="Size">Its bytes; null where the hub does not say.</param>
internal sealed record HubFile(string Commit, string Etag, long? Size);

/// <summary>
/// Asks the hub, one question a method. Every answer is checked before it becomes a path, a size or a hash.
/// </summary>
internal sealed partial class HubClient(HubSettings settings, ITransferProgress progress) : IDisposable
{
    private const int LongestList = 1 << 20;

    private readonly RemoteClient _remote = new(settings.Transfer, settings.Endpoint, settings.Token);

    /// <summary>What a file is; null where the revision has none of that name.</summary>
    /// <exception cref="UserException">There is no such repository or revision, or no answer.</exception>
    public Task<HubFile?> HeadAsync(HubName name, string file, CancellationToken cancellation) =>
        new Retry(settings.Transfer, progress.Note).RunAsync(
            $"{name}/{file}", () => HeadOnceAsync(name, file, cancellation), null, cancellation);

    /// <summary>Downloads a file of a commit.</summary>
    public Task DownloadAsync(HubName name, string file, HubFile info, string target, long limit,
        CancellationToken cancellation)
    {
        RemoteFile remote = new($"{name}/{file}", AddressOf(name with { Revision = info.Commit }, file))
        {
            Size = info.Size, Hash = ContentHash.Of(info.Etag), Limit = limit, Explain = response =>
                HubErrors.Of(response, name, file, settings),
        };
        return new FileDownload(_remote, progress).DownloadAsync(remote, target, cancellation);
    }

    /// <summary>How many Parquet files the hub has made of each split of each configuration of a data set.</summary>
    /// <exception cref="UserException">There is no such data set, it was not converted, or no answer.</exception>
    public Task<IReadOnlyList<(string Configuration, string Split, int Files)>> ListParquetAsync(
        HubName name, CancellationToken cancellation) =>
        new Retry(settings.Transfer, progress.Note).RunAsync(
            name.Path, () => ListOnceAsync(name, cancellation), null, cancellation);

    public void Dispose() => _remote.Dispose();

    private async Task<IReadOnlyList<(string Configuration, string Split, int Files)>> ListOnceAsync(
        HubName name, CancellationToken cancellation)
    {
        Uri address = new($"{settings.Endpoint.AbsoluteUri.TrimEnd('/')}/api/{name.Path}/parquet");
        using HttpResponseMessage response =
            await _remote.SendAsync(HttpMethod.Get, address, 0, followsAway: false, cancellation).ConfigureAwait(false);
        if (ServerAnswer.Passing(response) is { } passing) throw passing;
        if (!response.IsSuccessStatusCode) throw HubErrors.Of(response, name, "list of Parquet files", settings);
        using Stream body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        byte[] json = new byte[LongestList];
        int length = await body.ReadAtLeastAsync(
            json, json.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json.AsMemory(0, length));
            return
            [
                .. document.RootElement.EnumerateObject().SelectMany(
                    static configuration => configuration.Value.EnumerateObject().Select(
                    split => (configuration.Name, split.Name, split.Value.GetArrayLength()))),
            ];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw Strange(name, "list of Parquet files", "is not {configuration: {split: [address]}}");
        }
    }

    private async Task<HubFile?> HeadOnceAsync(HubName name, string file, CancellationToken cancellation)
    {
        using HttpResponseMessage response =
            await _remote.SendAsync(HttpMethod.Head, AddressOf(name, file), 0, followsAway: false, cancellation)
                .ConfigureAwait(false);
        if (ServerAnswer.Passing(response) is { } passing) throw passing;
        if (HubErrors.IsMissingEntry(response)) return null;
        if (!response.IsSuccessStatusCode && (int)response.StatusCode is not (>= 300 and < 400))
            throw HubErrors.Of(response, name, file, settings)!;
        string commit = ServerAnswer.Header(response, "X-Repo-Commit") is { } header && HubName.IsCommitHash(header)
            ? header
            : throw Strange(name, file, "names no commit (X-Repo-Commit)");
        if (name.IsCommit && commit != name.Revision) throw Strange(name, file, $"is of the commit {commit}");
        string etag = Bare(ServerAnswer.Header(response, "X-Linked-Etag") ?? ServerAnswer.Header(response, "ETag"));
        if (!Etags().IsMatch(etag)) throw Strange(name, file, "has no ETag that can be a file's name");
        return new HubFile(commit, etag, SizeOf(response));
    }

    /// <summary>The size of the file, or of the answer that is the file; a redirect's own length is neither.</summary>
    private static long? SizeOf(HttpResponseMessage response)
    {
        if (ServerAnswer.Header(response, "X-Linked-Size") is { } linked)
            return long.TryParse(linked, NumberStyles.None, CultureInfo.InvariantCulture, out long size) ? size : null;
        return response.IsSuccessStatusCode ? response.Content.Headers.ContentLength : null;
    }

    /// <summary>An ETag without its <c>W/</c> and quotes.</summary>
    private static string Bare(string? etag)
    {
        string text = etag ?? "";
        if (text.StartsWith("W/", StringComparison.Ordinal)) text = text[2..];
        return text.Trim('"');
    }

    private UserException Strange(HubName name, string file, string problem) =>
        new($"{name}/{file}: the answer of {settings.Endpoint} {problem}, expected a Hugging Face hub's",
            ExitCode.Failed);

    private Uri AddressOf(HubName name, string file)
    {
        string path = string.Join('/', file.Split('/').Select(Uri.EscapeDataString));
        string root = settings.Endpoint.AbsoluteUri.TrimEnd('/');
        return new($"{root}/{name.Path}/resolve/{Uri.EscapeDataString(name.Revision)}/{path}");
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}\z")]
    private static partial Regex Etags();
}

/// <summary>
/// The hub's refusals in words: what to change is the user's (exit code 2), what to wait for is not (1).
/// </summary>
/// <remarks>Codes as in <c>huggingface_hub</c>'s <c>hf_raise_for_status</c>.</remarks>
internal static class HubErrors
{
    /// <summary>Whether the file is not there; a server that gives no code is taken to mean the file.</summary>
    public static bool IsMissingEntry(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.NotFound
            && ServerAnswer.Header(response, "X-Error-Code") is null or "EntryNotFound";

    /// <summary>The error that an answer is.</summary>
    public static Exception Of(HttpResponseMessage response, HubName name, string file, HubSettings settings)
    {
        string place = $"{settings.Endpoint.AbsoluteUri.TrimEnd('/')}";
        string token = settings.Token is null ? "; HF_TOKEN is not set" : "";
        string said = ServerAnswer.Header(response, "X-Error-Message") is { } message
            ? $" ({message.TrimEnd('.')})"
            : "";
        return (ServerAnswer.Header(response, "X-Error-Code"), (int)response.StatusCode) switch
        {
            ("GatedRepo", _) => new UserException(
                $"{name}: its owners give access on request, at {place}/{name.Repository}, and a token of yours in "
                    + $"HF_TOKEN shows it{said}", ExitCode.Failed),
            ("RevisionNotFound", _) => new UserException(
                $"{name.Repository}: has no revision '{name.Revision}' at {place}{said}"),
            ("EntryNotFound", _) => new UserException($"{name}: has no file {file} at {place}{said}"),
            ("RepoNotFound", _) or (_, 401) => new UserException(
                $"{name.Repository}: no such repository at {place}, or a private one{token}{said}"),
            (_, 403) => new UserException(
                $"{name}/{file}: {place} refuses access (403 Forbidden){token}{said}", ExitCode.Failed),
            (_, 404) => new UserException($"{name}/{file}: not found at {place} (404){said}"),
            _ => new UserException(
                $"{name}/{file}: {place} answered {ServerAnswer.Status(response)}{said}", ExitCode.Failed),
        };
    }
}
