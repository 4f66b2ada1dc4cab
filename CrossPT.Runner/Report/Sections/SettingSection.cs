using CrossPT.Runner.Report.Data;
using CrossPT.Runner.Report.Markup;
using CrossPT.Runner.Report.Tables;

namespace CrossPT.Runner.Report.Sections;

/// <summary>What was run, and on what.</summary>
internal static class SettingSection
{
    public static ReportSection? Of(ReportContext context)
    {
        SettingData data = SettingData.Of(context.Set.Runs);
        if (data.Environment.Count == 0) return null;
        return new ReportSection("settings", "Configuration and environment", page =>
        {
            if (context.Set.Axes.Count > 0)
            {
                context.Files.Add(page, new ReportTable("axes", "What varies.", ["axis", "values"], [.. context.Set.Axes.Select(static axis => (IReadOnlyList<TableCell>)[axis.Name, string.Join(", ", axis.Values)])]));
            }
            context.Files.Add(page, new ReportTable("environment", "What it was computed with.", ["", "of the runs"], [.. data.Environment.Select(static one => (IReadOnlyList<TableCell>)[one.Name, one.Values])]));
            using (page.Open("details"))
            {
                page.Add("summary", "Settings that all runs share");
                context.Files.Add(page, new ReportTable("shared-settings", "Settings that all runs share.", ["setting", "value"], [.. data.Common.Select(static one => (IReadOnlyList<TableCell>)[one.Path, one.Value])]));
            }
        });
    }
}
