using CrossPT.Runner.Experiments.Report;
using CrossPT.Runner.Experiments.Report.Tables;

namespace CrossPT.Runner.Tests.Experiments.Report;

public sealed class TableTests
{
    private static readonly ReportTable s_table = new(
        "t",
        "A & B",
        ["name_1", TableHeading.Number("rte", "accuracy")],
        [["=1+1, \"x\"", TableCell.Number("85.3 ± 1.0", "[83.0, 87.1]")], ["50 %", TableCell.Number("−0.4")]])
    {
        Footer = 1,
    };

    [Fact]
    public void Csv_QuotesAndIsNoFormula() => Assert.Equal(
        "name_1,rte accuracy,rte accuracy interval\r\n"
            + "\"'=1+1, \"\"x\"\"\",85.3 ± 1.0,\"[83.0, 87.1]\"\r\n50 %,-0.4,\r\n",
        CsvTable.Write(s_table));

    // A long name may be broken where a part of it ends, but a number in it is whole.
    [Fact]
    public void Html_BreaksNamesAfterTheirParts()
    {
        ReportTable table = new("t", "", ["training.learningRate"], [["runs/first_1.5"]]);
        using ReportRenderer renderer = new(new ReportFiles(null));
        string html = renderer.Render<DataTable>(nameof(DataTable.Table), table);
        Assert.Contains(">training.<wbr>learningRate<", html, StringComparison.Ordinal);
        Assert.Contains("<span>runs/<wbr>first_1.5</span>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<a", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Latex_SetsItAsItStands()
    {
        string latex = LatexTable.Write(s_table);
        Assert.Contains("\\caption{A \\& B}", latex, StringComparison.Ordinal);
        Assert.Contains("name\\_1 & rte (accuracy) \\\\", latex, StringComparison.Ordinal);
        Assert.Contains("85.3 \\(\\pm\\) 1.0 {\\scriptsize {[}83.0, 87.1{]}} \\\\", latex, StringComparison.Ordinal);
        Assert.Contains("    \\midrule\n    50 \\% & \\(-\\)0.4 \\\\", latex, StringComparison.Ordinal);
        Assert.Equal("\\textbackslash{}input\\{x\\}\\textasciicircum{} ", LatexTable.Escape("\\input{x}^\n"));
    }

    [Fact]
    public void Html_SaysWhatIsHeadedByWhat()
    {
        ReportFiles files = new("page-files");
        using ReportRenderer renderer = new(files);
        string html = renderer.Render<DataTable>(nameof(DataTable.Table), s_table);
        Assert.Contains("<caption><span>A &amp; B</span></caption>", html, StringComparison.Ordinal);
        const string Heading = "<th scope=\"col\" class=\"n\">rte<small>accuracy</small></th>";
        Assert.Contains(Heading, html, StringComparison.Ordinal);
        Assert.Contains("<tfoot><tr><th scope=\"row\"><span>50 %</span></th>", html, StringComparison.Ordinal);
        Assert.Contains("tabindex=\"0\"", html, StringComparison.Ordinal);
        Assert.Contains("<a class=\"file\" href=\"page-files/t.csv\">CSV</a>", html, StringComparison.Ordinal);
        Assert.Equal(2, files.Count);
    }
}
