using System.Globalization;

namespace CrossPT.Runner.Experiments.Report.Figures;

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
