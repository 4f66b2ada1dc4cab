using System.Text.Unicode;
using CsvHelper;

namespace CrossPT.Prompting.Tasks.Reading;

/// <summary>Rows of a table: TSV without quoting, or CSV (RFC 4180).</summary>
internal static class TableRows
{
    public static IEnumerable<Row> Read(TaskLocation location, TaskDeclaration task, SkippedRows skipped)
    {
        Columns? columns = location.Header || location.HeaderMark is not null ? null
            : new Columns(location, task, null);
        HashSet<string>? listed = location.Filter is { } filter ? ReadList(filter) : null;
        foreach ((int line, string[] cells) in ReadCells(location.File, location.Format))
        {
            if (IsBlank(cells) && !location.DropShortRows)
            {
                skipped.Blank++;
                continue;
            }
            if (columns is null)
            {
                bool isHeader = location.HeaderMark is null || cells[0] == location.HeaderMark;
                columns = new Columns(location, task, isHeader ? NamesOf(cells) : null);
                if (isHeader) continue;
            }
            if (cells.Length < columns.Needed)
            {
                if (!location.DropShortRows)
                    throw new TaskDataException(location.File, line,
                        $"found {Count(cells.Length)}, expected {columns.Needed} or more");
                skipped.Short++;
            }
            else if (listed is null || listed.Contains(
                Key(location.Filter!.Columns.Select(column => cells[column - 1]))) == location.Only is not null)
            {
                yield return columns.ToRow(cells, line);
            }
        }
    }

    /// <summary>The cells of every record, with the line it begins on.</summary>
    /// <exception cref="TaskDataException">A record is not UTF-8, too long, or wrongly quoted.</exception>
    public static IEnumerable<(int Line, string[] Cells)> ReadCells(string path, TaskFormat format)
    {
        bool isCsv = format == TaskFormat.Csv;
        CsvReaderOptions options = new()
        {
            Separator = isCsv ? ',' : '\t',
            Mode = isCsv ? CsvMode.Rfc4180 : CsvMode.NoEscape,
            HasHeader = false,
            SkipEmptyLines = false,
            DetectSeparatorHint = false,
            TrackLineNumbers = true,
            MaxRecordSize = LineReader.Longest,
            OnMalformedRecord = record => Refuse(record.Reason, path, record.LineNumber),
        };
        using FileStream file = DataFile.Open(path, $"a table with {(isCsv ? "commas" : "tabs")} between its columns");
        using CsvReader reader = CsvReader.Create(file, options);
        while (Next(reader, path))
        {
            string[] cells = new string[reader.FieldCount];
            for (int i = 0; i < cells.Length; i++)
            {
                if (isCsv) Check(reader.GetRawSpan(i), path, reader.LineNumber);
                cells[i] = reader.GetString(i).Replace("\r\n", "\n", StringComparison.Ordinal);
            }
            yield return ((int)reader.LineNumber, cells);
        }
    }

    private static bool Next(CsvReader reader, string path)
    {
        try
        {
            if (!reader.Read()) return false;
        }
        catch (CsvFormatException error)
        {
            throw new TaskDataException(
                path, (int)error.LineNumber,
                    $"is longer than {LineReader.Longest >> 20} MB, expected a row (is a quotation mark not closed?)",
                    error);
        }
        return Utf8.IsValid(reader.RawRecord)
            ? true
            : throw new TaskDataException(path, (int)reader.LineNumber, LineReader.NotUtf8(reader.RawRecord));
    }

    /// <summary>
    /// Refuses a quoted cell that is not whole. The reader tells the first fault of a record alone, and a stray
    /// quotation mark is none here.
    /// </summary>
    private static void Check(ReadOnlySpan<byte> cell, string path, long line)
    {
        if (cell is not [(byte)'"', ..]) return;
        cell = cell[1..];
        for (int at; (at = cell.IndexOf((byte)'"')) >= 0; cell = cell[(at + 2)..])
        {
            if (at + 1 == cell.Length) return;
            if (cell[at + 1] != '"') Refuse(CsvMalformedReason.TextAfterClosingQuote, path, line);
        }
        Refuse(CsvMalformedReason.UnterminatedQuote, path, line);
    }

    private static void Refuse(CsvMalformedReason reason, string path, long line)
    {
        if (reason == CsvMalformedReason.TextAfterClosingQuote)
            throw new TaskDataException(path, (int)line,
                "found text behind a closing quotation mark, expected a comma");
        if (reason == CsvMalformedReason.UnterminatedQuote)
            throw new TaskDataException(path, (int)line, "a quotation mark is not closed, expected another");
    }

