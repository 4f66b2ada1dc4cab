using System.Text;

namespace CrossPT.Runner.Experiments.Report.Tables;

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
