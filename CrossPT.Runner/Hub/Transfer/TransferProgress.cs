using System.Diagnostics;
using System.Globalization;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Consoles;

namespace CrossPT.Runner.Hub.Transfer;

/// <summary>Is told how a download goes.</summary>
internal interface ITransferProgress
{
    /// <summary>A file begins, or goes on.</summary>
    /// <param name="name">The file.</param>
    /// <param name="size">Its bytes, if known.</param>
    /// <param name="present">Bytes that were there already.</param>
    void Begin(string name, long? size, long present);

    /// <summary>More bytes came.</summary>
    void Advance(int bytes);

    /// <summary>The file is whole.</summary>
    void End();

    /// <summary>A line about something else.</summary>
    void Note(string text);
}

/// <summary>Bytes and rate: a bar in a terminal, plain lines now and then elsewhere.</summary>
/// <param name="console">Where to.</param>
/// <param name="lines">Whether plain lines are written where there is no terminal.</param>
internal sealed class TransferProgress(ConsoleOutput console, bool lines) : ITransferProgress, IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);

    private readonly Stopwatch _time = new();
    private ProgressBar? _bar;
    private string _name = "";
    private long? _size;
    private long _present, _bytes;
    private TimeSpan _written;

    public void Begin(string name, long? size, long present)
    {
        Dispose();
        (_name, _size, _present, _bytes, _written) = (name, size, present, 0, TimeSpan.Zero);
        _time.Restart();
        _bar = console.Progress(name, size ?? 0, "B");
        _bar.Begin(present);
        string here = present > 0 ? $", {ProgressBar.Bytes(present)} of it here already" : "";
        string all = size is { } known ? ProgressBar.Bytes(known) : "size unknown";
        if (lines) console.PlainLine($"{name}: {all}{here}");
    }

    public void Advance(int bytes)
    {
        _bytes += bytes;
        _bar?.Report(_present + _bytes);
        if (console.IsLive || !lines || _time.Elapsed - _written < s_pause) return;
        _written = _time.Elapsed;
        long reached = _present + _bytes;
        string share = _size is { } size and > 0
            ? $" of {ProgressBar.Bytes(size)} "
                + string.Create(CultureInfo.InvariantCulture, $"({100.0 * reached / size:F0} %)")
            : "";
        console.Note($"{_name}: {ProgressBar.Bytes(reached)}{share}, {Rate()}");
    }

    public void End()
    {
        // A file that was whole already was never begun.
        if (_name.Length == 0) return;
        Dispose();
        Note($"{_name}: done, {Rate()}");
        _name = "";
    }

    public void Note(string text)
    {
        if (lines || console.IsLive) console.Note(Failure.OneLine(text));
    }

    public void Dispose() => _bar?.Dispose();

    private string Rate()
    {
        double rate = _bytes / 1e6 / Math.Max(1e-3, _time.Elapsed.TotalSeconds);
        return string.Create(CultureInfo.InvariantCulture, $"{rate:F1} MB/s");
    }
}
