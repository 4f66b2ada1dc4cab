using System.Globalization;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Hub.Transfer;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Hub;

/// <summary>
/// Where the hub is, where its cache lies and who asks: the environment variables that Hugging Face's own programs
/// read.
/// </summary>
internal sealed record HubSettings
{
    private const string PublicEndpoint = "https://huggingface.co";

    /// <summary>The server, without a slash at its end.</summary>
    public Uri Endpoint { get; init; } = new(PublicEndpoint);

    /// <summary>The cache folder.</summary>
    public required string Cache { get; init; }

    /// <summary>The user's token; null for none.</summary>
    public string? Token { get; init; }

    /// <summary>Whether the network must be left alone.</summary>
    public bool Offline { get; init; }

    /// <summary>Time-outs of questions.</summary>
    public TransferSettings Transfer { get; init; } = new();

    /// <summary>Reads the environment.</summary>
    /// <param name="variable">The value of a variable; null or empty where it is not set.</param>
    /// <param name="offline">Whether offline was asked for otherwise.</param>
    /// <exception cref="UserException">A value is none.</exception>
    public static HubSettings Read(Func<string, string?> variable, bool offline = false)
    {
        string home = Folder("HF_HOME") ?? Path.Combine(CacheHome.Of(variable), "huggingface");
        return new HubSettings
        {
            Endpoint = ReadEndpoint(Text("HF_ENDPOINT") ?? PublicEndpoint),
            Cache = Path.GetFullPath(
                Folder("HF_HUB_CACHE") ?? Folder("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub")),
            Token = ReadToken(
                Text("HF_TOKEN") ?? Text("HUGGING_FACE_HUB_TOKEN")
                ?? TokenIn(Folder("HF_TOKEN_PATH") ?? Path.Combine(home, "token"))),
            Offline = offline || IsOn("HF_HUB_OFFLINE") || IsOn("TRANSFORMERS_OFFLINE"),
            Transfer = new TransferSettings
            {
                AnswerTimeout = Seconds("HF_HUB_ETAG_TIMEOUT"),
                DataTimeout = Seconds("HF_HUB_DOWNLOAD_TIMEOUT"),
            },
        };

        string? Text(string name) => variable(name)?.Trim() is { Length: > 0 } text ? text : null;

        string? Folder(string name) => Text(name) is { } path ? CacheHome.Expand(path, variable) : null;

        bool IsOn(string name) => Text(name)?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";

        TimeSpan Seconds(string name)
        {
            if (Text(name) is not { } text) return new TransferSettings().AnswerTimeout;
            bool isNumber = double.TryParse(
                text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds);
            return isNumber && seconds is > 0 and <= 86400
                ? TimeSpan.FromSeconds(seconds)
                : throw new UserException($"{name}: found '{text}', expected seconds");
        }
    }

    private static Uri ReadEndpoint(string text) =>
        Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out Uri? endpoint) && endpoint.Scheme is "http" or "https"
        && endpoint.Query.Length == 0 && endpoint.UserInfo.Length == 0
            ? endpoint
            : throw new UserException(
                $"HF_ENDPOINT: found '{text}', expected the address of a hub, such as {PublicEndpoint}");

    private static string? ReadToken(string? text)
    {
        if (text?.Trim() is not { Length: > 0 } token) return null;
        // It goes into a header; what is no token must not be shown in a message either.
        return token.Length <= 4096 && token.All(static c => c is > ' ' and < '\u007f')
            ? token
            : throw new UserException("HF_TOKEN, or the file with the token: holds something that is no token");
    }

    private static string? TokenIn(string path)
    {
        try
        {
            using StreamReader reader = new(path);
            char[] start = new char[8192];
            return new string(start, 0, reader.ReadBlock(start));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Without one, all that is public is still there.
            return null;
        }
    }
}
