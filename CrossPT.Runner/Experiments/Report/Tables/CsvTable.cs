using System.Globalization;
using CrossPT.Runner.Experiments.Results;
using CsvHelper;

namespace CrossPT.Runner.Experiments.Report.Tables;

/// <summary>Tables as comma-separated values (RFC 4180).</summary>
internal static class CsvTable
{
    /// <summary>A table as the page shows it, with notes in columns of their own.</summary>
    public static string Write(ReportTable table)
    {
        bool[] hasNotes = [.. table.Headings.Select((_, i) => table.Rows.Any(row => row[i].Note is not null))];
        List<string[]> lines = [];
        List<string> headings = [];
        for (int i = 0; i < table.Headings.Count; i++)
        {
            string name = NameOf(table.Headings[i]);
            headings.Add(name);
            if (hasNotes[i]) headings.Add($"{name} interval");
        }
        lines.Add([.. headings]);
        foreach (IReadOnlyList<TableCell> row in table.Rows)
        {
            List<string> cells = [];
            for (int i = 0; i < row.Count; i++)
            {
                cells.Add(Plain(row[i].Text, row[i].IsNumber));
                if (hasNotes[i]) cells.Add(Plain(row[i].Note ?? "", row[i].IsNumber));
            }
            lines.Add([.. cells]);
        }
        return Write(lines);
    }

    /// <summary>All numbers of a summary in full precision, one line per setting and task.</summary>
    public static string Write(ResultSummary summary)
    {
        string[] factors = [.. summary.Set.Factors.Select(static axis => axis.Name)];
        List<string[]> lines =
        [
            [
                .. factors.Select(Plain), "task", "metric", "runs", "finished", "diverged", "collapsed", "failed",
                "unfinished", "mean", "sd", "low", "high", "majority", "pairs", "difference", "difference_low",
                "difference_high",
            ],
        ];
        foreach (ResultRow row in summary.Rows)
        {
            foreach (string task in summary.Tasks)
            {
                ResultCell? difference = row.Differences.GetValueOrDefault(task);
                string[] cells = NumbersOf(row.Tasks.GetValueOrDefault(task), difference, summary.MajorityOf(task));
                Add(row, task, summary.MetricOf(task), cells);
            }
            if (summary.Tasks.Count > 1)
            {
                double majority = summary.Tasks.Average(summary.MajorityOf);
                Add(row, ResultSummary.AverageName, "", NumbersOf(row.Average, row.AverageDifference, majority));
            }
        }
        return Write(lines);

        void Add(ResultRow row, string task, string metric, string[] numbers)
        {
            int[] counts = [row.Runs.Count, row.Finished, row.Diverged, row.Collapsed, row.Failed, row.Unfinished];
            lines.Add(
            [
                .. factors.Select(factor => Plain(row.Settings.GetValueOrDefault(factor, ""))), Plain(task), metric,
                .. counts.Select(static count => Number(count)), .. numbers,
            ]);
        }
    }

    /// <summary>The numbers behind a figure of matrices in full precision, one line per cell.</summary>
    /// <param name="row">Name of the rows.</param>
    /// <param name="column">Name of the columns.</param>
    /// <param name="matrices">The matrix of each setting.</param>
    public static string Write(string row, string column, IEnumerable<(string Setting, TaskMatrix Matrix)> matrices)
    {
        List<string[]> lines = [["setting", row, column, "seeds", "mean", "lowest", "highest"]];
        foreach ((string setting, TaskMatrix matrix) in matrices)
        {
            for (int i = 0; i < matrix.Tasks.Count; i++)
            {
                for (int j = 0; j < matrix.Columns.Count; j++)
                {
                    IReadOnlyList<double> seeds = matrix[i, j];
                    string[] numbers = seeds.Count == 0
                        ? ["", "", ""]
                        : [Number(seeds.Average()), Number(seeds.Min()), Number(seeds.Max())];
                    string[] names = [Plain(setting), Plain(matrix.Tasks[i]), Plain(matrix.Columns[j])];
                    lines.Add([.. names, Number(seeds.Count), .. numbers]);
                }
            }
        }
        return Write(lines);
    }

    private static string Write(IEnumerable<string[]> lines)
    {
        using StringWriter text = new();
        using (CsvWriter csv = CsvWriter.Create(text, new CsvWriterOptions(), leaveOpen: true))
        {
            foreach (string[] cells in lines) csv.WriteRecord(cells);
        }
        return text.ToString();
    }

    private static string[] NumbersOf(ResultCell? cell, ResultCell? difference, double majority) =>
    [
        Number(cell?.Mean), Number(cell?.Deviation), Number(cell?.Interval?.Low), Number(cell?.Interval?.High),
        Number(majority), Number(difference?.Count), Number(difference?.Mean), Number(difference?.Interval?.Low),
        Number(difference?.Interval?.High),
    ];

    private static string NameOf(TableHeading heading) =>
        Plain(heading.Note is null ? heading.Text : $"{heading.Text} {heading.Note}");

    private static string Plain(string text, bool isNumber) => isNumber ? text.Replace('−', '-') : Plain(text);

    // A spreadsheet must not take a name or label for a formula.
    private static string Plain(string text) =>
        text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? $"'{text}" : text;

    private static string Number(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";
}
