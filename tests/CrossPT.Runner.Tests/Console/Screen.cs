using System.Globalization;
using System.Text;

namespace CrossPT.Runner.Tests.Consoles;

/// <summary>A terminal as far as progress bars need one: what it shows after all that was written to it.</summary>
internal sealed class Screen(int width)
{
    // Of the cursor; and of the keypad, which .NET sets where a program looks at its console.
    private static readonly string[] s_modes = ["?25", "?1"];

    private readonly List<StringBuilder> _lines = [new()];
    private int _row, _column;

    /// <summary>Lines from the top, without spaces at their ends.</summary>
    public string[] Lines => [.. _lines.Select(static line => line.ToString().TrimEnd())];

    public bool ShowsCursor { get; private set; } = true;

    public static Screen Of(string written, int width)
    {
        Screen screen = new(width);
        screen.Write(written);
        return screen;
    }

    private void Write(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\u001b') i = Escape(text, i);
            else if (text[i] == '\r') _column = 0;
            else if (text[i] == '\n') Down();
            else Put(text[i]);
        }
    }

    private void Put(char c)
    {
        if (_column == width) Down();
        StringBuilder line = _lines[_row];
        if (line.Length <= _column) line.Append(' ', _column + 1 - line.Length);
        line[_column++] = c;
    }

    private void Down()
    {
        _column = 0;
        if (++_row == _lines.Count) _lines.Add(new StringBuilder());
    }

    private int Escape(string text, int start)
    {
        if (text[start + 1] != '[') return start + 1;
        int end = start + 2;
        while (!char.IsAsciiLetter(text[end])) end++;
        string parameters = text[(start + 2)..end];
        int number = int.TryParse(parameters, CultureInfo.InvariantCulture, out int given) ? given : 0;
        switch (text[end])
        {
            case 'A':
                _row -= Math.Max(1, number);
                Assert.InRange(_row, 0, _lines.Count);
                break;
            case 'J':
                Assert.Equal(0, number);
                _lines.RemoveRange(_row + 1, _lines.Count - _row - 1);
                Erase();
                break;
            case 'K':
                if (number == 2) _lines[_row].Clear();
                else Erase();
                break;
            case 'm':
                break;
            default:
                Assert.Contains(parameters, s_modes);
                if (parameters == "?25") ShowsCursor = text[end] == 'h';
                break;
        }
        return end;
    }

    private void Erase()
    {
        if (_lines[_row].Length > _column) _lines[_row].Length = _column;
    }
}
