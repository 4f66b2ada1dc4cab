using CrossPT.Runner.Report.Markup;
using CrossPT.Runner.Report.Tables;

namespace CrossPT.Runner.Tests.Report;

public sealed class TableTests
{
    private static readonly ReportTable s_table = new(
        "t", "A & B", [new TableHeading("name_1"), new TableHeading("rte", "accuracy", true)],
        [["=1+1, \"x\"", TableCell.Number("85.3 ± 1.0", "[83.0, 87.1]")], ["50 %", TableCell.Number("−0.4")]]) { Footer = 1 };

    [Fact]
    public void Csv_QuotesAndIsNoFormula() => Assert.Equal(
        "name_1,rte accuracy,rte accuracy interval\r\n\"'=1+1, \"\"x\"\"\",85.3 ± 1.0,\"[83.0, 87.1]\"\r\n50 %,-0.4,\r\n", CsvTable.Write(s_table));

    [Fact]
    public void Latex_SetsItAsItStands()
    {
        string latex = LatexTable.Write(s_table);
        Assert.Contains("\\caption{A \\& B}", latex, StringComparison.Ordinal);
        Assert.Contains("name\\_1 & rte (accuracy) \\\\", latex, StringComparison.Ordinal);
        Assert.Contains("85.3 \\(\\pm\\) 1.0 {\\scriptsize {[}83.0, 87.1{]}} \\\\", latex, StringComparison.Ordinal);
        Assert.Contains("    \\midrule\n    50 \\% & \\(-\\)0.4 \\\\", latex, StringComparison.Ordinal);
        Assert.Equal("\\textbackslash{}input\\{x\\}\\^"[..^2] + "\\textasciicircum{} ", LatexTable.Escape("\\input{x}^\n"));
    }

    [Fact]
    public void Html_SaysWhatIsHeadedByWhat()
    {
        MarkupWriter page = new();
        HtmlTable.Write(page, s_table);
        string html = page.ToString();
        Assert.Contains("<caption><span>A &amp; B</span></caption>", html, StringComparison.Ordinal);
        Assert.Contains("<th scope=\"col\" class=\"n\">rte<small>accuracy</small></th>", html, StringComparison.Ordinal);
        Assert.Contains("<tfoot><tr><th scope=\"row\">50 %</th>", html, StringComparison.Ordinal);
        Assert.Contains("tabindex=\"0\"", html, StringComparison.Ordinal);
    }
}
