using System.Globalization;

namespace CrossPT.Runner.Devices;

/// <summary>Memory of the machine, or of the container around the process where that is less.</summary>
internal readonly record struct SystemMemory(long TotalBytes, long AvailableBytes)
{
    public static SystemMemory Read()
    {
        GCMemoryInfo info = GC.GetGCMemoryInfo();
        long limit = info.TotalAvailableMemoryBytes;
        long total = ReadKilobytes("/proc/meminfo", "MemTotal:") ?? limit;
        long available = ReadKilobytes("/proc/meminfo", "MemAvailable:") ?? Math.Max(0, limit - info.MemoryLoadBytes);
        return new SystemMemory(Math.Min(total, limit), Math.Min(available, limit));
    }

    /// <summary>
    /// The largest resident size of this process so far (VmHWM); the current one where the system does not say.
    /// </summary>
    public static long PeakResidentBytes() => ReadKilobytes("/proc/self/status", "VmHWM:") ?? Environment.WorkingSet;

    private static long? ReadKilobytes(string path, string key)
    {
        if (!OperatingSystem.IsLinux()) return null;
        foreach (string line in File.ReadLines(path))
        {
            if (!line.StartsWith(key, StringComparison.Ordinal)) continue;
            string number = line[key.Length..].Replace("kB", "", StringComparison.Ordinal).Trim();
            return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long kilobytes)
                ? kilobytes * 1024
                : null;
        }
        return null;
    }
}
