using System.Diagnostics;
using System.Globalization;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Transfer;

/// <summary>Bytes and rate on standard error: a line that changes in a terminal, plain lines now and then elsewhere.</summary>
/// <param name="context">Where to.</param>
/// <param name="lines">Whether plain lines are written where there is no terminal.</param>
internal sealed class TransferProgress(CommandContext context, bool lines) : ITransferProgress, IDisposable
{
    private static readonly TimeSpan s_terminalPause = TimeSpan.FromMilliseconds(200), s_linePause = TimeSpan.FromSeconds(10);

    private readonly bool _terminal = context.Streams.ErrorIsTerminal && !context.IsQuiet;
    private readonly Stopwatch _time = new();
    private string _name = "";
    private long? _size;
    private long _present, _bytes;
    private TimeSpan _written;
    private bool _open;

    public void Begin(string name, long? size, long present)
    {
        (_name, _size, _present, _bytes, _written) = (name, size, present, 0, TimeSpan.Zero);
        _time.Restart();
        if (lines && !_terminal)
            context.Note($"{name}: {(size is { } all ? Megabytes(all) : "size unknown")}{(present > 0 ? $", {Megabytes(present)} of it here already" : "")}");
    }

    public void Advance(int bytes)
    {
        _bytes += bytes;
        if (_time.Elapsed - _written < (_terminal ? s_terminalPause : s_linePause)) return;
        _written = _time.Elapsed;
        Write(Describe());
    }

    public void End()
    {
        // A file that was whole already was never begun.
        if (_name.Length == 0) return;
        if (_terminal) Write(Describe());
        else if (lines) context.Note($"{_name}: done, {Rate()}");
        Close();
        _name = "";
    }

    public void Note(string text)
    {
        Close();
        if (lines || _terminal) context.Note(Failure.OneLine(text));
    }

    /// <summary>Ends a line that is being written over: an error comes on one of its own.</summary>
    public void Dispose() => Close();

    private string Describe()
    {
        long reached = _present + _bytes;
        string share = _size is { } size and > 0 ? Invariant($" of {Megabytes(size)} ({100.0 * reached / size:F0} %)") : "";
        return $"{_name}: {Megabytes(reached)}{share}, {Rate()}";
    }

    private string Rate() => Invariant($"{_bytes / 1e6 / Math.Max(1e-3, _time.Elapsed.TotalSeconds):F1} MB/s");

    private void Write(string line)
    {
        if (!_terminal)
        {
            if (lines) context.Note(line);
            return;
        }
        // Back to the start of the line, and what is left of a longer one wiped away.
        context.Streams.Error.Write($"\r{line}\u001b[K");
        _open = true;
    }

    private void Close()
    {
        if (_open) context.Streams.Error.WriteLine();
        _open = false;
    }

    private static string Megabytes(long bytes) => bytes < 1_000_000 ? Invariant($"{bytes / 1e3:F1} kB") : Invariant($"{bytes / 1e6:F1} MB");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
