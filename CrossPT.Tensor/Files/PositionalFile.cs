using Microsoft.Win32.SafeHandles;

namespace CrossPT.Tensors.Files;

/// <summary>
/// A file read at given positions: no shared cursor, so threads do not meet, and no mapping, so no page of the file
/// stays in the process.
/// </summary>
internal sealed class PositionalFile : IDisposable
{
    private readonly SafeFileHandle _handle;

    private PositionalFile(string path, SafeFileHandle handle, long length)
    {
        Path = path;
        _handle = handle;
        Length = length;
    }

    public string Path { get; }

    /// <summary>Bytes of the file when it was opened.</summary>
    public long Length { get; }

    public static PositionalFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) throw new TensorFileException(path, "is a folder, expected a file");
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(
                path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.SequentialScan);
            return new PositionalFile(path, handle, RandomAccess.GetLength(handle));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            handle?.Dispose();
            throw OpenError(path, error);
        }
    }

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/>.</summary>
    /// <exception cref="TensorFileException">The file ends before, or the operating system reports an
    /// error.</exception>
    public void ReadExactly(long offset, Span<byte> destination)
    {
        try
        {
            while (!destination.IsEmpty)
            {
                int read = RandomAccess.Read(_handle, destination, offset);
                if (read == 0)
                    throw new TensorFileException(
                        Path,
                        $"ends at byte {offset}, expected {destination.Length} more bytes there (it had {Length} "
                            + $"when opened)");
                offset += read;
                destination = destination[read..];
            }
        }
        catch (Exception error) when (error is IOException and not TensorFileException or UnauthorizedAccessException)
        {
            throw new TensorFileException(Path, $"byte {offset} cannot be read ({error.Message.TrimEnd('.')})", error);
        }
    }

    public void Dispose() => _handle.Dispose();

    /// <summary>The operating system's error as a sentence that a user can act on.</summary>
    internal static TensorFileException OpenError(string path, Exception error) => new(path, error switch
    {
        FileNotFoundException or DirectoryNotFoundException => "does not exist",
        UnauthorizedAccessException => "may not be read by this user, expected read permission",
        NotSupportedException => "is not a plain file: its length is unknown",
        _ => $"cannot be opened ({error.Message.TrimEnd('.')})",
    }, error);
}
