using System.Text.RegularExpressions;
using System.Xml.Linq;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tasks;
using CrossPT.Runner.Tests.Experiments.Results;

namespace CrossPT.Runner.Tests.Commands;

public sealed partial class ReportCommandTests : IDisposable
{
    private const string Hostile = "</title></style><script>alert(1)</script><img src=x onerror=alert(2)>\"' "
        + "onload=alert(3) href=\"https://example.org/\u202E";

    private static readonly string[] s_sections =
        [
            "results", "factors", "learning", "router", "contribution", "prefixes", "similarity", "confusion",
            "examples", "runs", "settings", "method"];

    private readonly TempFolder _folder = new();

    private string Page => Path.Combine(_folder.FullName, "out", "page.html");

    public void Dispose() => _folder.Dispose();

    // Real runs: two lengths of training by two seeds, all parts of the page.
    [Fact]
    public void RealRuns_FillEverySection()
    {
        string config = TinyRun.WriteConfiguration(_folder, "crosspt");
        // Rows enough to choose steps by: no text twice.
        _folder.Write(
            "data.jsonl",
            string.Concat(
                Enumerable.Range(0, 40)
                    .Select(
                        static i =>
                            $"{{\"sentence1\": \"a note {i}\", \"sentence2\": \"a tea\", \"label\": {i % 2}}}\n")));
        List<string> runs = [];
        foreach (int steps in (int[])[4, 8])
        {
            foreach (int seed in (int[])[1, 2])
            {
                string output = Path.Combine(_folder.FullName, $"run-{steps}-{seed}");
                CliRun run = CliRun.Of(
                    "train", config, "--set", $"training.steps={steps}", "--set", $"seed={seed}", "--set",
                    "evaluation.contribution=true", "--set", "evaluation.prefixes=[\"name\"]", "--set",
                    "training.evaluateEvery=2",
                    "--out", output, "--threads", "1", "--quiet");
                Assert.True(run.Code == 0, run.Error);
                runs.Add(output);
            }
        }
        Directory.CreateDirectory(Path.GetDirectoryName(Page)!);
        CliRun sut = CliRun.Of(["report", .. runs, "--out", Page]);
        Assert.True(sut.Code == 0, sut.Error);
        Assert.Contains("training.steps", sut.Output, StringComparison.Ordinal);
        Assert.Contains("figures and tables to", sut.Output, StringComparison.Ordinal);
        string page = File.ReadAllText(Page);
        AssertAsksForNothing(page);
        Assert.Equal(s_sections, Section().Matches(page).Select(static one => one.Groups[1].Value));
        foreach (Match link in Link().Matches(page))
        {
            string address = link.Groups[1].Value;
            if (address[0] == '#') Assert.Contains($"id=\"{address[1..]}\"", page, StringComparison.Ordinal);
            else Assert.True(File.Exists(Path.Combine(Path.GetDirectoryName(Page)!, address)), address);
        }
        string[] files = Directory.GetFiles(Path.Combine(_folder.FullName, "out", "page-files"));
        Assert.Equal(
            File.ReadAllLines(
                files.Single(static file => file.EndsWith("contents.txt", StringComparison.Ordinal))).Length,
                    files.Length - 1);
        foreach (string svg in files.Where(static file => file.EndsWith(".svg", StringComparison.Ordinal)))
            XDocument.Load(svg);
        // A line a task and part, and a heading: two settings of two tasks, two sources, the null column and a private
        // part.
        Assert.Equal(
            2 * 2 * 4,
            File.ReadLines(files.Single(static file => file.EndsWith("contribution.csv", StringComparison.Ordinal)))
                .Count() - 1);
        foreach (string name in (string[])[
            "results.csv", "results.tex", "results-long.csv", "router.svg", "loss.svg", "similarity.svg",
            "contribution.svg", "contribution.csv", "prefixes.svg", "prefixes.csv", "confusion.svg", "factor.svg",
            "validation.svg"])
            Assert.Contains(name, files.Select(Path.GetFileName));
    }

