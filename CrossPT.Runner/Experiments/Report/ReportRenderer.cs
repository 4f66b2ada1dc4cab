using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CrossPT.Runner.Experiments.Report.Figures;
using CrossPT.Runner.Experiments.Results;
using CrossPT.Tensors.Files;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Components.Web.HtmlRendering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace CrossPT.Runner.Experiments.Report;

/// <summary>Renders Razor components to HTML and SVG.</summary>
internal sealed partial class ReportRenderer : IDisposable
{
    private readonly ServiceProvider _services;
    private readonly HtmlRenderer _renderer;

    /// <param name="files">What tables and figures of a page are added to; figures alone need none.</param>
    /// <param name="context">What the sections of a page share; tables and figures alone need none.</param>
    public ReportRenderer(ReportFiles? files = null, ReportContext? context = null)
    {
        ServiceCollection services = new();
        if (files is not null) services.AddSingleton(files);
        if (context is not null) services.AddSingleton(context);
        _services = services.BuildServiceProvider();
        _renderer = new HtmlRenderer(_services, NullLoggerFactory.Instance);
    }

    /// <summary>The page; its figures and tables are added to the files.</summary>
    /// <exception cref="IOException">A file of a run is broken.</exception>
    public string RenderPage(DateTimeOffset time)
    {
        string main = Render<ReportMain>(nameof(ReportMain.Time), time);
        return Render<ReportPage>(nameof(ReportPage.Main), (MarkupString)main);
    }

    /// <summary>A figure as a file of its own.</summary>
    public string RenderFile(FigureGroup group)
    {
        string svg = Render<SvgFile>(nameof(SvgFile.Group), group);
        return $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{svg}\n";
    }

    /// <summary>A component with one parameter.</summary>
    public string Render<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] TComponent>(
        string parameter, object value)
        where TComponent : IComponent
    {
        Dictionary<string, object?> values = new() { [parameter] = value };
        ParameterView parameters = ParameterView.FromDictionary(values);
        string markup = _renderer.Dispatcher.InvokeAsync(async () =>
        {
            HtmlRootComponent root = await _renderer.RenderComponentAsync<TComponent>(parameters);
            return root.ToHtmlString();
        }).GetAwaiter().GetResult();
        return Reference().Replace(markup, Decode);
    }

    public void Dispose()
    {
        _renderer.Dispose();
        _services.Dispose();
    }

    // The framework writes every character beyond ASCII as a number. Texts are easier to read as they are; what no
    // document may hold, and marks that turn the direction of a line around, become U+FFFD.
    private static string Decode(Match reference)
    {
        int code = int.Parse(reference.Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        bool isRefused = code switch
        {
            '\n' or '\t' => false,
            < 0x20 or (>= 0x7F and <= 0x9F) or 0xFFFE or 0xFFFF => true,
            (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) => true,
            _ => false,
        };
        return isRefused ? "\uFFFD" : char.ConvertFromUtf32(code);
    }

    [GeneratedRegex("&#x([0-9A-F]+);")]
    private static partial Regex Reference();
}

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
