using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;
using CrossPT.Runner.Experiments.Report.Figures;
using CrossPT.Runner.Experiments.Results;
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
