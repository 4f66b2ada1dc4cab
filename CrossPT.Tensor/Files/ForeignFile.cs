using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace CrossPT.Tensors.Files;

/// <summary>The kind of content a reader expects.</summary>
public enum FileContent
{
    /// <summary>Weights, archives, SentencePiece models.</summary>
    Binary,

    /// <summary>One JSON document.</summary>
    Json,

    /// <summary>Lines of data: JSON lines, CSV, TSV.</summary>
    Lines,
}

/// <summary>
/// Recognises what often lies in the place of a file: a git-lfs pointer, a link that was written as a text file, the
/// page or error of a server, saved by a download that failed.
/// </summary>
public static class ForeignFile
{
    private const int MostBytes = 1 << 16, LongestText = 1 << 12;

    private const string Again = "download the file again";

    // Members of the errors that servers send; a file with any other member is taken for what it should be.
    private static readonly HashSet<string> s_errorMembers = new(StringComparer.OrdinalIgnoreCase)
    {
        "error", "errors", "error_description", "error_code", "errorMessage", "message", "msg", "detail", "details",
        "status", "statusCode", "status_code", "statusText", "code", "timestamp", "path", "requestId", "request_id",
        "documentation_url", "title", "type", "url", "instance", "traceId", "success", "ok", "reason", "name",
    };

    private static readonly string[] s_saysError =
        ["error", "errors", "errorMessage", "message", "msg", "detail", "reason"];

    private static readonly string[] s_pathStarts = ["../", "./", "..\\", "/", ".git/annex/"];

    private static readonly SearchValues<char> s_notInPaths = SearchValues.Create(" \t\r\n,;\"'{}[]<>|*?=");

