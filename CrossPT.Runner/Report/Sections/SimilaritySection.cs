using System.Globalization;
using CrossPT.Runner.Report.Data;
using CrossPT.Runner.Report.Figures;
using CrossPT.Runner.Report.Markup;
using CrossPT.Runner.Results;

namespace CrossPT.Runner.Report.Sections;

/// <summary>How alike the prompts came out.</summary>
internal static class SimilaritySection
{
    private const int MostRows = 12;

    public static ReportSection? Of(ReportContext context)
    {
        (ResultRow Row, SimilarityData Data)[] rows =
            [.. context.Rows.Select(static row => (row, SimilarityData.Of(row))).Where(static one => one.Item2 is not null).Select(static one => (one.row, one.Item2!)).Take(MostRows)];
        if (rows.Length == 0) return null;
        return new ReportSection("similarity", "Similarity of prompts", page =>
        {
            for (int i = 0; i < rows.Length; i++) Write(page, context, rows[i].Row, rows[i].Data, open: i == 0);
            if (context.Rows.Count > MostRows) page.Add("p", string.Create(CultureInfo.InvariantCulture, $"The first {MostRows} of {context.Rows.Count} settings are shown."), ("class", "aside"));
        });
    }

    private static void Write(MarkupWriter page, ReportContext context, ResultRow row, SimilarityData data, bool open)
    {
        using (page.Open("details", ("open", open ? "" : null)))
        {
            page.Add("summary", RowLabel.Of(row));
            context.Files.Add(page, new FigureGroup("similarity", "Cosines of the collapsed prompts",
                "All rows of a prompt end to end; mean over seeds. target: the finished prompt of a task; source, private: what it was composed of.",
                [new MatrixPlot
                {
                    Title = RowLabel.Of(row), Rows = data.Names, Columns = data.Names, Values = data.Cosines, Signed = true, Format = ResultText.Hundredths, Description = Words(data),
                }]));
        }
    }

    private static string Words(SimilarityData data)
    {
        List<(string Pair, double Cosine)> pairs = [];
        for (int i = 0; i < data.Names.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (data.Cosines[i, j] is { } cosine) pairs.Add(($"{data.Names[j]} and {data.Names[i]}", cosine));
            }
        }
        return pairs.Count == 0 ? "No two prompts of one size." : $"Most alike: {string.Join(", ", pairs.OrderByDescending(static one => one.Cosine).Take(5).Select(static one => $"{one.Pair} {ResultText.Hundredths(one.Cosine)}"))}.";
    }
}
