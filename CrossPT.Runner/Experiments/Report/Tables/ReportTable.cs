using System.Globalization;
using System.Text;
using CrossPT.Runner.Experiments.Results;
using CsvHelper;

namespace CrossPT.Runner.Experiments.Report.Tables;

/// <summary>A table of the report: in the page, as CSV and as LaTeX.</summary>
/// <param name="Name">Name of its files, without their extensions.</param>
/// <param name="Caption">What it shows.</param>
/// <param name="Headings">Of the columns.</param>
/// <param name="Rows">The rows, with as many cells each; the first cell heads its row.</param>
public sealed record ReportTable(
    string Name, string Caption, IReadOnlyList<TableHeading> Headings, IReadOnlyList<IReadOnlyList<TableCell>> Rows)
{
    /// <summary>Rows at the end that are set apart: what to compare with.</summary>
    public int Footer { get; init; }
}

/// <summary>The heading of a column.</summary>
/// <param name="Text">The heading.</param>
/// <param name="Note">A unit in small print under it; null for none.</param>
/// <param name="IsNumber">Whether the column is aligned on the right.</param>
public sealed record TableHeading(string Text, string? Note = null, bool IsNumber = false)
{
    public static implicit operator TableHeading(string text) => new(text);

    public static TableHeading Number(string text, string? note = null) => new(text, note, true);
}

/// <summary>A cell.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Note">Small print under it, mostly an interval; null for none.</param>
/// <param name="IsNumber">Whether it is aligned on the right.</param>
public sealed record TableCell(string Text, string? Note = null, bool IsNumber = false)
{
    /// <summary>The cell for a missing number.</summary>
    public static TableCell None { get; } = new("—", null, true);

    public static implicit operator TableCell(string text) => new(text);

    public static TableCell Number(string? text, string? note = null) =>
        text is null ? None : new(text, string.IsNullOrEmpty(note) ? null : note, true);
}

/// <summary>A table for LaTeX with the package booktabs.</summary>
internal static class LatexTable
{
    public static string Write(ReportTable table)
    {
        StringBuilder latex = new();
        string columns = string.Concat(table.Headings.Select(static heading => heading.IsNumber ? 'r' : 'l'));
        latex.Append("% needs \\usepackage{booktabs}\n\\begin{table}\n  \\centering\n");
        latex.Append($"  \\caption{{{Escape(table.Caption)}}}\n");
        latex.Append($"  \\begin{{tabular}}{{{columns}}}\n    \\toprule\n");
        Line(table.Headings.Select(Heading));
        latex.Append("    \\midrule\n");
        for (int i = 0; i < table.Rows.Count; i++)
        {
            if (i > 0 && i == table.Rows.Count - table.Footer) latex.Append("    \\midrule\n");
            Line(table.Rows[i].Select(Cell));
        }
        return latex.Append("    \\bottomrule\n  \\end{tabular}\n\\end{table}\n").ToString();

        void Line(IEnumerable<string> cells) => latex.Append("    ").AppendJoin(" & ", cells).Append(" \\\\\n");
    }

    /// <summary>The text as LaTeX that prints it.</summary>
    public static string Escape(string text) => string.Concat(text.Select(Escape));

    private static string Heading(TableHeading heading) =>
        Escape(heading.Note is null ? heading.Text : $"{heading.Text} ({heading.Note})");

    private static string Cell(TableCell cell) =>
        cell.Note is null ? Escape(cell.Text) : $"{Escape(cell.Text)} {{\\scriptsize {Escape(cell.Note)}}}";

    private static string Escape(char c) => c switch
    {
        '\\' => "\\textbackslash{}",
        '{' or '}' or '$' or '&' or '#' or '_' or '%' => $"\\{c}",
        '~' => "\\textasciitilde{}",
        '^' => "\\textasciicircum{}",
        '<' => "\\textless{}",
        '>' => "\\textgreater{}",
        '|' => "\\textbar{}",
        '"' => "\\textquotedbl{}",
        '[' => "{[}",
        ']' => "{]}",
        '±' => "\\(\\pm\\)",
        'Δ' => "\\(\\Delta\\)",
        '−' => "\\(-\\)",
        '—' => "---",
        '–' => "--",
        '…' => "\\dots{}",
        _ when char.IsControl(c) => " ",
        _ => c.ToString(),
    };
}

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