    // What is anybody's, a title, a variant, a task, a label, a text, a message, is a text in the page and in its
    // figures.
    [Fact]
    public void HostileNames_StayTexts()
    {
        string label = Hostile + "0", other = Hostile + "1", task = Hostile + "task";
        string declaration = System.Text.Json.JsonSerializer.Serialize(
            new { name = task, fields = new[] { "a" }, labels = new Dictionary<string, string>
            {
                ["0"] = label,
                ["1"] = other,
            } });
        WrittenRuns runs = new(_folder);
        runs.Declarations[task] = TaskDeclaration.Read(
            ConfigReader.Read(System.Text.Encoding.UTF8.GetBytes(declaration), "task", ""));
        foreach (string variant in (string[])["plain", Hostile])
        {
            for (int seed = 1; seed <= 2; seed++)
                runs.Add(
                    $"{(variant == "plain" ? "a" : "b")}{seed}", new() { ["variant"] = variant, ["seed"] = $"{seed}" },
                    new() { [task] = [true, false, seed == 1, true] }, Hostile);
        }
        runs.AddFailure("c", new() { ["variant"] = "c", ["seed"] = "1" }, "other", Hostile);
        string sweep = runs.Write("\"plain\"", Hostile, Hostile, Hostile);
        Directory.CreateDirectory(Path.GetDirectoryName(Page)!);
        CliRun sut = CliRun.Of("report", sweep, "--out", Page);
        Assert.True(sut.Code == 0, sut.Error);
        string page = File.ReadAllText(Page);
        AssertAsksForNothing(page);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", page, StringComparison.Ordinal);
        foreach (string svg in Directory.GetFiles(Path.Combine(_folder.FullName, "out", "page-files"), "*.svg"))
            Assert.DoesNotContain(
                XDocument.Load(svg).Descendants(), static one => one.Name.LocalName is "script" or "img");
    }

    [Fact]
    public void ValidationRows_AreSaidToBeSo()
    {
        string page = Path.Combine(_folder.FullName, "page.html");
        WrittenRuns runs = new(_folder);
        foreach (string seed in (string[])["1", "2"])
            runs.Add(seed, new() { ["seed"] = seed }, new() { ["rte"] = [true, false] });
        string sweep = runs.Write();
        Assert.DoesNotContain("validation", Report(), StringComparison.Ordinal);
        OnValidation("1");
        Assert.Contains("test or validation examples", Report(), StringComparison.Ordinal);
        Assert.Contains(
            "1 of 2 runs were evaluated on validation rows", File.ReadAllText(page), StringComparison.Ordinal);
        OnValidation("2");
        Assert.Contains("over seeds and validation examples", Report(), StringComparison.Ordinal);
        Assert.Contains(
            "Every run was evaluated on validation rows (evaluation.split)", File.ReadAllText(page),
            StringComparison.Ordinal);

        string Report()
        {
            CliRun run = CliRun.Of("report", sweep, "--out", page);
            Assert.True(run.Code == 0, run.Error);
            return run.Output;
        }

        void OnValidation(string run)
        {
            string config = Path.Combine(runs.Folder(run), "config.json");
            File.WriteAllText(
                config,
                File.ReadAllText(config)
                    .Replace(
                        "\"seed\":", "\"evaluation\": { \"split\": \"validation\" }, \"seed\":",
                        StringComparison.Ordinal));
        }
    }

