using System.Globalization;
using System.Text;

namespace CrossPT.Runner.Experiments.Report.Figures;

/// <summary>
/// The colours of the page and its figures, light and dark. Figures name classes; the page and the files beside it say what these look like. Series differ in
/// dashes and marks too, so that nothing is told by colour alone.
/// </summary>
internal sealed class Palette
{
    /// <summary>Series that are told apart.</summary>
    public const int Series = 8;

    /// <summary>Steps of a scale of shades.</summary>
    public const int Shades = 20;

    private readonly (string Name, string Colour)[] _surface;
    private readonly string[] _series;
    private readonly Colour _low, _high, _least, _middle, _most;

    private Palette((string, string)[] surface, string[] series, Colour low, Colour high, Colour least, Colour middle, Colour most) =>
        (_surface, _series, _low, _high, _least, _middle, _most) = (surface, series, low, high, least, middle, most);

    public static Palette Light { get; } = new(
        [
            ("paper", "#fdfdfb"), ("panel", "#f5f5f1"), ("ink", "#1c2024"), ("muted", "#59616a"), ("rule", "#d8d8d1"), ("faint", "#e9e9e4"), ("accent", "#1a5b92"),
            ("warn", "#8a4b08"), ("warnpaper", "#fdf3e3"),
        ],
        ["#1a5b92", "#c4560b", "#1a7f60", "#a23a80", "#84690a", "#5054b3", "#a8382b", "#5b6670"],
        Colour.Parse("#f1f4f7"), Colour.Parse("#0d3f6b"), Colour.Parse("#a3402c"), Colour.Parse("#f6f5f1"), Colour.Parse("#17558a"));

    public static Palette Dark { get; } = new(
        [
            ("paper", "#15181b"), ("panel", "#1c2024"), ("ink", "#e7e5e0"), ("muted", "#a3abb2"), ("rule", "#373e45"), ("faint", "#262b30"), ("accent", "#86bdec"),
            ("warn", "#f0b765"), ("warnpaper", "#2c2416"),
        ],
        ["#79b6ec", "#f59e58", "#5ecba8", "#e08fc4", "#d8ba52", "#a5a8f6", "#ee8b7c", "#a9b4be"],
        Colour.Parse("#20262c"), Colour.Parse("#a9d3f7"), Colour.Parse("#e08a74"), Colour.Parse("#23282d"), Colour.Parse("#7fb8ea"));

    /// <summary>Definitions of the page's custom properties.</summary>
    public string ToProperties()
    {
        StringBuilder css = new();
        foreach ((string name, string colour) in All()) css.Append(CultureInfo.InvariantCulture, $"--{name}:{colour};");
        return css.ToString();
    }

    /// <summary>The rules of figures: with the page's properties, or with this palette's colours for a file of its own.</summary>
    /// <param name="colours">Null for properties.</param>
    public static string ToRules(Palette? colours)
    {
        Dictionary<string, string>? known = colours?.All().ToDictionary(static one => one.Name, static one => one.Colour);
        StringBuilder css = new();
        css.Append(CultureInfo.InvariantCulture, $"svg text{{font-family:system-ui,-apple-system,'Segoe UI','Helvetica Neue',Arial,sans-serif;font-size:12px;fill:{Of("ink")}}}");
        css.Append(CultureInfo.InvariantCulture, $"svg .m{{fill:{Of("muted")};font-size:11px}}svg .t{{font-weight:600}}svg .e{{text-anchor:end}}svg .c{{text-anchor:middle}}");
        css.Append(CultureInfo.InvariantCulture, $".ax{{stroke:{Of("muted")};stroke-width:1;fill:none}}.gr{{stroke:{Of("faint")};stroke-width:1;fill:none}}");
        css.Append(CultureInfo.InvariantCulture, $".ref{{stroke:{Of("muted")};stroke-width:1.2;stroke-dasharray:2 3;fill:none}}.bg{{fill:{Of("paper")}}}.cell{{stroke:{Of("paper")};stroke-width:1.5}}");
        css.Append(".thin{stroke-width:1;stroke-opacity:.35}");
        string[] dashes = ["none", "6 3", "2 2.5", "8 3 2 3", "12 4", "4 2", "1 3", "10 3 2 3 2 3"];
        for (int i = 0; i < Series; i++)
            css.Append(CultureInfo.InvariantCulture, $".l{i}{{stroke:{Of($"s{i}")};fill:none;stroke-width:2;stroke-linejoin:round;stroke-dasharray:{dashes[i]}}}.i{i}{{stroke:{Of($"s{i}")};stroke-width:1.6;fill:none}}.p{i}{{fill:{Of($"s{i}")}}}");
        for (int i = 0; i <= Shades; i++)
        {
            foreach (string scale in (string[])["h", "d"])
                css.Append(CultureInfo.InvariantCulture, $".{scale}{i}{{fill:{Of($"{scale}{i}")}}}svg .{scale}t{i}{{fill:{Of($"{scale}t{i}")}}}");
        }
        return css.ToString();

        string Of(string name) => known is null ? $"var(--{name})" : known[name];
    }

    /// <summary>Place in a scale from 0 to 1.</summary>
    public static int ShadeOf(double value) => (int)Math.Round(Math.Clamp(double.IsFinite(value) ? value : 0, 0, 1) * Shades);

    /// <summary>Place in a scale from −1 to 1, whose middle is 0.</summary>
    public static int SignedShadeOf(double value) => ShadeOf((value + 1) / 2);

    private IEnumerable<(string Name, string Colour)> All()
    {
        foreach ((string, string) one in _surface) yield return one;
        for (int i = 0; i < Series; i++) yield return ($"s{i}", _series[i]);
        for (int i = 0; i <= Shades; i++)
        {
            double at = i / (double)Shades;
            Colour one = Colour.Between(_low, _high, at), two = at < 0.5 ? Colour.Between(_least, _middle, 2 * at) : Colour.Between(_middle, _most, (2 * at) - 1);
            yield return ($"h{i}", one.ToString());
            yield return ($"ht{i}", one.TextOn);
            yield return ($"d{i}", two.ToString());
            yield return ($"dt{i}", two.TextOn);
        }
    }
}
