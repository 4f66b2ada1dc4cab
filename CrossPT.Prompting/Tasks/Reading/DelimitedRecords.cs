using System.Text;

namespace CrossPT.Prompting.Tasks.Reading;

/// <summary>The cells of every record of a table, with the line it starts on.</summary>
internal static class DelimitedRecords
{
    /// <summary>Columns between tabs: a line is a record and a quotation mark a letter like any other.</summary>
    public static IEnumerable<(int Line, string[] Cells)> ReadTsv(string path)
    {
        foreach ((int line, byte[] text) in DataLines.Read(path, "a table with tabs between its columns"))
            yield return (line, Encoding.UTF8.GetString(text).Split('\t'));
    }

    /// <summary>Columns between commas; a quoted cell may hold commas, line ends and, doubled, quotation marks (RFC 4180).</summary>
    /// <exception cref="TaskDataException">A quotation mark is not closed, or something stands behind it.</exception>
    public static IEnumerable<(int Line, string[] Cells)> ReadCsv(string path)
    {
        List<string> cells = [];
        StringBuilder cell = new();
        bool quoted = false;
        int first = 0;
        foreach ((int line, byte[] bytes) in DataLines.Read(path, "a table with commas between its columns"))
        {
            if (quoted) cell.Append('\n');
            else first = line;
            if (cell.Length > DataLines.Longest) throw new TaskDataException(path, first, "a quotation mark is not closed, expected another");
            ReadLine(Encoding.UTF8.GetString(bytes), cells, cell, ref quoted, path, line);
            if (quoted) continue;
            yield return (first, [.. cells]);
            cells.Clear();
        }
        if (quoted) throw new TaskDataException(path, first, "a quotation mark is not closed, expected another");
    }

    private static void ReadLine(string text, List<string> cells, StringBuilder cell, ref bool quoted, string path, int line)
    {
        bool closed = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quoted)
            {
                if (c != '"') cell.Append(c);
                else if (i + 1 < text.Length && text[i + 1] == '"') cell.Append(text[i++]);
                else (quoted, closed) = (false, true);
            }
            else if (c == ',')
            {
                cells.Add(cell.ToString());
                cell.Clear();
                closed = false;
            }
            else if (closed) throw new TaskDataException(path, line, $"found '{c}' behind a closing quotation mark, expected a comma");
            else if (c == '"' && cell.Length == 0) quoted = true;
            else cell.Append(c);
        }
        if (quoted) return;
        cells.Add(cell.ToString());
        cell.Clear();
    }
}