    private static HashSet<string> ReadList(TaskRowFilter filter)
    {
        HashSet<string> listed = [];
        foreach ((int line, string[] cells) in ReadCells(filter.File, TaskFormat.Tsv))
        {
            if (IsBlank(cells)) continue;
            if (cells.Length < filter.Columns.Count)
                throw new TaskDataException(filter.File, line,
                    $"found {Count(cells.Length)}, expected {filter.Columns.Count}");
            listed.Add(Key(cells.Take(filter.Columns.Count)));
        }
        return listed.Count > 0 ? listed
            : throw new TaskDataException(filter.File, "is empty, expected a list of rows");
    }

    /// <summary>Whether a record is a blank line.</summary>
    public static bool IsBlank(string[] cells) => cells is [var only] && string.IsNullOrWhiteSpace(only);

    /// <summary>Names of columns: <c>text, label</c> is commonly written with a space.</summary>
    public static string[] NamesOf(string[] cells) => Array.ConvertAll(cells, static cell => cell.Trim());

    private static string Key(IEnumerable<string> cells) => string.Join('\t', cells);

    private static string Count(int cells) => cells == 1 ? "1 column" : $"{cells} columns";

    /// <summary>Where each field stands.</summary>
    private sealed class Columns
    {
        private readonly TaskLocation _location;
        private readonly (string Field, int Column)[] _fields;
        private readonly int _label;
        private readonly int _group;
        private readonly string _labelName;

        public Columns(TaskLocation location, TaskDeclaration task, string[]? header)
        {
            _location = location;
            _fields = [.. task.Fields.Select(field => (field, Place(field)))];
            _label = Place(task.LabelField);
            _group = task.GroupField is null ? -1 : Place(task.GroupField);
            _labelName = header is null ? task.LabelField : header[_label];
            Needed = 1 + Math.Max(
                Math.Max(_label, _group), Math.Max(
                    _fields.Max(static field => field.Column), location.Filter?.Columns.Max() - 1 ?? 0));

            int Place(string field)
            {
                string column = location.ColumnOf(field);
                string[] names = header ?? [];
                int named = Array.IndexOf(names, column);
                if (Array.LastIndexOf(names, column) != named)
                    throw new TaskDataException(location.File, 1, $"has the column \"{column}\" twice, expected once");
                // A column of that name comes before the one of that number, unless the number was given.
                bool isNumber = named < 0 || location.Columns.ContainsKey(field);
                int place = (isNumber ? TaskLocation.NumberOf(column) - 1 : null) ?? named;
                if (place >= 0 && place < (header?.Length ?? int.MaxValue)) return place;
                string known = string.Join(", ", names.Take(16).Select(Shorten));
                throw new TaskDataException(location.File, 1, $"no column \"{column}\", only {known}");
            }
        }

        public int Needed { get; }

        public Row ToRow(string[] cells, int line) => new(
            _fields.ToDictionary(static field => field.Field, field => cells[field.Column]))
        {
            File = _location.File,
            Line = line,
            Label = new RowLabel(cells[_label], _labelName, $"\"{Shorten(cells[_label])}\""),
            Group = _group < 0 ? null : cells[_group],
        };

        private static string Shorten(string text) => text.Length <= 60 ? text : $"{text.AsSpan(0, 60)}…";
    }
}

/// <summary>
/// Rows of a folder that has a folder of text files for each label; other folders in it, such as IMDB's <c>unsup</c>,
/// are left alone.
/// </summary>
internal static class TextFolderRows
{
    public static IEnumerable<Row> Read(TaskLocation location, TaskDeclaration task)
    {
        foreach (string folder in List(location.File, Directory.GetDirectories))
        {
            string label = Path.GetFileName(folder);
            if (task.IndexOf(label) < 0) continue;
            foreach (string file in List(folder, static path => Directory.GetFiles(path, "*.txt")))
            {
                Dictionary<string, string> fields = new() { [task.Fields[0]] = DataFile.ReadText(file) };
                yield return new Row(fields)
                {
                    File = file,
                    Line = 1,
                    Label = new RowLabel(label, "folder", $"\"{label}\""),
                };
            }
        }
    }

    /// <summary>In the order of their names, which no file system promises.</summary>
    private static string[] List(string path, Func<string, string[]> list)
    {
        try
        {
            string[] names = list(path);
            Array.Sort(names, StringComparer.Ordinal);
            return names;
        }
        catch (DirectoryNotFoundException error)
        {
            throw new TaskDataException(path, "no such folder, expected one with a folder of texts a label", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw DataFile.Unreadable(path, error);
        }
    }
}
