using System.CommandLine;
using System.Globalization;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Experiments.Report;
using CrossPT.Runner.Experiments.Results;

namespace CrossPT.Runner.Commands;

/// <summary><c>crosspt report</c>: one page over runs and sweeps.</summary>
internal static class ReportCommand
{
    private static readonly Argument<string[]> s_runs =
        Options.Arguments("RUN", "folder of a run, of a sweep, or of several");
    private static readonly Option<bool> s_compare = Options.Flag(
        "--compare", "compares two sweeps, or two runs: second minus first, paired by settings, seed and test rows");
    private static readonly Option<string> s_out =
        Options.Text("--out", "FILE.html", "the page; an earlier report there is replaced").Default("report.html");
    private static readonly Option<string> s_files = Options.Text(
        "--files", "DIR", "folder of its figures as SVG and its tables as CSV and LaTeX")
        .Otherwise("FILE-files next to the page");

    public static CommandDefinition Define() => new()
    {
        Arguments = [s_runs],
        Options = [s_compare, s_out, s_files],
        Notes =
            "The page is one self-contained file. Runs are averaged over their seeds; intervals are bootstrapped over "
            + "seeds and test examples.",
        Example = "report runs --out all.html",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        bool compares = context.Has(s_compare);
        string[] runs = context.Value(s_runs);
        if (compares && runs.Length != 2)
            throw new UserException($"--compare: found {runs.Length} folders, expected two");
        string path = context.Value(s_out), files = context.Find(s_files) ?? DefaultFiles(path);
        CheckPage(path);
        if (File.Exists(files))
            throw new UserException($"{files}: is a file, expected a folder for figures and tables");
        ResultSummary summary = ResultSummary.Of(compares ? ResultSet.Compare(runs[0], runs[1]) : ResultSet.Load(runs));
        if (compares && !summary.HasBaseline && summary.Unmatched is [var why, ..])
            throw new UserException($"--compare: {why}, expected runs of equal seed on the same test rows");
        ReportFiles beside = new(Address(path, files));
        using (ReportRenderer renderer = new(beside, new ReportContext(summary)))
        {
            string page = renderer.RenderPage(DateTimeOffset.UtcNow);
            beside.Save(files, renderer);
            ReportFiles.Write(path, page);
        }
        if (context.IsJson)
        {
            context.WriteJson(json =>
            {
                json.WriteString("page", Path.GetFullPath(path));
                json.WriteString("files", Path.GetFullPath(files));
                json.WriteNumber("runs", summary.Set.Runs.Count);
                json.WriteNumber("finished", summary.Set.Runs.Count(static run => run.IsFinished));
                ResultScores.Write(json, summary);
            });
            return ExitCode.Done;
        }
        ResultTable.Write(context.Console, summary);
        context.Text.WriteLine();
        context.Text.WriteLine($"report {Path.GetFullPath(path)}");
        context.Text.WriteLine($"also wrote {beside.Count} figures and tables to {Path.GetFullPath(files)}");
        return ExitCode.Done;
    }

    private static string DefaultFiles(string page) =>
        Path.Combine(Path.GetDirectoryName(page) ?? "", $"{Path.GetFileNameWithoutExtension(page)}-files");

    /// <summary>
    /// The folder as a relative address in the page; null where it is not below the page's folder, or its name has
    /// characters that addresses escape.
    /// </summary>
    private static string? Address(string page, string files)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(page))!;
        string relative = Path.GetRelativePath(folder, Path.GetFullPath(files)).Replace('\\', '/');
        string[] parts = relative.Split('/');
        if (Path.IsPathRooted(relative) || parts.Any(static part => part is "" or "." or "..")) return null;
        string address = string.Join('/', parts.Select(Uri.EscapeDataString));
        return address.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or '%')
            ? address
            : null;
    }

    /// <summary>Refuses to write over a page that is no report.</summary>
    private static void CheckPage(string path)
    {
        if (Directory.Exists(path)) throw new UserException($"{path}: is a folder, expected the path of a page");
        if (!File.Exists(path)) return;
        char[] head = new char[2048];
        using StreamReader reader = new(path);
        int length = reader.ReadBlock(head);
        if (!new string(head, 0, length).Contains($"content=\"{ReportPage.Generator}\"", StringComparison.Ordinal))
            throw new UserException($"{path}: exists and is not a report, expected a new path or an earlier report");
    }
}
