using System.Globalization;
using System.Text;

namespace CrossPT.Runner.Experiments.Report.Figures;

/// <summary>
/// The colours of the page and its figures, light and dark. Figures name classes; the page and the SVG files define
/// them. Series differ in dashes and marks too, so that nothing is told by colour alone.
/// </summary>
internal sealed class Palette
{
    /// <summary>Series that are told apart.</summary>
    public const int Series = 8;

    /// <summary>Steps of a scale of shades.</summary>
    public const int Shades = 20;

    private static readonly string[] s_dashes =
        ["none", "6 3", "2 2.5", "8 3 2 3", "12 4", "4 2", "1 3", "10 3 2 3 2 3"];

    private Palette()
    {
    }

    public static Palette Light { get; } = new()
    {
        Surface =
        [
            ("paper", "#fdfdfb"), ("panel", "#f5f5f1"), ("ink", "#1c2024"), ("muted", "#59616a"), ("rule", "#d8d8d1"),
            ("faint", "#e9e9e4"), ("accent", "#1a5b92"), ("warn", "#8a4b08"), ("warnpaper", "#fdf3e3"),
        ],
        SeriesColours =
            ["#1a5b92", "#c4560b", "#1a7f60", "#a23a80", "#84690a", "#5054b3", "#a8382b", "#5b6670"],
        Low = Colour.Parse("#f1f4f7"),
        High = Colour.Parse("#0d3f6b"),
        Negative = Colour.Parse("#a3402c"),
        Zero = Colour.Parse("#f6f5f1"),
        Positive = Colour.Parse("#17558a"),
    };

    public static Palette Dark { get; } = new()
    {
        Surface =
        [
            ("paper", "#15181b"), ("panel", "#1c2024"), ("ink", "#e7e5e0"), ("muted", "#a3abb2"), ("rule", "#373e45"),
            ("faint", "#262b30"), ("accent", "#86bdec"), ("warn", "#f0b765"), ("warnpaper", "#2c2416"),
        ],
        SeriesColours =
            ["#79b6ec", "#f59e58", "#5ecba8", "#e08fc4", "#d8ba52", "#a5a8f6", "#ee8b7c", "#a9b4be"],
        Low = Colour.Parse("#20262c"),
        High = Colour.Parse("#a9d3f7"),
        Negative = Colour.Parse("#e08a74"),
        Zero = Colour.Parse("#23282d"),
        Positive = Colour.Parse("#7fb8ea"),
    };

    private (string Name, string Colour)[] Surface { get; init; } = [];

    private string[] SeriesColours { get; init; } = [];

    // Ends of the scale from 0 to 1.
    private Colour Low { get; init; }

    private Colour High { get; init; }

    // Ends and middle of the scale from -1 to 1.
    private Colour Negative { get; init; }

    private Colour Zero { get; init; }

    private Colour Positive { get; init; }

    /// <summary>Definitions of the page's custom properties.</summary>
    public string ToProperties() => string.Concat(All().Select(static one => $"--{one.Name}:{one.Colour};"));

    /// <summary>The rules of figures.</summary>
    /// <param name="colours">The colours of a file of its own; null for the custom properties of the page.</param>
    public static string ToRules(Palette? colours)
    {
        Dictionary<string, string>? known =
            colours?.All().ToDictionary(static one => one.Name, static one => one.Colour);
        StringBuilder css = new();
        css.Append($$"""
            svg text{
            font-family:system-ui,-apple-system,'Segoe UI','Helvetica Neue',Arial,sans-serif;
            font-size:12px;fill:{{Of("ink")}}}
            svg .m{fill:{{Of("muted")}};font-size:11px}
            svg .t{font-weight:600}
            svg .e{text-anchor:end}
            svg .c{text-anchor:middle}
            svg .o{paint-order:stroke;stroke:{{Of("paper")}};stroke-width:4px;stroke-linejoin:round}
            .ax{stroke:{{Of("muted")}};stroke-width:1;fill:none}
            .gr{stroke:{{Of("faint")}};stroke-width:1;fill:none}
            .ref{stroke:{{Of("muted")}};stroke-width:1.2;stroke-dasharray:2 3;fill:none}
            .bg{fill:{{Of("paper")}}}
            .cell{stroke:{{Of("paper")}};stroke-width:1.5}
            .thin{stroke-width:1;stroke-opacity:.35}

            """);
        for (int i = 0; i < Series; i++)
        {
            string colour = Of($"s{i}");
            css.Append($$"""
                .l{{i}}{stroke:{{colour}};fill:none;stroke-width:2;stroke-linejoin:round;
                stroke-dasharray:{{s_dashes[i]}}}
                .i{{i}}{stroke:{{colour}};stroke-width:1.6;fill:none}
                .p{{i}}{fill:{{colour}}}

                """);
        }
        for (int i = 0; i <= Shades; i++)
        {
            css.Append($$"""
                .h{{i}}{fill:{{Of($"h{i}")}}}
                .d{{i}}{fill:{{Of($"d{i}")}}}
                svg .ht{{i}}{fill:{{Of($"ht{i}")}}}
                svg .dt{{i}}{fill:{{Of($"dt{i}")}}}

                """);
        }
        return css.ToString();

        string Of(string name) => known is null ? $"var(--{name})" : known[name];
    }