    [Fact]
    public void EmptySweep_HasAPageToo()
    {
        string sweep = new WrittenRuns(_folder).AddWaiting("a", new() { ["seed"] = "1" })
            .AddFailure("b", new() { ["seed"] = "2" }, "diverged").Write();
        CliRun sut = CliRun.Of("report", sweep, "--out", Path.Combine(_folder.FullName, "page.html"), "--json");
        Assert.True(sut.Code == 0, sut.Error);
        Assert.Equal((2, 0), (sut.Json.GetProperty("runs").GetInt32(), sut.Json.GetProperty("finished").GetInt32()));
        Assert.Contains(
            "1 run diverged, 1 run is unfinished", File.ReadAllText(Path.Combine(_folder.FullName, "page.html")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Compare_SetsTheSecondAgainstTheFirst()
    {
        string[] sweeps = [Sweep("one", 5), Sweep("two", 7)];
        string page = Path.Combine(_folder.FullName, "page.html");
        CliRun sut = CliRun.Of(["report", .. sweeps, "--compare", "--out", page]);
        Assert.True(sut.Code == 0, sut.Error);
        Assert.Contains("+20.0", sut.Output, StringComparison.Ordinal);
        Assert.Contains("Difference from one", File.ReadAllText(page), StringComparison.Ordinal);
        CliRun.Of("report", sweeps[0], "--compare").AssertBadInput("--compare: found 1 folders, expected two");

        string Sweep(string name, int right)
        {
            WrittenRuns runs = new(Directory.CreateDirectory(Path.Combine(_folder.FullName, name)).FullName);
            for (int seed = 1; seed <= 2; seed++)
                runs.Add(
                    $"s{seed}", new() { ["seed"] = $"{seed}" },
                    new() { ["rte"] = [.. Enumerable.Range(0, 10).Select(i => i < right)] });
            return runs.Write(name: name);
        }
    }

    // Of single runs the folders say nothing of the seed, and a table of equal length is not one of equal rows.
    [Theory]
    [InlineData("1", 10, 0, "")]
    [InlineData("2", 10, 0, "b/b has the seed 2 and a/a the seed 1")]
    [InlineData("1", 8, 0, "b/b and a/a were not measured on the same test rows of rte")]
    [InlineData("1", 10, 1, "b/b and a/a were not measured on the same test rows of rte")]
    [InlineData("1", 10, 2, "b/b and a/a were not measured on the same test rows of rte")]
    public void Compare_OfSingleRuns_NeedsEqualSeedsAndRows(string seed, int rows, int change, string problem)
    {
        string first = Run("one", "a", "1", 10), second = Run("two", "b", seed, rows);
        string predictions = Path.Combine(second, RunFolder.PredictionsName);
        if (change == 1)
        {
            string text = File.ReadAllText(predictions);
            File.WriteAllText(predictions, text.Replace("rte example 3", "rte example 33", StringComparison.Ordinal));
        }
        if (change == 2) File.Delete(predictions);
        string page = Path.Combine(_folder.FullName, "page.html");
        CliRun sut = CliRun.Of("report", first, second, "--compare", "--out", page);
        if (problem.Length == 0)
        {
            Assert.True(sut.Code == 0, sut.Error);
            Assert.Contains("run by run of equal seed, on the same rows", sut.Output, StringComparison.Ordinal);
            return;
        }
        sut.AssertBadInput($"--compare: {problem}, expected runs of equal seed on the same test rows");
        Assert.False(File.Exists(page));

        string Run(string folder, string name, string seed, int rows)
        {
            WrittenRuns runs = new(Directory.CreateDirectory(Path.Combine(_folder.FullName, folder)).FullName);
            bool[] right = [.. Enumerable.Range(0, rows).Select(static i => i < 6)];
            runs.Add(name, new() { ["seed"] = seed }, new() { ["rte"] = right });
            return runs.Folder(name);
        }
    }

    // The pair of equal rows is compared; what has no partner is named.
    [Fact]
    public void PairsOfASweep_AreOfEqualRows()
    {
        WrittenRuns runs = new(_folder);
        foreach (string variant in (string[])["PT", "SIL"])
        {
            for (int seed = 1; seed <= 3; seed++)
            {
                if (variant == "PT" && seed == 3) continue;
                int rows = variant == "SIL" && seed == 2 ? 8 : 10, right = variant == "PT" ? 5 : 6;
                runs.Add($"{variant}{seed}", new() { ["variant"] = variant, ["seed"] = $"{seed}" },
                    new() { ["rte"] = [.. Enumerable.Range(0, rows).Select(i => i < right)] });
            }
        }
        string page = Path.Combine(_folder.FullName, "page.html");
        CliRun sut = CliRun.Of("report", runs.Write("\"PT\""), "--out", page);
        Assert.True(sut.Code == 0, sut.Error);
        Assert.Contains("+10.0", sut.Output, StringComparison.Ordinal);
        const string Said =
            "Not compared: SIL3: the baseline has no finished run of its seed and other settings, and 1 other pair";
        Assert.Contains(Said, sut.Output, StringComparison.Ordinal);
        Assert.Contains(Said, File.ReadAllText(page), StringComparison.Ordinal);
    }

    [Fact]
    public void FilesOfOthers_AreNotWrittenOver()
    {
        string sweep = new WrittenRuns(_folder).Add("a", new() { ["seed"] = "1" }, new() { ["rte"] = [true, false] })
            .Write();
        string letter = _folder.Write("letter.html", "<p>Dear"), page = Path.Combine(_folder.FullName, "page.html");
        CliRun.Of("report", sweep, "--out", letter).AssertBadInput("exists and is not a report");
        Assert.Equal("<p>Dear", File.ReadAllText(letter));
        Assert.Equal(0, CliRun.Of("report", sweep, "--out", page).Code);
        // An earlier report is replaced, and what it had beside it and the new one has not goes.
        string files = Path.Combine(_folder.FullName, "page-files");
        string old = Path.Combine(files, "old.svg");
        string mine = Path.Combine(files, "mine.txt");
        File.WriteAllText(old, "");
        File.WriteAllText(mine, "");
        File.AppendAllText(Path.Combine(files, "contents.txt"), "old.svg\n../letter.html\n");
        Assert.Equal(0, CliRun.Of("report", sweep, "--out", page).Code);
        Assert.Equal((false, true, true), (File.Exists(old), File.Exists(mine), File.Exists(letter)));
        CliRun.Of("report", Path.Combine(_folder.FullName, "none"), "--out", page).AssertBadInput("no such folder");
        CliRun.Of("report", files, "--out", page).AssertBadInput("neither config.json nor sweep.json");
    }

    /// <summary>
    /// Reads the page's tags by itself: only elements and attributes that load and run nothing, no address elsewhere,
    /// one script and one style, the program's own.
    /// </summary>
    private static void AssertAsksForNothing(string page)
    {
        Assert.Contains(
            "default-src 'none'", page.Replace("&#39;", "'", StringComparison.Ordinal), StringComparison.Ordinal);
        string markup = page;
        foreach (string element in (string[])["style", "script"])
        {
            Match own = Assert.Single(Regex.Matches(page, $"<{element}>.*?</{element}>", RegexOptions.Singleline));
            Assert.DoesNotContain("url(", own.Value, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("@import", own.Value, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("//e", own.Value, StringComparison.Ordinal);
            Assert.DoesNotContain("fetch", own.Value, StringComparison.Ordinal);
            markup = markup.Replace(own.Value, "", StringComparison.Ordinal);
        }
        HashSet<string> elements = [];
        foreach (Match tag in Tag().Matches(markup))
        {
            elements.Add(tag.Groups[1].Value);
            foreach (Match attribute in Attribute().Matches(tag.Groups[2].Value))
            {
                Assert.DoesNotMatch(
                    "^(on.*|style|src|srcset|action|formaction|background|poster|data|ping|xlink:href)$",
                    attribute.Groups[1].Value);
                if (attribute.Groups[1].Value == "href")
                    Assert.DoesNotMatch("^[a-zA-Z]+:|^/|^\\.\\.", attribute.Groups[2].Value);
            }
        }
        Assert.Empty(
            elements.Intersect(
                [
                    "img", "iframe", "link", "object", "embed", "base", "form", "input", "video", "audio", "image",
                    "use", "foreignObject", "script", "style"]));
        Assert.DoesNotContain("<", Tag().Replace(markup, ""), StringComparison.Ordinal);
    }

    [GeneratedRegex("<section id=\"([a-z]+)\"")]
    private static partial Regex Section();

    [GeneratedRegex("href=\"([^\"]+)\"")]
    private static partial Regex Link();

    [GeneratedRegex("<(?:!DOCTYPE html|/?([a-zA-Z0-9]+)((?:\\s+[a-zA-Z0-9-]+(?:=\"[^\"<>]*\")?)*)\\s*/?)>")]
    private static partial Regex Tag();

    [GeneratedRegex("([a-zA-Z0-9-]+)=\"([^\"]*)\"")]
    private static partial Regex Attribute();
}
