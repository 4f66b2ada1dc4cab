using System.Text;

namespace CrossPT.Runner.Hub.Transfer;

/// <summary>
/// A lock between processes on a file: <c>flock</c> on Unix, as Python's <c>filelock</c> takes it, so that both respect
/// each other. It ends with the process that holds it, however that ends. The file stays: deleting it would let two
/// processes lock two files of one name.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private const int TryAgain = 11;
    private const int TryAgainOnMac = 35;
    private const int SharingViolation = unchecked((int)0x80070020);
    private const int LockViolation = unchecked((int)0x80070021);

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>Takes the lock and writes into the file who holds it; null if another process does.</summary>
    /// <param name="path">The lock file; its folder is created.</param>
    /// <exception cref="IOException">The file cannot be created.</exception>
    public static FileLock? TryTake(string path)
    {
        if (Open(path) is not { } taken) return null;
        string holder = $"process {Environment.ProcessId} on {Environment.MachineName}\n";
        taken._file.SetLength(0);
        taken._file.Write(Encoding.UTF8.GetBytes(holder));
        return taken;
    }

    /// <summary>Takes the lock, however long another process holds it.</summary>
    /// <param name="path">The lock file; its folder is created.</param>
    /// <param name="waiting">Called once if another process holds it.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task<FileLock> TakeAsync(string path, Action waiting, CancellationToken cancellation)
    {
        bool told = false;
        while (true)
        {
            if (Open(path) is { } taken) return taken;
            if (!told) waiting();
            told = true;
            await Task.Delay(s_pause, cancellation).ConfigureAwait(false);
        }
    }

    public void Dispose() => _file.Dispose();

    private static FileLock? Open(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            return new FileLock(
                new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0));
        }
        catch (IOException error) when (error.HResult is TryAgain or TryAgainOnMac or SharingViolation or LockViolation)
        {
            return null;
        }
    }
}
