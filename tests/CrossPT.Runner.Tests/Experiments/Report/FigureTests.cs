using System.Xml.Linq;
using CrossPT.Runner.Experiments.Report;
using CrossPT.Runner.Experiments.Report.Figures;
using CrossPT.Runner.Experiments.Results;

namespace CrossPT.Runner.Tests.Experiments.Report;

public sealed class FigureTests
{
    [Fact]
    public void Scale_HasRoundTicksAroundItsNumbers()
    {
        Scale sut = Scale.Linear([0.512, 0.87], 0, 100);
        Assert.Equal([0.5, 0.6, 0.7, 0.8, 0.9], sut.Ticks.Select(static one => Math.Round(one, 9)));
        Assert.Equal((0, 100, 50), (sut.At(0.5), Math.Round(sut.At(0.9), 6), Math.Round(sut.At(0.7), 6)));
        Assert.Equal(["0.5", "0.6"], sut.Ticks.Take(2).Select(sut.Label));
        // Nothing to hold, one number, numbers that are none.
        Scale[] odd =
        [
            Scale.Linear([], 0, 1),
            Scale.Linear([3], 0, 1),
            Scale.Logarithmic([], 0, 1),
            Scale.Logarithmic([0, 5], 0, 1),
            Scale.Linear([double.NaN, 2, double.PositiveInfinity], 0, 1),
        ];
        foreach (Scale scale in odd)
            Assert.True(scale.High > scale.Low && double.IsFinite(scale.At(2)) && scale.Ticks.Count > 0);
        Scale decades = Scale.Logarithmic([0.01, 10], 300, 0);
        Assert.Equal([0.01, 0.1, 1, 10], decades.Ticks.Select(static one => Math.Round(one, 9)));
        Assert.Equal(100, decades.At(1), 6);
    }

    // WCAG 2.2: 4.5 for text, in every cell of both themes.
    [Fact]
    public void Texts_CanBeReadOnTheirColours()
    {
        foreach (Palette palette in (Palette[])[Palette.Light, Palette.Dark])
        {
            string[] properties = palette.ToProperties().Split(';', StringSplitOptions.RemoveEmptyEntries);
            Dictionary<string, Colour> colours = properties.Select(static one => one.Split(':'))
                .ToDictionary(static one => one[0][2..], static one => Colour.Parse(one[1]));
            foreach (string name in (string[])["ink", "muted", "accent", "warn"])
                Assert.InRange(Colour.Contrast(colours[name], colours["paper"]), 4.5, 21);
            Assert.InRange(Colour.Contrast(colours["ink"], colours["warnpaper"]), 4.5, 21);
            for (int i = 0; i < Palette.Series; i++)
                Assert.InRange(Colour.Contrast(colours[$"s{i}"], colours["paper"]), 3, 21);
            for (int i = 0; i <= Palette.Shades; i++)
            {
                Assert.InRange(Colour.Contrast(colours[$"h{i}"], colours[$"ht{i}"]), 4.5, 21);
                Assert.InRange(Colour.Contrast(colours[$"d{i}"], colours[$"dt{i}"]), 4.5, 21);
            }
        }
    }

    [Theory]
    [InlineData("#000000", "#ffffff", 21)]
    [InlineData("#777777", "#ffffff", 4.48)]
    public void Contrast_IsTheStandards(string one, string other, double expected)
    {
        Assert.Equal(expected, Colour.Contrast(Colour.Parse(one), Colour.Parse(other)), 2);
        Assert.Equal(one, Colour.Parse(one).ToString());
    }

    [Fact]
    public void Files_AreSvgThatNeedsNothing()
    {
        const string name = "\"><script>&";
        Figure[] figures =
        [
            new IntervalPlot
            {
                Title = name,
                Description = name,
                Axis = name,
                Format = ResultText.Percent,
                Points = [new(name, 0.5, new Interval(0.4, 0.6), [0.4, 0.6]), new("b", 0.7, null, [0.7])],
                Reference = 0.5,
                ReferenceName = name,
            },
            new FactorPlot
            {
                Title = name,
                Description = name,
                Axis = name,
                Format = ResultText.Percent,
                Values = [name, "2"],
                Series = [new(name, [new(name, 0.5, new Interval(0.4, 0.6), []), null])],
                IsJoined = true,
            },
            new CurvePlot
            {
                Title = name,
                Description = name,
                Curves = [new(0, [new(1, 2.5), new(2, double.NaN), new(3, 0.1)]), new(1, [])],
                Range = [0.1, 2.5],
                IsLogarithmic = true,
            },
            new MatrixPlot
            {
                Title = name,
                Description = name,
                Rows = [name],
                Columns = [name, "a label that is too long for its column"],
                Values = new double?[,] { { 0.5, null } },
                Format = ResultText.Percent,
            },
        ];
        FigureGroup[] groups =
        [
            .. figures.Select(static figure => new FigureGroup("x", name, name, [figure])),
            new FigureGroup("x", name, name, figures) { Legend = Legend.Of([name, "b"]) },
        ];
        using ReportRenderer renderer = new();
        foreach (string svg in groups.Select(renderer.RenderFile))
        {
            XDocument document = XDocument.Parse(svg);
            Assert.Equal("svg", document.Root!.Name.LocalName);
            ILookup<string, string> elements =
                document.Descendants().ToLookup(static one => one.Name.LocalName, static one => one.Value);
            Assert.Contains("\"><script>&", elements["title"]);
            Assert.Empty(elements.Select(static one => one.Key).Intersect(["script", "image", "use"]));
            Assert.DoesNotContain("NaN", svg, StringComparison.Ordinal);
            Assert.DoesNotContain("var(", svg, StringComparison.Ordinal);
        }
    }

    // What fits is whole, what does not ends in an ellipsis and keeps its pairs of surrogates.
    [Theory]
    [InlineData("short", 60, "short")]
    [InlineData("wwwwww", 40, "www…")]
    [InlineData("\U0001F600\U0001F600\U0001F600", 60, "\U0001F600\U0001F600…")]
    [InlineData("\U0001F600\U0001F600\U0001F600", 48, "\U0001F600…")]
    public void Names_AreCutToTheirRoom(string name, double width, string expected) =>
        Assert.Equal(expected, Figure.Fit(name, width));

    // A line stops where there is no number and begins again behind it.
    [Fact]
    public void Curve_HasGaps()
    {
        CurvePlot plot = new()
        {
            Title = "t",
            Curves = [new(0, [new(0, 1), new(1, 1), new(2, double.NaN), new(3, 1), new(4, 1)])],
            Range = [0, 1],
        };
        using ReportRenderer renderer = new();
        string svg = renderer.RenderFile(new FigureGroup("x", "t", "c", [plot]));
        XElement line = XDocument.Parse(svg).Descendants().Single(static one => one.Name.LocalName == "path");
        string path = line.Attribute("d")!.Value;
        Assert.Equal((2, 2), (path.Count(static c => c == 'M'), path.Count(static c => c == 'L')));
    }
}
