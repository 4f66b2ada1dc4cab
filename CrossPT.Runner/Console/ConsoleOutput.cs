using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Consoles;

/// <summary>Output for people: results on standard output, progress and remarks on standard error.</summary>
internal sealed class ConsoleOutput
{
    private readonly StandardStreams _streams;
    private readonly bool _isQuiet;
    private readonly LiveDisplay? _live;

    /// <summary>Output on the streams of a command.</summary>
    /// <param name="streams">The streams.</param>
    /// <param name="isQuiet">Whether nothing but results and errors is written.</param>
    public ConsoleOutput(StandardStreams streams, bool isQuiet)
    {
        (_streams, _isQuiet) = (streams, isQuiet);
        if (isQuiet || streams.ErrorTerminal is not { MovesCursor: true } terminal) return;
        _live = new LiveDisplay(streams.Error, terminal);
    }

    /// <summary>Whether bars are shown; where they are not, plain lines tell how work goes.</summary>
    public bool IsLive => _live is not null;

    /// <summary>One line about what goes on.</summary>
    public void Note(string text)
    {
        if (_live is not null) _live.WriteLine(text);
        else if (!_isQuiet) _streams.Error.WriteLine(text);
    }

    /// <summary>One line about how work goes, where no bar shows it.</summary>
    public void PlainLine(string text)
    {
        if (!IsLive) Note(text);
    }

    /// <summary>Shows a bar until it is disposed; nothing where there is no terminal.</summary>
    /// <inheritdoc cref="ProgressBar(LiveDisplay?, string, double, string)"/>
    public ProgressBar Progress(string title, double total = 0, string unit = "")
    {
        ProgressBar bar = new(_live, title, total, unit);
        _live?.Add(bar);
        return bar;
    }

    /// <summary>Writes a paragraph to standard output, folded between words to the terminal's width.</summary>
    public void WriteLine(string text = "")
    {
        if (_streams.OutputTerminal is { } terminal) text = terminal.Fold(text);
        _streams.Text.WriteLine(text);
    }

    /// <summary>Writes a table to standard output, folded to the terminal's width.</summary>
    public void Write(TextTable table) => table.Write(_streams.Text, _streams.OutputTerminal);
}
