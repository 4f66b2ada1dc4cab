using System.Xml.Linq;
using CrossPT.Runner.Output;

namespace CrossPT.Runner.Tests.Output;

public sealed class HeatMapTests
{
    private static readonly HeatMap s_map = new(["a & b", "c"], ["first", "<second>"], [[0.25, 1], [0, 0.5]]);

    [Fact]
    public void Svg_IsWellFormed_AndNamesEverything()
    {
        XDocument svg = XDocument.Parse(s_map.ToSvg("weights & more"));
        XNamespace space = "http://www.w3.org/2000/svg";
        string[] texts = [.. svg.Descendants(space + "text").Select(static text => text.Value)];
        Assert.Equal(["weights & more", "first", "<second>", "a & b", "0.25", "1.00", "c", "0.00", "0.50"], texts);
        Assert.Equal("weights & more", svg.Root!.Element(space + "title")!.Value);
        Assert.Contains(svg.Descendants(space + "rect"), static rect => rect.Attribute("fill")!.Value == "rgb(8,48,107)");
    }

    [Fact]
    public void Text_ShowsHundredths()
    {
        using StringWriter text = new();
        s_map.Write(text);
        string[] lines = text.ToString().TrimEnd().Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Contains("███ 100", lines[1], StringComparison.Ordinal);
        Assert.Contains("25", lines[1], StringComparison.Ordinal);
    }
}
