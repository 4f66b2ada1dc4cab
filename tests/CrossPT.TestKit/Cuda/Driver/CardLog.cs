using System.Diagnostics;
using System.Globalization;
using CrossPT.Tensors.Cuda;

namespace CrossPT.TestKit.Cuda.Driver;

/// <summary>
/// What the driver was asked and what it answered, a line a call: microseconds, call, what matters of it.
/// </summary>
internal sealed class CardLog
{
    /// <summary>In the last line: kernels that the program compiled.</summary>
    public const string Compilations = "compilations";

    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly StreamWriter? _file;

    public CardLog(string? path)
    {
        if (string.IsNullOrEmpty(path)) return;
        _file = new StreamWriter(path);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            Write(Compilations, $"{CudaLoader.Compilations}");
            _file.Flush();
        };
    }

    public void Write(string call, string what)
        => _file?.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Stopwatch.GetElapsedTime(_start).TotalMicroseconds:F0}\t{call}\t{what}"));
}
