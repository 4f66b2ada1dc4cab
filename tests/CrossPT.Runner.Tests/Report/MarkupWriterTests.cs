using CrossPT.Runner.Report.Markup;

namespace CrossPT.Runner.Tests.Report;

public sealed class MarkupWriterTests
{
    [Fact]
    public void Texts_AreTextsAndNothingElse()
    {
        MarkupWriter sut = new();
        using (sut.Open("p", ("title", "\"><script>alert('1')</script>"), ("lang", null), ("hidden", ""))) sut.Text("a < b & c > d \"e\" 'f'");
        Assert.Equal(
            "<p title=\"&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;\" hidden=\"\">a &lt; b &amp; c &gt; d &quot;e&quot; &#39;f&#39;</p>\n", sut.ToString());
    }

    [Fact]
    public void HalfAPair_IsReplaced()
    {
        MarkupWriter sut = new();
        sut.Text("a\uD800b\uDC00");
        Assert.Equal("a\uFFFDb\uFFFD", sut.ToString());
    }

    // NUL, a mark that turns the line around, a whole pair, a tab.
    [Theory]
    [InlineData("a\0b", "a\uFFFDb")]
    [InlineData("a\u202Eb", "a\uFFFDb")]
    [InlineData("\U0001F600\té", "\U0001F600\té")]
    public void Characters_ThatNoDocumentMayHold_AreReplaced(string text, string expected)
    {
        MarkupWriter sut = new();
        sut.Text(text);
        Assert.Equal(expected, sut.ToString());
    }

    [Theory]
    [InlineData("script")]
    [InlineData("style")]
    [InlineData("img")]
    [InlineData("iframe")]
    [InlineData("a b")]
    [InlineData("a><b")]
    public void Elements_ThatRunOrLoad_CannotBeWritten(string name) => Assert.Throws<ArgumentException>(() => new MarkupWriter().Open(name));

    [Theory]
    [InlineData("onclick", "x")]
    [InlineData("ONLOAD", "x")]
    [InlineData("style", "color:red")]
    [InlineData("src", "x.png")]
    [InlineData("href", "http://example.org")]
    [InlineData("href", "//example.org")]
    [InlineData("href", "javascript:alert(1)")]
    [InlineData("href", "../up")]
    [InlineData("href", "/root")]
    [InlineData("a=b c", "x")]
    public void Attributes_ThatRunOrLoad_CannotBeWritten(string name, string value) => Assert.Throws<ArgumentException>(() => new MarkupWriter().Open("a", (name, value)));

    [Fact]
    public void OpenElement_IsNoDocument()
    {
        MarkupWriter sut = new();
        sut.Open("p");
        Assert.Throws<InvalidOperationException>(sut.ToString);
    }
}
