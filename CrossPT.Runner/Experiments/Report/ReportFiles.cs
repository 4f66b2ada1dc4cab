using System.Text;
using CrossPT.Runner.Experiments.Report.Figures;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Experiments.Report;

/// <summary>The page's figures and tables as files: SVG, CSV and LaTeX, each written whole or not at all.</summary>
/// <param name="address">The folder as the page links to it; null where it cannot be linked to.</param>
internal sealed class ReportFiles(string? address)
{
    private const string Contents = "contents.txt";

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly List<(string Name, Func<ReportRenderer, string> Write)> _files = [];

    public int Count => _files.Count;

    /// <summary>Adds a figure and returns the name of its file.</summary>
    public string Add(FigureGroup group) => Add(group.Name, ".svg", renderer => renderer.RenderFile(group));

    /// <summary>Adds a file and returns its name: the given one, or one with a number where that is taken.</summary>
    public string Add(string name, string extension, string text) => Add(name, extension, _ => text);

    /// <summary>A file as the page links to it; null where it cannot be linked to.</summary>
    public string? AddressOf(string file) => address is null ? null : $"{address}/{file}";

    /// <summary>Writes all files and deletes those of an earlier report that this one does not have.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Save(string folder, ReportRenderer renderer)
    {
        Directory.CreateDirectory(folder);
        string contents = Path.Combine(folder, Contents);
        string[] before = File.Exists(contents) ? File.ReadAllLines(contents) : [];
        foreach ((string name, Func<ReportRenderer, string> write) in _files)
            Write(Path.Combine(folder, name), write(renderer));
        foreach (string old in before.Where(IsOldFile)) File.Delete(Path.Combine(folder, old));
        Write(contents, string.Concat(_files.Select(static file => file.Name + "\n")));
    }

    public static void Write(string path, string text) =>
        AtomicFile.Write(path, stream => stream.Write(s_utf8.GetBytes(text)));

    private string Add(string name, string extension, Func<ReportRenderer, string> write)
    {
        string file = name + extension;
        for (int i = 2; IsTaken(file); i++) file = $"{name}-{i}{extension}";
        _files.Add((file, write));
        return file;
    }

    private bool IsTaken(string name) => _files.Any(file => file.Name == name);

    // Nothing outside of the folder, whatever the list says.
    private bool IsOldFile(string name) =>
        name.Length > 0 && Path.GetFileName(name) == name && name is not ("." or ".." or Contents) && !IsTaken(name);
}