    /// <summary>
    /// What the file is, if it is not what its name says, and what to do, as the end of a sentence that the file's name
    /// begins; null where it may be what is expected, or cannot be read.
    /// </summary>
    public static string? Explain(string path, FileContent expected)
    {
        try
        {
            // A pipe has no length, and what is read of it is gone.
            if (new FileInfo(path) is not { Exists: true, Length: > 0 }) return null;
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] start = new byte[Math.Min(stream.Length, MostBytes)];
            int read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            return Explain(start.AsSpan(0, read), expected, isWhole: stream.Length == read);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>The same of a file's first bytes, 64 KiB where it has them.</summary>
    /// <param name="start">The bytes.</param>
    /// <param name="expected">What they should be.</param>
    /// <param name="isWhole">Whether they are all of the file's.</param>
    public static string? Explain(ReadOnlySpan<byte> start, FileContent expected, bool isWhole = true)
    {
        isWhole &= start.Length <= MostBytes;
        start = start[..Math.Min(start.Length, MostBytes)];
        if (start.StartsWith("\uFEFF"u8)) start = start[3..];
        start = start.TrimStart(" \t\r\n"u8);
        if (start.StartsWith("version https://git-lfs.github.com/"u8)
            || start.StartsWith("version https://hawser.github.com/"u8))
        {
            string size = LfsSize(start);
            return $"is a git-lfs pointer, not the file itself{size}: run 'git lfs pull' in its repository, or {Again}";
        }
        if (start.IsEmpty || start[0] is not (< 0x80 and >= 0x20) || start.Contains((byte)0)) return null;
        if (start[0] == '<') return Markup(start);
        if (!isWhole) return null;
        if (start[0] == '{') return JsonError(start, expected);
        return start.Length > LongestText ? null : ShortText(start, expected);
    }

    private static string LfsSize(ReadOnlySpan<byte> pointer)
    {
        string text = Encoding.ASCII.GetString(pointer[..Math.Min(pointer.Length, 512)]);
        const string key = "size ";
        string[] lines = text.Split('\n');
        string? line = Array.Find(lines, static line => line.StartsWith(key, StringComparison.Ordinal));
        return line is not null && long.TryParse(line[key.Length..], CultureInfo.InvariantCulture, out long size)
            ? string.Create(CultureInfo.InvariantCulture, $" of {size:N0} bytes")
            : "";
    }

    private static string? Markup(ReadOnlySpan<byte> start)
    {
        string text = Encoding.UTF8.GetString(start[..Math.Min(start.Length, LongestText)]);
        bool holdsHtml = text.Contains("<html", StringComparison.OrdinalIgnoreCase);
        bool isHtml = Begins("<!doctype html") || Begins("<html") || Begins("<head") || Begins("<body");
        if (isHtml || (holdsHtml && (Begins("<!--") || Begins("<?xml"))))
        {
            string title = Between(text, "<title>", "</title>") is { } found
                ? $" titled {TensorFileException.Quote(found)}"
                : "";
            return $"is an HTML page{title}, not the file itself, as a server sends for signing in: {Again}";
        }
        bool isError = Begins("<Error>") || (Begins("<?xml") && text.Contains("<Error>", StringComparison.Ordinal));
        if (!isError) return null;
        string code = Between(text, "<Code>", "</Code>") is { } name ? $" {TensorFileException.Quote(name)}" : "";
        return $"is a server's error{code} in XML, not the file itself: {Again}";

        bool Begins(string tag) => text.StartsWith(tag, StringComparison.OrdinalIgnoreCase);
    }

    private static string? Between(string text, string before, string after)
    {
        int first = text.IndexOf(before, StringComparison.OrdinalIgnoreCase);
        if (first < 0) return null;
        first += before.Length;
        int end = text.IndexOf(after, first, StringComparison.OrdinalIgnoreCase);
        return end < 0 ? null : text[first..end].Trim();
    }

    private static string? JsonError(ReadOnlySpan<byte> text, FileContent expected)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text.ToArray());
            JsonElement root = document.RootElement;
            string? said = null;
            foreach (string name in s_saysError) said ??= Said(root, name);
            bool isError = said is not null
                && root.EnumerateObject().All(static member => s_errorMembers.Contains(member.Name));
            // A row of data may have a field called "message"; a document with "error" alone is none.
            if (expected == FileContent.Lines)
                isError &= root.TryGetProperty("error", out _) || root.TryGetProperty("errors", out _);
            if (isError)
            {
                string shown = TensorFileException.Quote(said!);
                return $"is a server's error in JSON ({shown}), not the file itself: {Again}";
            }
            return expected == FileContent.Binary ? "is a JSON document, expected a binary file" : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Said(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out JsonElement value)) return null;
        if (value.ValueKind == JsonValueKind.Object)
            return value.TryGetProperty("message", out JsonElement inner) && inner.ValueKind == JsonValueKind.String
                ? inner.GetString()
                : value.GetRawText();
        if (value.ValueKind == JsonValueKind.Array) return value.GetArrayLength() > 0 ? value[0].ToString() : null;
        return value.ValueKind is JsonValueKind.String or JsonValueKind.True ? value.ToString() : null;
    }

    private static string? ShortText(ReadOnlySpan<byte> start, FileContent expected)
    {
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(start).TrimEnd();
        }
        catch (ArgumentException)
        {
            return null;
        }
        if (text.Any(static c => char.IsControl(c) && c is not ('\n' or '\r' or '\t'))) return null;
        string shown = TensorFileException.Quote(text);
        if (IsPath(text, expected))
        {
            const string advice = $"copy that file here, or {Again}";
            return $"is a text file that holds a link's target ({shown}), not the file itself: {advice}";
        }
        // The hub answers in plain text, too: "Entry not found".
        bool isPlain = text.Length > 8 && text.All(static c => c is >= ' ' and < '\u007f' or '\n' or '\r' or '\t');
        return isPlain && expected == FileContent.Binary
            ? $"is a text file ({shown}), not the file itself: {Again}"
            : null;
    }

    private static bool IsPath(string text, FileContent expected)
    {
        if (text.AsSpan().ContainsAny(s_notInPaths)) return false;
        foreach (string start in s_pathStarts)
            if (text.StartsWith(start, StringComparison.Ordinal)) return true;
        bool hasDrive = text.Length > 3 && text[1] == ':' && text[2] is '\\' or '/';
        if (hasDrive || text.Contains("/blobs/", StringComparison.Ordinal)) return true;
        // Where no text belongs, a bare name is a link's target, too.
        return expected != FileContent.Lines && text.AsSpan().ContainsAny('.', '/') && !char.IsDigit(text[0]);
    }
}
