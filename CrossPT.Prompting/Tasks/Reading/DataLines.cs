using System.Text.Unicode;

namespace CrossPT.Prompting.Tasks.Reading;

/// <summary>The lines of a file, one after another, never more of it in memory than a line needs.</summary>
internal static class DataLines
{
    /// <summary>Longest line that is taken, in bytes.</summary>
    public const int Longest = 16 << 20;

    /// <summary>Lines with their numbers from 1, in UTF-8 without end of line or byte-order mark.</summary>
    /// <exception cref="TaskDataException">The file cannot be read, a line is not UTF-8 or too long.</exception>
    public static IEnumerable<(int Line, byte[] Text)> Read(string path, string expected)
    {
        using FileStream file = Open(path, expected);
        byte[] buffer = new byte[1 << 16];
        int start = 0, end = 0, line = 1;
        while (true)
        {
            int length = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                yield return (line, Clean(buffer.AsSpan(start, length), path, line));
                start += length + 1;
                line++;
                continue;
            }
            if (start > 0)
            {
                buffer.AsSpan(start, end - start).CopyTo(buffer);
                (start, end) = (0, end - start);
            }
            if (end == buffer.Length)
            {
                if (end >= Longest) throw new TaskDataException(path, line, $"is longer than {Longest >> 20} MB, expected a line of text");
                Array.Resize(ref buffer, buffer.Length * 2);
            }
            int read = Fill(file, buffer.AsSpan(end), path);
            if (read == 0) break;
            end += read;
        }
        if (end > 0) yield return (line, Clean(buffer.AsSpan(0, end), path, line));
    }

    /// <summary>The whole text of a file.</summary>
    /// <exception cref="TaskDataException">The file cannot be read, is not UTF-8 or longer than a line may be.</exception>
    public static byte[] ReadWhole(string path)
    {
        using FileStream file = Open(path, "a file of text");
        if (file.Length > Longest) throw new TaskDataException(path, $"is longer than {Longest >> 20} MB, expected a text");
        byte[] text = new byte[file.Length];
        int read = 0;
        for (int more; read < text.Length && (more = Fill(file, text.AsSpan(read), path)) > 0;) read += more;
        return Clean(text.AsSpan(0, read), path, line: 1);
    }

    private static byte[] Clean(ReadOnlySpan<byte> text, string path, int line)
    {
        if (line == 1 && text.StartsWith("\uFEFF"u8)) text = text[3..];
        if (text.EndsWith("\r"u8)) text = text[..^1];
        return Utf8.IsValid(text) ? text.ToArray() : throw new TaskDataException(path, line, "not UTF-8");
    }

    private static FileStream Open(string path, string expected)
    {
        if (Directory.Exists(path)) throw new TaskDataException(path, $"is a folder, expected {expected}");
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TaskDataException(path, $"no such file, expected {expected}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Unreadable(path, error);
        }
    }

    private static int Fill(FileStream file, Span<byte> buffer, string path)
    {
        try
        {
            return file.Read(buffer);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, error);
        }
    }

    private static TaskDataException Unreadable(string path, Exception error) => new(path, $"cannot be read ({error.Message.TrimEnd('.')})", error);
}
