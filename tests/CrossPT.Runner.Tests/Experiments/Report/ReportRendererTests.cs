using System.Xml.Linq;
using CrossPT.Runner.Experiments.Report;
using CrossPT.Runner.Experiments.Report.Figures;
using CrossPT.Runner.Experiments.Report.Tables;

namespace CrossPT.Runner.Tests.Experiments.Report;

public sealed class ReportRendererTests
{
    // Markup, a reference, NUL, marks that turn the line around, a pair of surrogates, a tab.
    [Theory]
    [InlineData("a < b & c > d", "a &lt; b &amp; c &gt; d")]
    [InlineData("<script>alert('1')</script>", "&lt;script&gt;alert('1')&lt;/script&gt;")]
    [InlineData("&#x3C;b&#x3E;", "&amp;#x3C;b&amp;#x3E;")]
    [InlineData("a\0b", "a\uFFFDb")]
    [InlineData("a\u202Eb\u2066", "a\uFFFDb\uFFFD")]
    [InlineData("\U0001F600\té ±", "\U0001F600\té ±")]
    public void Texts_AreTextsAndNothingElse(string text, string expected) => AssertText(text, expected);

    // Not as data, which is kept in UTF-8.
    [Fact]
    public void HalfAPair_IsReplaced() => AssertText("a\uD800b\uDC00", "a\uFFFDb\uFFFD");

    private static void AssertText(string text, string expected)
    {
        using ReportRenderer sut = new(new ReportFiles(null));
        ReportTable table = new("t", text, ["name", "text"], [["x", text]]);
        string html = sut.Render<DataTable>(nameof(DataTable.Table), table);
        Assert.Contains($"<td>{expected}</td>", html, StringComparison.Ordinal);
        Assert.Contains($"aria-label=\"{expected}\"", html, StringComparison.Ordinal);
    }

    // An attribute ends where it should, and no parser of XML refuses the file.
    [Fact]
    public void Figures_AreWellFormedWhateverTheirNames()
    {
        const string name = "\"><script>alert(1)</script>' onload=\"alert(2)\" a\0\u0008\uD800\uFFFE\u202E]]>";
        MatrixPlot plot = new()
        {
            Title = name,
            Description = name,
            Rows = [name],
            Columns = [name],
            Values = new double?[,] { { 1 } },
            Format = static value => $"{value}",
        };
        using ReportRenderer sut = new();
        XDocument svg = XDocument.Parse(sut.RenderFile(new FigureGroup("x", name, name, [plot])));
        string[] attributes = [.. svg.Descendants().Attributes().Select(static one => one.Name.LocalName).Distinct()];
        Assert.DoesNotContain("onload", attributes);
        Assert.DoesNotContain(svg.Descendants(), static one => one.Name.LocalName == "script");
    }
}
