using System.Text;
using System.Text.Unicode;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Tasks.Reading;

/// <summary>Files of data, opened or refused in one sentence.</summary>
internal static class DataFile
{
    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">The expected kind of file, for messages.</param>
    /// <param name="content">The expected content; null skips that check, where files are many and small.</param>
    /// <exception cref="TaskDataException">It is missing, a folder, not the file itself, or cannot be read.</exception>
    public static FileStream Open(string path, string expected, FileContent? content = FileContent.Lines)
    {
        if (Directory.Exists(path)) throw new TaskDataException(path, $"is a folder, expected {expected}");
        if (content is { } kind && ForeignFile.Explain(path, kind) is { } foreign)
            throw new TaskDataException(path, foreign);
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

    /// <summary>The whole text of a file.</summary>
    /// <exception cref="TaskDataException">The file cannot be read, is not UTF-8 or longer than a line may
    /// be.</exception>
    public static string ReadText(string path)
    {
        using FileStream file = Open(path, "a text file", null);
        byte[] text = new byte[Math.Min(file.Length, LineReader.Longest + 1L)];
        int length = file.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
        if (length > LineReader.Longest)
            throw new TaskDataException(path, $"is longer than {LineReader.Longest >> 20} MB, expected a text");
        ReadOnlySpan<byte> bytes = text.AsSpan(0, length);
        if (bytes.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        if (bytes.EndsWith("\r"u8)) bytes = bytes[..^1];
        return Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes)
            : throw new TaskDataException(path, 1, LineReader.NotUtf8(bytes));
    }

    /// <summary>Reading failed.</summary>
    public static TaskDataException Unreadable(string path, Exception error) =>
        new(path, $"cannot be read ({error.Message.TrimEnd('.')})", error);
}
