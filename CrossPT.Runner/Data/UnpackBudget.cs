using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Data;

/// <summary>How much an archive may unpack to, whatever it declares: small archives of endless zeros fill no disk.</summary>
/// <param name="archive">What messages call it.</param>
/// <param name="compressed">Its own bytes.</param>
internal sealed class UnpackBudget(string archive, long compressed)
{
    /// <summary>Entries, wanted or not. The largest known set has 100,000.</summary>
    public const int MostEntries = 250_000;

    // Text comes to a fifth of itself, rarely to a twentieth; what is small may be more regular.
    private const int MostTimes = 100;
    private const long AnySize = 16 << 20, Most = 8L << 30;

    private long _left = Allowed(compressed);
    private int _entries;

    /// <summary>Counts an entry.</summary>
    public void AddEntry()
    {
        if (++_entries > MostEntries) throw new UserException($"{archive}: has more than {MostEntries} entries; it is not unpacked", ExitCode.Failed);
    }

    /// <summary>Counts bytes, declared or real.</summary>
    public void Take(long bytes)
    {
        if (bytes < 0 || bytes > _left)
        {
            long most = Allowed(compressed) >> 20;
            throw new UserException($"{archive}: unpacks to more than {most} MB, too much for its {compressed} bytes; it is not unpacked", ExitCode.Failed);
        }
        _left -= bytes;
    }

    private static long Allowed(long compressed) => Math.Min(Most, AnySize + (MostTimes * compressed));
}
