namespace CrossPT.Tensors.Files;

/// <summary>
/// Writes a file whole or not at all: a reader, or a machine that lost power, sees the old content or the new, never a
/// part.
/// </summary>
public static class AtomicFile
{
    private const string TemporaryPrefix = ".crosspt-", TemporarySuffix = ".tmp";

    /// <summary>
    /// Writes to a temporary file in the same folder, forces it to disk and renames it over <paramref name="path"/>.
    /// A symbolic link at <paramref name="path"/> is replaced, not followed. The permissions of an existing file are
    /// kept.
    /// </summary>
    /// <param name="path">The file to make or replace; its folder must exist.</param>
    /// <param name="write">Writes the content. When it throws, the temporary file is deleted and the old file is as it
    /// was.</param>
    /// <exception cref="IOException">The folder is missing, the path is a folder, or the disk is full.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full))
            throw new IOException($"{path}: is a folder, expected the path of a file to write.");
        string folder = Path.GetDirectoryName(full)!;
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"{path}: the folder {folder} does not exist.");

        // The same folder, because a rename is atomic only within one file system; a name of its own length, because
        // the final one may be the longest allowed.
        string temporary = Path.Combine(folder, $"{TemporaryPrefix}{Path.GetRandomFileName()}{TemporarySuffix}");
        try
        {
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                if (!OperatingSystem.IsWindows() && File.Exists(full))
                    File.SetUnixFileMode(stream.SafeFileHandle, File.GetUnixFileMode(full));
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    /// <summary>Whether a path is that of a temporary file, left where a process was killed while it wrote.</summary>
    public static bool IsTemporary(string path)
    {
        string name = Path.GetFileName(path);
        return name.StartsWith(TemporaryPrefix, StringComparison.Ordinal)
            && name.EndsWith(TemporarySuffix, StringComparison.Ordinal);
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to report.
        }
    }
}
