using CrossPT.Runner.Report.Markup;

namespace CrossPT.Runner.Report.Tables;

/// <summary>A table in the page: with a caption, headings that say what they head, and a frame that scrolls by key and finger where it is too wide.</summary>
internal static class HtmlTable
{
    public static void Write(MarkupWriter page, ReportTable table)
    {
        using (page.Open("div", ("class", "scroll"), ("role", "region"), ("tabindex", "0"), ("aria-label", table.Caption)))
        using (page.Open("table"))
        {
            // In a frame of its own, so that it stays in sight where the table is scrolled.
            using (page.Open("caption")) page.Add("span", table.Caption);
            using (page.Open("thead"))
            using (page.Open("tr"))
            {
                foreach (TableHeading heading in table.Headings)
                {
                    using (page.Open("th", ("scope", "col"), ("class", heading.IsNumber ? "n" : null)))
                    {
                        page.Name(heading.Text);
                        if (heading.Note is { } note) page.Add("small", note);
                    }
                }
            }
            int body = table.Rows.Count - table.Footer;
            using (page.Open("tbody")) WriteRows(page, table.Rows.Take(body));
            if (table.Footer == 0) return;
            using (page.Open("tfoot")) WriteRows(page, table.Rows.Skip(body));
        }
    }

    private static void WriteRows(MarkupWriter page, IEnumerable<IReadOnlyList<TableCell>> rows)
    {
        foreach (IReadOnlyList<TableCell> row in rows)
        {
            using (page.Open("tr"))
            {
                for (int i = 0; i < row.Count; i++)
                {
                    string? style = row[i].IsNumber ? "n" : null;
                    using (i == 0 ? page.Open("th", ("scope", "row"), ("class", style)) : page.Open("td", ("class", style)))
                    {
                        page.Text(row[i].Text);
                        if (row[i].Note is { } note) page.Add("small", note);
                    }
                }
            }
        }
    }
}
