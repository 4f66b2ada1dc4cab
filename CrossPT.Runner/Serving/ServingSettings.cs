using System.Net;
using System.Security.Cryptography;
using System.Text;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Serving;

/// <summary>Where a server listens, and whom it answers.</summary>
internal sealed record ServingSettings
{
    public IReadOnlyList<ListenAddress> Addresses { get; init; } = [ListenAddress.Default];

    public ApiKey? Key { get; init; }

    /// <summary>The folder below which <c>PUT</c> finds runs, links resolved; null where it finds none.</summary>
    public string? RunsRoot { get; init; }

    /// <summary>
    /// Whether requests are logged as JSON lines on standard output, in place of text on standard error.
    /// </summary>
    public bool IsJson { get; init; }

    /// <summary>Whether requests are not logged.</summary>
    public bool IsQuiet { get; init; }
}

/// <summary>An address to listen on.</summary>
/// <param name="Host">The IP address; null for <c>localhost</c>, both of them.</param>
/// <param name="Port">0 for any free one.</param>
internal sealed record ListenAddress(IPAddress? Host, int Port)
{
    public static ListenAddress Default { get; } = new(IPAddress.Loopback, 8080);

    public bool IsLoopback => Host is null || IPAddress.IsLoopback(Host);

    /// <summary>Reads addresses separated by semicolons.</summary>
    /// <exception cref="UserException">One of them is none.</exception>
    public static ListenAddress[] ParseAll(string text) =>
        [.. text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse)];

    private static ListenAddress Parse(string text)
    {
        // "*" is no host name to a URI.
        string uri = text.Replace("//*", "//0.0.0.0", StringComparison.Ordinal)
            .Replace("//+", "//0.0.0.0", StringComparison.Ordinal);
        if (!Uri.TryCreate(uri, UriKind.Absolute, out Uri? address) || address.Scheme != Uri.UriSchemeHttp
            || address.PathAndQuery != "/" || address.UserInfo.Length > 0)
        {
            throw new UserException(
                $"--urls: found '{text}', expected http://HOST:PORT; HTTPS is for a reverse proxy, docs/serving.md");
        }
        string host = address.Host.Trim('[', ']');
        if (host == "localhost") return new ListenAddress(null, address.Port);
        return IPAddress.TryParse(host, out IPAddress? ip)
            ? new ListenAddress(ip, address.Port)
            : throw new UserException($"--urls: found the host '{host}', expected an IP address, localhost or *");
    }
}

/// <summary>The key that requests carry as <c>Authorization: Bearer KEY</c>. Only its hash is kept.</summary>
internal sealed class ApiKey
{
    private const int Shortest = 16;
    private const int LargestFile = 4096;
    private const string Scheme = "Bearer ";

    private readonly byte[] _hash;

    private ApiKey(string key) => _hash = Hash(key);

    /// <summary>Reads the key from a file: its one line.</summary>
    /// <exception cref="UserException">There is none, or one that is easily guessed.</exception>
    public static ApiKey Load(string path)
    {
        using FileStream file = InputFile.Open(path);
        if (file.Length > LargestFile)
            throw new UserException($"{path}: {file.Length} bytes, expected one line with a key");
        using StreamReader reader = new(file, Encoding.UTF8);
        string key = reader.ReadToEnd().Trim();
        if (key.Length < Shortest || key.Any(static c => c is <= ' ' or > '~'))
        {
            throw new UserException(
                $"{path}: found a key of {key.Length} characters, expected {Shortest} or more, all printable ASCII "
                + "without spaces");
        }
        return new ApiKey(key);
    }

    /// <summary>Whether a request's header carries the key; takes as long whatever the key is.</summary>
    public bool IsIn(string? header)
    {
        if (header is null || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return false;
        return CryptographicOperations.FixedTimeEquals(_hash, Hash(header[Scheme.Length..].Trim()));
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}

/// <summary>Paths with all links in them resolved.</summary>
internal static class RealPath
{
    private const int MostLinks = 40;

    /// <summary>A folder below a root, of a path that may be relative to it; null where it leads out of it.</summary>
    public static string? Below(string root, string path)
    {
        string real;
        try
        {
            real = Of(Path.Combine(root, path));
        }
        catch (Exception error) when (error is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return null;
        }
        return real.StartsWith($"{root}{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? real : null;
    }

    /// <exception cref="IOException">Links lead in a circle.</exception>
    public static string Of(string path) => Of(path, 0);

    private static string Of(string path, int links)
    {
        if (links > MostLinks) throw new IOException($"{path}: more than {MostLinks} links");
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string? parent = Path.GetDirectoryName(full);
        if (parent is null) return full;
        string real = Path.Combine(Of(parent, links), Path.GetFileName(full));
        string? target = new DirectoryInfo(real).LinkTarget;
        if (target is null) return real;
        return Of(Path.Combine(Path.GetDirectoryName(real)!, target), links + 1);
    }
}
