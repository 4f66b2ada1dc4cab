using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace CrossPT.Runner.Consoles;

/// <summary>
/// Progress bars at the bottom of a terminal, drawn anew ten times a second by a thread of Spectre.Console, and lines
/// above them. One lock orders all that write, so that no line falls into a bar.
/// </summary>
/// <param name="writer">Leads to the terminal.</param>
/// <param name="terminal">What it can show.</param>
internal sealed class LiveDisplay(TextWriter writer, Terminal terminal) : IDisposable
{
    private readonly Lock _gate = new();
    private IAnsiConsole? _console;
    private TaskCompletionSource? _end;
    private Task? _drawing;
    private bool _isClosed;
    private volatile ProgressBar[] _bars = [];

    /// <summary>Shows a bar below those there are.</summary>
    public void Add(ProgressBar bar)
    {
        lock (_gate)
        {
            if (_isClosed) return;
            _bars = [.. _bars, bar];
            if (_drawing is null) Begin();
        }
    }

    /// <summary>Takes a bar away.</summary>
    public void Remove(ProgressBar bar)
    {
        lock (_gate)
        {
            _bars = [.. _bars.Where(other => other != bar)];
            if (_bars.Length == 0) End();
        }
    }

    /// <summary>Writes a line above the bars.</summary>
    public void WriteLine(string text)
    {
        lock (_gate)
        {
            if (_drawing is null) writer.WriteLine(text);
            else _console!.Write(new LineAbove(text, terminal.Size().Width));
        }
    }

    /// <summary>Takes all bars away for good and shows the cursor.</summary>
    public void Dispose()
    {
        // At the end of the process, on whatever thread a signal came: one that writes just now gets time to finish.
        if (!_gate.TryEnter(TimeSpan.FromSeconds(1))) return;
        try
        {
            _isClosed = true;
            End();
        }
        finally
        {
            _gate.Exit();
        }
    }

    private void Begin()
    {
        if (_console is null)
        {
            _console = Terminal.Open(terminal, new ScrollbackKeeper(writer));
            AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
        }
        _end = new TaskCompletionSource();
        Task end = _end.Task;
        Progress progress = _console.Progress().AutoClear(true);
        progress.ExcludeVerticalPadding = true;
        _drawing = progress.UseRenderHook((_, _) => new Bars(this)).StartAsync(_ => end);
    }

    private void End()
    {
        if (_drawing is null) return;
        _end!.SetResult();
        _drawing.GetAwaiter().GetResult();
        _drawing = null;
    }

    private IEnumerable<Segment> Draw()
    {
        (int width, int height) = terminal.Size();
        int lines = 1;
        foreach (ProgressBar bar in _bars)
        {
            if (lines >= height) yield break;
            if (lines > 1) yield return Segment.LineBreak;
            // Columns stay free for the ^C that a terminal shows, which would begin a new line.
            foreach (Segment segment in bar.Draw(Math.Max(1, width - 3), terminal.IsUnicode))
            {
                if (segment.IsLineBreak && ++lines >= height) yield break;
                yield return segment;
            }
            lines++;
        }
    }

    private sealed class Bars(LiveDisplay display) : Renderable
    {
        protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => display.Draw();
    }

    /// <summary>Wipes away what a bar, where the line now is, has left and right of it.</summary>
    private sealed class LineAbove(string text, int width) : Renderable
    {
        protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
        {
            foreach (string line in text.Split('\n'))
            {
                Segment shown = new(line), erase = Segment.Control("\u001b[K");
                yield return erase;
                yield return shown;
                // Behind the last column it would take that column's sign.
                if (shown.CellCount() % width != 0) yield return erase;
                yield return Segment.LineBreak;
            }
        }
    }

    /// <summary>
    /// Spectre.Console empties the screen and all that was ever scrolled off it when the window becomes narrower than a
    /// bar. Here it begins a new line.
    /// </summary>
    private sealed class ScrollbackKeeper(TextWriter terminal) : TextWriter
    {
        public override Encoding Encoding => terminal.Encoding;

        public override void Write(char value) => terminal.Write(value);

        public override void Write(string? value)
        {
            bool empties = value is not null && value.Contains("\u001b[3J", StringComparison.Ordinal);
            terminal.Write(empties ? "\r\u001b[J" : value);
        }
    }
}
