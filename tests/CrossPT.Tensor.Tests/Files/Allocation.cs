namespace CrossPT.Tensors.Files.Tests;

internal static class Allocation
{
    /// <summary>What the action allocates on this thread, at most 64 MB and four times the file.</summary>
    public static long Of(Action action, long fileLength)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(
            allocated <= (64L << 20) + (4 * fileLength), $"{allocated} bytes allocated for a file of {fileLength}");
        return allocated;
    }
}
