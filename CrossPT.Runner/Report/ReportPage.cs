using System.Globalization;
using CrossPT.Runner.Report.Figures;
using CrossPT.Runner.Report.Markup;
using CrossPT.Runner.Report.Sections;

namespace CrossPT.Runner.Report;

/// <summary>The page: one document that needs nothing else and asks for nothing.</summary>
internal static class ReportPage
{
    /// <summary>What a page of this program says of itself.</summary>
    public const string Generator = "crosspt report";

    /// <summary>Writes it; figures and tables beside it are kept in the context's files.</summary>
    /// <param name="context">What it is about.</param>
    /// <param name="time">When it is made.</param>
    public static string Write(ReportContext context, DateTimeOffset time)
    {
        ReportSection[] sections =
        [
            .. ((ReportSection?[])[
                ResultsSection.Of(context), FactorSection.Of(context), LearningSection.Of(context), RouterSection.Of(context), ContributionSection.Of(context), PrefixSection.Of(context), SimilaritySection.Of(context),
                ConfusionSection.Of(context), ExampleSection.Of(context), RunSection.Of(context), SettingSection.Of(context), MethodSection.Of(),
            ]).OfType<ReportSection>(),
        ];
        ProgramText style = ProgramText.Style(Css()), script = ProgramText.Script(ProgramText.Load("report.js"));
        MarkupWriter page = new();
        page.Doctype();
        using (page.Open("html", ("lang", "en")))
        {
            WriteHead(page, context.Set.Title ?? context.Set.Name, style, script);
            using (page.Open("body")) WriteBody(page, context, sections, time);
        }
        return page.ToString();
    }

    private static void WriteHead(MarkupWriter page, string title, ProgramText style, ProgramText script)
    {
        using MarkupWriter.Element head = page.Open("head");
        page.AddVoid("meta", ("charset", "utf-8"));
        page.AddVoid("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"));
        page.AddVoid("meta", ("name", "color-scheme"), ("content", "light dark"));
        page.AddVoid("meta", ("name", "generator"), ("content", Generator));
        page.AddVoid("meta", ("name", "referrer"), ("content", "no-referrer"));
        // Nothing is loaded, and no script or style runs but the program's own, whatever a label says.
        page.AddVoid("meta", ("http-equiv", "Content-Security-Policy"), ("content", $"default-src 'none'; style-src {style.Hash}; script-src {script.Hash}; base-uri 'none'; form-action 'none'"));
        page.Add("title", title);
        page.AddOwn(style);
        page.AddOwn(script);
    }

    private static void WriteBody(MarkupWriter page, ReportContext context, ReportSection[] sections, DateTimeOffset time)
    {
        page.Add("a", "To the results", ("class", "skip"), ("href", "#main"));
        page.Add("button", "Theme: as the system", ("id", "theme"), ("type", "button"), ("hidden", ""));
        using (page.Open("div", ("class", "layout")))
        {
            using (page.Open("nav", ("aria-label", "Contents")))
            {
                page.Add("p", "Contents", ("class", "over"));
                using (page.Open("ol"))
                {
                    foreach (ReportSection section in sections)
                    {
                        using (page.Open("li")) page.Add("a", section.Title, ("href", $"#{section.Id}"));
                    }
                }
            }
            using (page.Open("main", ("id", "main"), ("tabindex", "-1")))
            {
                HeaderSection.Write(page, context);
                foreach (ReportSection section in sections)
                {
                    using (page.Open("section", ("id", section.Id), ("aria-labelledby", $"{section.Id}-title")))
                    {
                        page.Add("h2", section.Title, ("id", $"{section.Id}-title"));
                        section.Write(page);
                    }
                }
                string version = typeof(ReportPage).Assembly.GetName().Version?.ToString(3) ?? "";
                page.Add("footer", string.Create(CultureInfo.InvariantCulture, $"CrossPT {version} · {time:yyyy-MM-dd HH:mm} UTC"));
            }
        }
    }

    private static string Css()
    {
        string light = Palette.Light.ToProperties(), dark = Palette.Dark.ToProperties();
        return $":root{{color-scheme:light dark;{light}}}\n@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}\n:root[data-theme=light]{{color-scheme:light}}\n"
            + $":root[data-theme=dark]{{color-scheme:dark;{dark}}}\n{ProgramText.Load("report.css")}\n{Palette.ToRules(null)}\n"
            + $"@media print{{:root,:root:not([data-theme=light]),:root[data-theme=dark]{{color-scheme:light;{light}}}}}\n";
    }
}
