using System.Globalization;

namespace CrossPT.Runner.Sweeps;

/// <summary>Some lines at the bottom of a terminal that are written over and over: each cut to the width, so that none takes two.</summary>
internal sealed class LiveLines(TextWriter terminal, Func<int>? width = null)
{
    private const string Up = "\u001b[1A", ClearToEnd = "\u001b[J";

    private readonly Func<int> _width = width ?? WidthOfConsole;
    private int _count;

    /// <summary>Shows lines in place of those before.</summary>
    public void Show(IReadOnlyList<string> lines)
    {
        int columns = Math.Max(20, _width() - 1);
        terminal.Write(Back() + string.Concat(lines.Select(line => $"{Cut(line, columns)}\n")));
        _count = lines.Count;
    }

    /// <summary>Takes the lines away.</summary>
    public void Clear()
    {
        if (_count > 0) terminal.Write(Back());
        _count = 0;
    }

    private string Back() => _count == 0 ? "" : $"\r{string.Concat(Enumerable.Repeat(Up, _count))}{ClearToEnd}";

    private static string Cut(string line, int columns)
    {
        StringInfo text = new(line);
        return text.LengthInTextElements <= columns ? line : $"{text.SubstringByTextElements(0, columns - 1)}…";
    }

    private static int WidthOfConsole()
    {
        try
        {
            return Console.WindowWidth is > 0 and int columns ? columns : 80;
        }
        catch (Exception error) when (error is IOException or PlatformNotSupportedException)
        {
            return 80;
        }
    }
}
