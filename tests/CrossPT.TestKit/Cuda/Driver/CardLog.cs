using System.Diagnostics;
using System.Globalization;

namespace CrossPT.TestKit.Cuda.Driver;

/// <summary>What the driver was asked and what it answered, a line a call: microseconds, call, what matters of it.</summary>
internal sealed class CardLog
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly StreamWriter? _file;

    public CardLog(string? path)
    {
        if (string.IsNullOrEmpty(path)) return;
        _file = new StreamWriter(path);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => _file.Flush();
    }

    public void Write(string call, string what)
        => _file?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(_start).TotalMicroseconds:F0}\t{call}\t{what}"));
}
