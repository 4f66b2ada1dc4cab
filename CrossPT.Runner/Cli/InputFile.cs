using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Cli;

/// <summary>Files named on the command line: opened, or refused in one sentence.</summary>
internal static class InputFile
{
    /// <summary>Standard input, as an option's value.</summary>
    public const string Standard = "-";

    /// <summary>Opens a file, or standard input for <c>-</c>.</summary>
    public static Stream OpenOrStandard(string path, StandardStreams streams) =>
        path == Standard ? streams.Input : Open(path);

    /// <summary>Opens a file for reading.</summary>
    public static FileStream Open(string path)
    {
        if (Directory.Exists(path)) throw new UserException($"{path}: is a folder, expected a file");
        if (ForeignFile.Explain(path, FileContent.Lines) is { } foreign) throw new UserException($"{path}: {foreign}");
        try
        {
            // The readers keep buffers of their own.
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserException($"{path}: no such file", inner: error);
        }
        catch (Exception error)
            when (error is UnauthorizedAccessException or IOException or ArgumentException or NotSupportedException)
        {
            throw new UserException($"{path}: cannot be read ({error.Message.TrimEnd('.')})", inner: error);
        }
    }

    /// <summary>Its name in messages.</summary>
    public static string Describe(string path) => path == Standard ? "standard input" : path;
}
