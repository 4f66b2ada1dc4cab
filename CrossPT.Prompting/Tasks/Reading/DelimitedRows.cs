namespace CrossPT.Prompting.Tasks.Reading;

/// <summary>Rows of a table; null for a row with too few columns, where those are dropped.</summary>
internal static class DelimitedRows
{
    public static IEnumerable<DataRow?> Read(TaskLocation location, TaskDeclaration task)
    {
        Columns? columns = location.Header || location.HeaderMark is not null ? null : new Columns(location, task, null);
        HashSet<string>? listed = location.Filter is { } filter ? ReadList(filter) : null;
        bool isCsv = location.Format == TaskFormat.Csv;
        foreach ((int line, string[] cells) in isCsv ? DelimitedRecords.ReadCsv(location.File) : DelimitedRecords.ReadTsv(location.File))
        {
            if (columns is null)
            {
                bool isHeader = location.HeaderMark is null || cells[0] == location.HeaderMark;
                columns = new Columns(location, task, isHeader ? cells : null);
                if (isHeader) continue;
            }
            if (cells.Length < columns.Needed)
            {
                if (!location.DropShortRows)
                    throw new TaskDataException(location.File, line, $"found {Count(cells.Length)}, expected {columns.Needed} or more");
                yield return null;
            }
            else if (listed is null || listed.Contains(Key(location.Filter!.Columns.Select(column => cells[column - 1]))) == location.Filter.Keep)
            {
                yield return columns.Row(cells, line);
            }
        }
    }

    private static HashSet<string> ReadList(TaskRowFilter filter)
    {
        HashSet<string> listed = [];
        foreach ((int line, string[] cells) in DelimitedRecords.ReadTsv(filter.File))
        {
            if (cells.Length < filter.Columns.Count)
                throw new TaskDataException(filter.File, line, $"found {Count(cells.Length)}, expected {filter.Columns.Count}");
            listed.Add(Key(cells.Take(filter.Columns.Count)));
        }
        return listed.Count > 0 ? listed : throw new TaskDataException(filter.File, "is empty, expected a list of rows");
    }

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
            Needed = 1 + Math.Max(Math.Max(_label, _group), Math.Max(_fields.Max(static field => field.Column), location.Filter?.Columns.Max() - 1 ?? 0));

            int Place(string field)
            {
                string column = location.ColumnOf(field);
                int number = TaskLocationJson.Number(column) - 1 ?? Array.IndexOf(header ?? [], column);
                if (number >= 0 && number < (header?.Length ?? int.MaxValue)) return number;
                throw new TaskDataException(location.File, 1, $"no column \"{column}\", only {string.Join(", ", (header ?? []).Take(16).Select(Shorten))}");
            }
        }

        public int Needed { get; }

        public DataRow Row(string[] cells, int line) =>
            new(_location.File, line, _fields.ToDictionary(static field => field.Field, field => cells[field.Column]))
        {
            Label = new RowLabel(cells[_label], _labelName, $"\"{Shorten(cells[_label])}\""),
            Group = _group < 0 ? null : cells[_group],
        };

        private static string Shorten(string text) => text.Length <= 60 ? text : $"{text.AsSpan(0, 60)}…";
    }
}
