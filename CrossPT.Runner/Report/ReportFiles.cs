using System.Globalization;
using System.Text;
using CrossPT.Runner.Report.Figures;
using CrossPT.Runner.Report.Markup;
using CrossPT.Runner.Report.Tables;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Report;

/// <summary>Figures and tables of a page, and what they are beside it: SVG, CSV and LaTeX, each whole or not at all.</summary>
/// <param name="address">The folder as the page links to it; null where it cannot be linked to.</param>
internal sealed class ReportFiles(string? address)
{
    private const string Contents = "contents.txt";

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly List<(string Name, string Text)> _files = [];

    /// <summary>The files, in the order of the page.</summary>
    public IReadOnlyList<(string Name, string Text)> All => _files;

    /// <summary>Puts a figure into the page.</summary>
    public void Add(MarkupWriter page, FigureGroup group)
    {
        if (group.Panels.Count == 0) return;
        string name = Keep(group.Name, ".svg", group.ToFile());
        using (page.Open("figure"))
        {
            if (group.Legend is { } legend)
            {
                using (page.Open("div", ("class", "scroll bare"), ("role", "region"), ("tabindex", "0"), ("aria-label", $"Legend of: {group.Title}"))) legend.WriteInline(page);
            }
            using (page.Open("div", ("class", group.Panels.Count == 1 ? "scroll bare" : "panels"), ("role", "region"), ("tabindex", "0"), ("aria-label", group.Title)))
            {
                foreach (Figure panel in group.Panels)
                {
                    if (group.Panels.Count == 1) panel.WriteInline(page);
                    else
                    {
                        using (page.Open("div", ("class", "scroll bare"))) panel.WriteInline(page);
                    }
                }
            }
            using (page.Open("figcaption"))
            {
                page.Add("strong", $"{group.Title}. ");
                page.Text(group.Caption);
                Link(page, name, "SVG");
            }
        }
    }

    /// <summary>Puts a table into the page.</summary>
    public void Add(MarkupWriter page, ReportTable table)
    {
        HtmlTable.Write(page, table);
        string csv = Keep(table.Name, ".csv", CsvTable.Write(table)), latex = Keep(table.Name, ".tex", LatexTable.Write(table));
        if (address is null) return;
        using (page.Open("p", ("class", "files")))
        {
            page.Text("This table:");
            Link(page, csv, "CSV");
            Link(page, latex, "LaTeX");
        }
    }

    /// <summary>Keeps a file that the page does not show.</summary>
    public string Keep(string name, string ending, string text)
    {
        string own = name;
        for (int i = 2; _files.Any(file => file.Name == own + ending); i++) own = string.Create(CultureInfo.InvariantCulture, $"{name}-{i}");
        _files.Add((own + ending, text));
        return own + ending;
    }

    /// <summary>Writes all files; those of an earlier report that this one does not have are deleted.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        string contents = Path.Combine(folder, Contents);
        string[] before = File.Exists(contents) ? File.ReadAllLines(contents) : [];
        foreach ((string name, string text) in _files) Write(Path.Combine(folder, name), text);
        // Only what such a list may name: a file in the folder itself.
        foreach (string old in before.Where(old => old.Length > 0 && Path.GetFileName(old) == old && old is not ("." or "..") && old != Contents && _files.All(file => file.Name != old)))
            File.Delete(Path.Combine(folder, old));
        Write(contents, string.Concat(_files.Select(static file => file.Name + "\n")));
    }

    /// <summary>Writes a text.</summary>
    public static void Write(string path, string text) => AtomicFile.Write(path, stream => stream.Write(s_utf8.GetBytes(text)));

    private void Link(MarkupWriter page, string file, string label)
    {
        if (address is null) return;
        page.Text(" ");
        page.Add("a", label, ("class", "file"), ("href", $"{address}/{file}"));
    }
}
