using System.Diagnostics;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Experiments.Sweeps;
using CrossPT.Transformer;
using Spectre.Console;
using Spectre.Console.Rendering;
using static System.FormattableString;

namespace CrossPT.Runner.Consoles;

/// <summary>
/// One piece of work in a terminal: how much of it is done, at what rate, how long it will still take, and what matters
/// now. Any thread may report; nothing is drawn for it.
/// </summary>
/// <param name="display">
/// Draws it, some times a second; null where there is no terminal, and reports go nowhere.
/// </param>
/// <param name="title">What is being done.</param>
/// <param name="total">How much there is to do; 0 where that is not known.</param>
/// <param name="unit">What is counted, in the plural: <c>steps</c>; <c>B</c> for bytes.</param>
internal sealed class ProgressBar(LiveDisplay? display, string title, double total, string unit) : IDisposable
{
    private const int LeastBar = 6, MostBar = 40, Gap = 2;

    private static readonly Style s_done = new(Color.Green), s_rest = new(Color.Grey), s_quiet = new(Color.Grey);

    private readonly string _title = Failure.OneLine(title);
    private volatile State _state = new(Stopwatch.GetTimestamp(), null, 0, "", "");

    /// <summary>Whether anybody sees it.</summary>
    public bool IsShown => display is not null;

    /// <summary>Reports how far the work is.</summary>
    /// <param name="done">
    /// How much is done; what the first report gives less one was done before, and does not count for the rate.
    /// </param>
    /// <param name="details">What matters now, on the bar's line: the loss; null leaves it as it is.</param>
    /// <param name="below">A line below the bar; null leaves it as it is.</param>
    public void Report(double done, string? details = null, string? below = null)
    {
        if (!IsShown) return;
        State before = _state;
        _state = before with
        {
            First = before.First ?? Math.Max(0, done - 1),
            Done = done,
            Details = details is null ? before.Details : Failure.OneLine(details),
            Below = below is null ? before.Below : Failure.OneLine(below),
        };
    }

    /// <summary>Reports how far the work is, of which some was done before and does not count for the rate.</summary>
    public void Begin(double done) => _state = new State(Stopwatch.GetTimestamp(), done, done, "", "");

    public void Dispose() => display?.Remove(this);

    /// <summary>
    /// The bar on one line, and the line below it where there is one; where there is little room, the rate goes first,
    /// then the time left.
    /// </summary>
    /// <param name="width">Columns there are.</param>
    /// <param name="isUnicode">Whether signs beyond ASCII can be shown.</param>
    internal IEnumerable<Segment> Draw(int width, bool isUnicode)
    {
        State state = _state;
        double seconds = Stopwatch.GetElapsedTime(state.Start).TotalSeconds;
        double since = state.Done - (state.First ?? 0);
        string name = Cut(_title, Math.Max(LeastBar, width / 3), isUnicode);
        string rate = since > 0 ? Rate(since / seconds) : "";
        string[] texts = [Count(state.Done), rate, Left(state.Done, since, seconds), state.Details];
        int room = width - Width(name) - (total > 0 ? LeastBar + Gap : 0);
        bool[] shown = new bool[texts.Length];
        foreach (int place in (int[])[0, 3, 2, 1])
        {
            int needed = Width(texts[place]) + Gap;
            shown[place] = texts[place].Length > 0 && needed <= room;
            if (shown[place]) room -= needed;
        }
        yield return new Segment(name);
        if (total > 0)
        {
            int columns = Math.Min(MostBar, LeastBar + room);
            int done = (int)(columns * Math.Clamp(state.Done / total, 0, 1));
            yield return Segment.Padding(Gap);
            yield return new Segment(new string(isUnicode ? '━' : '=', done), s_done);
            yield return new Segment(new string(isUnicode ? '─' : '-', columns - done), s_rest);
        }
        for (int place = 0; place < texts.Length; place++)
        {
            if (!shown[place]) continue;
            yield return Segment.Padding(Gap);
            string text = isUnicode ? texts[place] : Ascii.Of(texts[place]);
            yield return new Segment(text, place is 1 or 2 ? s_quiet : Style.Plain);
        }
        if (state.Below.Length == 0) yield break;
        yield return Segment.LineBreak;
        yield return Segment.Padding(Gap);
        yield return new Segment(Cut(state.Below, Math.Max(1, width - Gap), isUnicode));
    }

    private static int Width(string text) => new Segment(text).CellCount();

    private static string Cut(string text, int columns, bool isUnicode)
    {
        if (!isUnicode) text = Ascii.Of(text);
        if (Width(text) <= columns) return text;
        string ellipsis = isUnicode ? "…" : "~";
        List<Segment> kept = Segment.Truncate([new Segment(text)], columns - 1);
        return string.Concat(kept.Select(static part => part.Text)) + ellipsis;
    }

    private string Count(double done)
    {
        if (unit == "B") return total > 0 ? $"{Bytes(done)} of {Bytes(total)}" : Bytes(done);
        return total > 0 ? Invariant($"{Math.Floor(done):F0}/{total:F0}") : "";
    }

    private string Rate(double rate) => unit == "B" ? $"{Bytes(rate)}/s" : rate switch
    {
        >= 10 => Invariant($"{rate:F0} {unit}/s"),
        >= 0.5 => Invariant($"{rate:F1} {unit}/s"),
        _ => Invariant($"{1 / rate:F1} s each"),
    };

    /// <summary>The time left, or how long it has taken where nobody knows how much there is.</summary>
    private string Left(double done, double since, double seconds)
    {
        if (total <= 0) return seconds >= 1 ? Durations.Text(seconds) : "";
        // Before the first hundredth a guess would be wild.
        return done < total && since > 0 && since >= 0.01 * (total - (done - since))
            ? $"{Durations.Text(seconds * (total - done) / since)} left"
            : "";
    }

    /// <summary>A number of bytes as people say it.</summary>
    public static string Bytes(double bytes) =>
        bytes < 1e6 ? Invariant($"{bytes / 1e3:F1} kB") : Invariant($"{bytes / 1e6:F1} MB");

    private sealed record State(long Start, double? First, double Done, string Details, string Below);
}

/// <summary>
/// One bar for pieces of work that follow each other: each takes the place of the one before and goes when it is done.
/// </summary>
internal sealed class WorkBar(ConsoleOutput console) : IProgress<WorkProgress>, IDisposable
{
    private readonly Lock _gate = new();
    private ProgressBar? _bar;
    private string? _work;

    public void Report(WorkProgress value)
    {
        if (!console.IsLive) return;
        lock (_gate)
        {
            if (value.Work != _work)
            {
                Dispose();
                (_bar, _work) = (console.Progress(value.Work, value.Total, value.Unit), value.Work);
            }
            _bar!.Report(value.Done);
            if (value.Total > 0 && value.Done >= value.Total) Dispose();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _bar?.Dispose();
            (_bar, _work) = (null, null);
        }
    }
}
