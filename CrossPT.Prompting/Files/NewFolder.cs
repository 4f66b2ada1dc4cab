namespace CrossPT.Prompting.Files;

/// <summary>Makes a folder with its files whole or not at all.</summary>
internal static class NewFolder
{
    /// <summary>Fills a folder beside the new one, then gives it its name.</summary>
    /// <param name="path">The folder, which must not exist; the one it is made in must.</param>
    /// <param name="fill">Writes the files into the folder it is given. When it throws, nothing is left.</param>
    /// <exception cref="PromptExportException">There is a file or folder at the path, or no folder to make it
    /// in.</exception>
    public static void Write(string path, Action<string> fill)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.Exists(full))
            throw new PromptExportException(
                path, $"{(File.Exists(full) ? "is a file" : "exists already")}, expected the path of a new folder");
        string parent = Path.GetDirectoryName(full)!;
        if (!Directory.Exists(parent))
            throw new PromptExportException(
                path, $"the folder {parent} does not exist, expected one to make the new folder in");
        string temporary = Path.Combine(parent, $".crosspt-{Path.GetRandomFileName()}.tmp");
        try
        {
            Directory.CreateDirectory(temporary);
            fill(temporary);
            Directory.Move(temporary, full);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to report.
        }
    }
}
