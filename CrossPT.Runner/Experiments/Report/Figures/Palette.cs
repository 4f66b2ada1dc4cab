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
