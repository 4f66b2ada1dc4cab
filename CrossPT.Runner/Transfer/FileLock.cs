namespace CrossPT.Runner.Transfer;

/// <summary>
/// A lock between processes on a file: <c>flock</c> on Unix, as Python's <c>filelock</c> takes it, so that both respect each other. It ends with the
/// process that held it, however that ends; the file stays, for to delete it would let two processes lock two files of one name.
/// </summary>
internal static class FileLock
{
    private const int TryAgain = 11, TryAgainOnMac = 35;
    private const int SharingViolation = unchecked((int)0x80070020), LockViolation = unchecked((int)0x80070021);

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Takes the lock, however long another holds it.</summary>
    /// <param name="path">The lock file; its folder is made.</param>
    /// <param name="waiting">Called once, when another holds it.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task<IDisposable> TakeAsync(string path, Action waiting, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        for (bool told = false; ; told = true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (IOException error) when (error.HResult is TryAgain or TryAgainOnMac or SharingViolation or LockViolation)
            {
                if (!told) waiting();
                await Task.Delay(s_pause, cancellation).ConfigureAwait(false);
            }
        }
    }
}
