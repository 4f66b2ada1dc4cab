using System.Text;

namespace CrossPT.Runner.Report.Tables;

/// <summary>A table for LaTeX with the package booktabs.</summary>
internal static class LatexTable
{
    public static string Write(ReportTable table)
    {
        StringBuilder latex = new();
        latex.Append("% needs \\usepackage{booktabs}\n\\begin{table}\n  \\centering\n  \\caption{").Append(Escape(table.Caption)).Append("}\n");
        latex.Append("  \\begin{tabular}{").Append(string.Concat(table.Headings.Select(static one => one.IsNumber ? 'r' : 'l'))).Append("}\n    \\toprule\n");
        Line(table.Headings.Select(static one => Escape(one.Note is null ? one.Text : $"{one.Text} ({one.Note})")));
        latex.Append("    \\midrule\n");
        for (int i = 0; i < table.Rows.Count; i++)
        {
            if (i > 0 && i == table.Rows.Count - table.Footer) latex.Append("    \\midrule\n");
            Line(table.Rows[i].Select(static cell => cell.Note is null ? Escape(cell.Text) : $"{Escape(cell.Text)} {{\\scriptsize {Escape(cell.Note)}}}"));
        }
        return latex.Append("    \\bottomrule\n  \\end{tabular}\n\\end{table}\n").ToString();

        void Line(IEnumerable<string> cells) => latex.Append("    ").AppendJoin(" & ", cells).Append(" \\\\\n");
    }

    /// <summary>A text that LaTeX sets as it stands.</summary>
    public static string Escape(string text)
    {
        StringBuilder escaped = new(text.Length);
        foreach (char c in text)
        {
            escaped.Append(c switch
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
                '−' => "\\(-\\)",
                '—' => "---",
                '–' => "--",
                '…' => "\\dots{}",
                _ when char.IsControl(c) => " ",
                _ => c.ToString(),
            });
        }
        return escaped.ToString();
    }
}
