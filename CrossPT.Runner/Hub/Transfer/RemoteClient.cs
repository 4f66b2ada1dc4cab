using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Hub.Transfer;

/// <summary>
/// One request with its redirects, followed by hand: a token goes to the host it is for and to no other, and nothing
/// leads from https to http.
/// </summary>
/// <remarks>Proxies come from <c>http_proxy</c>, <c>https_proxy</c>, <c>all_proxy</c> and <c>no_proxy</c>.</remarks>
internal sealed class RemoteClient : IDisposable
{
    private const int MostRedirects = 5;

    private readonly HttpClient _http;
    private readonly TransferSettings _settings;
    private readonly Uri? _tokenHost;
    private readonly string? _token;

    /// <summary>A client.</summary>
    /// <param name="settings">Time-outs.</param>
    /// <param name="tokenHost">The server that gets the token.</param>
    /// <param name="token">The token; null for none.</param>
    public RemoteClient(TransferSettings settings, Uri? tokenHost = null, string? token = null)
    {
        (_settings, _tokenHost, _token) = (settings, tokenHost, token);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = settings.AnswerTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("crosspt", VersionWriter.Version));
        // What comes must be what the server counted and hashed.
        _http.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
    }

    public TransferSettings Settings => _settings;

    /// <summary>Sends a request; the answer's body is not read yet.</summary>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="address">Where to.</param>
    /// <param name="from">First byte that is wanted.</param>
    /// <param name="followsAway">Whether redirects with a full address are followed, or only those within the
    /// server.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="TransientException">No answer came, and another try may bring one.</exception>
    /// <exception cref="UserException">The address cannot be reached, or leads nowhere.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, Uri address, long from, bool followsAway, CancellationToken cancellation)
    {
        for (int hops = 0; ; hops++)
        {
            HttpResponseMessage response = await SendOnceAsync(method, address, from, cancellation)
                .ConfigureAwait(false);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308)
                || response.Headers.Location is not { } location) return response;
            if (location.IsAbsoluteUri && !followsAway) return response;
            response.Dispose();
            if (hops == MostRedirects)
                throw new UserException(
                    $"{address}: led on {MostRedirects} times, expected a file in the end", ExitCode.Failed);
            address = Next(address, location);
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Whether two addresses are of one server.</summary>
    public static bool IsSameServer(Uri one, Uri other) =>
        Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase)
            == 0;

    private static Uri Next(Uri address, Uri location)
    {
        if (!Uri.TryCreate(address, location, out Uri? next) || next.Scheme is not ("http" or "https")
            || next.UserInfo.Length > 0)
            throw new UserException($"{address}: leads to something that is no plain http address", ExitCode.Failed);
        return next.Scheme == "http" && address.Scheme == "https"
            ? throw new UserException(
                $"{address}: leads from https to {next.Scheme}://{next.Authority}, which is refused", ExitCode.Failed)
            : next;
    }

    private async Task<HttpResponseMessage> SendOnceAsync(
        HttpMethod method, Uri address, long from, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(method, address);
        if (_token is not null && _tokenHost is not null && IsSameServer(address, _tokenHost))
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_settings.AnswerTimeout);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token)
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw new TransientException(
                $"{address.Authority} did not answer within {_settings.AnswerTimeout.TotalSeconds:0.###} s",
                inner: error);
        }
        catch (HttpRequestException error) when (
            error.HttpRequestError
                is HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
                    or HttpRequestError.ProxyTunnelError)
        {
            throw new UserException(
                $"{address.Scheme}://{address.Authority} cannot be reached ({Reason(error)})", ExitCode.Failed, error);
        }
        catch (HttpRequestException error)
        {
            string problem = error.HttpRequestError == HttpRequestError.ConnectionError
                ? "cannot be reached"
                : "gave no answer";
            throw new TransientException(
                $"{address.Scheme}://{address.Authority} {problem} ({Reason(error)})", inner: error);
        }
    }

    internal static string Reason(Exception error) => (error.InnerException ?? error).Message.TrimEnd('.');
}

/// <summary>A file to download and what is known of it beforehand.</summary>
/// <param name="Name">Its name in messages.</param>
/// <param name="Address">Where it is.</param>
internal sealed record RemoteFile(string Name, Uri Address)
{
    /// <summary>Its bytes; null where nobody says.</summary>
    public long? Size { get; init; }

    /// <summary>Its hash; null where nobody says.</summary>
    public ContentHash? Hash { get; init; }

    /// <summary>More bytes than this are never taken, whatever the server says.</summary>
    public long Limit { get; init; } = long.MaxValue;

    /// <summary>Says what an answer other than the file means; null for the status alone.</summary>
    public Func<HttpResponseMessage, Exception?>? Explain { get; init; }
}

/// <summary>How patient a download is.</summary>
internal sealed record TransferSettings
{
    /// <summary>Until a server begins to answer.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two pieces of an answer.</summary>
    public TimeSpan DataTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Tries in a row that bring nothing before it is given up.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>Before the second try; twice as long before each further one.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A server that asks to wait longer is not waited for.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Waits.</summary>
    public Func<TimeSpan, CancellationToken, Task> Delay { get; init; } = Task.Delay;
}

/// <summary>What a server's answer means for the next step; nothing it says is trusted further than that.</summary>
internal static partial class ServerAnswer
{
    private const int LongestText = 200;

    /// <summary>The failure that another try may mend; null for any other answer.</summary>
    public static TransientException? Passing(HttpResponseMessage response)
    {
        int status = (int)response.StatusCode;
        if (status is not (408 or 429) && status < 500) return null;
        return new TransientException($"the server answered {Status(response)}", WaitAskedFor(response));
    }

    /// <summary>
    /// The status as <c>404 Not Found</c>; the words are HTTP's own, whatever the server sent beside the number.
    /// </summary>
    public static string Status(HttpResponseMessage response) =>
        Enum.IsDefined(response.StatusCode)
            ? $"{(int)response.StatusCode} {Spaced().Replace(response.StatusCode.ToString(), " $1")}"
            : $"{(int)response.StatusCode}";

    /// <summary>A header's one value, cut to a length that fits a message; null where it is absent.</summary>
    public static string? Header(HttpResponseMessage response, string name)
    {
        if (!response.Headers.TryGetValues(name, out IEnumerable<string>? values)
            && !response.Content.Headers.TryGetValues(name, out values)) return null;
        string value = string.Join(", ", values).Trim();
        return value.Length == 0 ? null : value.Length <= LongestText ? value : $"{value[..LongestText]}…";
    }

    /// <summary>The seconds of <c>RateLimit: "resolvers";r=0;t=37</c>, or of <c>Retry-After</c>.</summary>
    private static TimeSpan? WaitAskedFor(HttpResponseMessage response)
    {
        if (response.StatusCode == HttpStatusCode.TooManyRequests && Header(response, "RateLimit") is { } limit
            && Seconds().Match(limit) is { Success: true } match)
            return TimeSpan.FromSeconds(
                int.Parse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture));
        if (response.Headers.RetryAfter is not { } after) return null;
        TimeSpan? wait = after.Delta ?? (after.Date is { } date ? date - DateTimeOffset.UtcNow : null);
        return wait is { } known && known < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    [GeneratedRegex(@"(?:^|[;,\s])t=([0-9]{1,6})(?:$|[;,\s])")]
    private static partial Regex Seconds();

    [GeneratedRegex("(?<=[a-z])([A-Z])")]
    private static partial Regex Spaced();
}