    /// <summary>Place in the scale from 0 to 1.</summary>
    public static int ShadeOf(double value) =>
        (int)Math.Round(Math.Clamp(double.IsFinite(value) ? value : 0, 0, 1) * Shades);

    /// <summary>Place in the scale from −1 to 1.</summary>
    public static int SignedShadeOf(double value) => ShadeOf((value + 1) / 2);

    private IEnumerable<(string Name, string Colour)> All()
    {
        foreach ((string, string) one in Surface) yield return one;
        for (int i = 0; i < Series; i++) yield return ($"s{i}", SeriesColours[i]);
        for (int i = 0; i <= Shades; i++)
        {
            double at = i / (double)Shades;
            Colour shade = Colour.Between(Low, High, at);
            Colour signed = at < 0.5
                ? Colour.Between(Negative, Zero, 2 * at)
                : Colour.Between(Zero, Positive, (2 * at) - 1);
            yield return ($"h{i}", shade.ToString());
            yield return ($"ht{i}", shade.TextOn);
            yield return ($"d{i}", signed.ToString());
            yield return ($"dt{i}", signed.TextOn);
        }
    }
}

/// <summary>A colour in Oklab (Ottosson 2020), where steps that are even look even.</summary>
internal readonly record struct Colour(double Lightness, double A, double B)
{
    private const string Black = "#000000";
    private const string White = "#ffffff";

    /// <summary>Black or white, whichever has more contrast.</summary>
    public string TextOn => Contrast(this, Parse(White)) >= Contrast(this, Parse(Black)) ? White : Black;

    /// <summary>A colour between two.</summary>
    public static Colour Between(Colour from, Colour to, double at) => new(
        from.Lightness + (at * (to.Lightness - from.Lightness)),
        from.A + (at * (to.A - from.A)),
        from.B + (at * (to.B - from.B)));

    /// <summary>Contrast of two colours, 1 to 21 (WCAG 2.2).</summary>
    public static double Contrast(Colour one, Colour other)
    {
        double lighter = Math.Max(one.Luminance, other.Luminance);
        double darker = Math.Min(one.Luminance, other.Luminance);
        return (lighter + 0.05) / (darker + 0.05);
    }

    /// <summary>Of <c>#rrggbb</c>.</summary>
    public static Colour Parse(string hex)
    {
        double r = Linear(hex, 1);
        double g = Linear(hex, 3);
        double b = Linear(hex, 5);
        double l = Math.Cbrt((0.4122214708 * r) + (0.5363325363 * g) + (0.0514459929 * b));
        double m = Math.Cbrt((0.2119034982 * r) + (0.6806995451 * g) + (0.1073969566 * b));
        double s = Math.Cbrt((0.0883024619 * r) + (0.2817188376 * g) + (0.6299787005 * b));
        return new Colour(
            (0.2104542553 * l) + (0.7936177850 * m) - (0.0040720468 * s),
            (1.9779984951 * l) - (2.4285922050 * m) + (0.4505937099 * s),
            (0.0259040371 * l) + (0.7827717662 * m) - (0.8086757660 * s));
    }

    public override string ToString()
    {
        (double r, double g, double b) = ToLinear();
        return string.Create(CultureInfo.InvariantCulture, $"#{Byte(r):x2}{Byte(g):x2}{Byte(b):x2}");
    }

    private double Luminance
    {
        get
        {
            (double r, double g, double b) = ToLinear();
            return (0.2126 * Math.Clamp(r, 0, 1)) + (0.7152 * Math.Clamp(g, 0, 1)) + (0.0722 * Math.Clamp(b, 0, 1));
        }
    }

    private (double R, double G, double B) ToLinear()
    {
        double l = Cube(Lightness + (0.3963377774 * A) + (0.2158037573 * B));
        double m = Cube(Lightness - (0.1055613458 * A) - (0.0638541728 * B));
        double s = Cube(Lightness - (0.0894841775 * A) - (1.2914855480 * B));
        return (
            (4.0767416621 * l) - (3.3077115913 * m) + (0.2309699292 * s),
            (-1.2684380046 * l) + (2.6097574011 * m) - (0.3413193965 * s),
            (-0.0041960863 * l) - (0.7034186147 * m) + (1.7076147010 * s));
    }

    private static double Cube(double value) => value * value * value;

    private static double Linear(string hex, int at)
    {
        double value = byte.Parse(hex.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
        return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
    }

    private static int Byte(double linear)
    {
        double value = Math.Clamp(linear, 0, 1);
        double gamma = value <= 0.0031308 ? 12.92 * value : (1.055 * Math.Pow(value, 1 / 2.4)) - 0.055;
        return (int)Math.Round(255 * gamma);
    }
}
