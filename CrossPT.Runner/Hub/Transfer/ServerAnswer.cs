using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace CrossPT.Runner.Hub.Transfer;

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
