using System.Text.Json;

namespace CrossPT.Runner.Results;

/// <summary>Reads <c>sweep.json</c> and the runs of a sweep.</summary>
internal static class SweepFile
{
    public const string Name = "sweep.json";

    private const string Variant = "variant";

    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, Name));

    /// <summary>Reads a sweep folder; a run that was not begun yet has no folder and is unfinished.</summary>
    /// <exception cref="IOException">The file is no sweep's, or a run's folder lies outside of the sweep's.</exception>
    public static ResultSet Read(string folder)
    {
        string path = Path.Combine(folder, Name);
        ResultSet set = ResultJson.Read(path, "the runs of a sweep", root => ReadDocument(root, folder));
        return set;
    }

    private static ResultSet ReadDocument(JsonElement root, string folder)
    {
        ResultAxis[] axes = [.. root.GetProperty("axes").EnumerateArray().Select(static axis => new ResultAxis(
            ResultJson.Text(axis.GetProperty("name")), [.. axis.GetProperty("values").EnumerateArray().Select(ResultJson.Text)]))];
        return new ResultSet
        {
            Name = ResultJson.Text(root.GetProperty("name")),
            Title = ResultJson.Optional(root, "title"),
            About = ResultJson.Optional(root, "about"),
            Axes = axes,
            Runs = [.. root.GetProperty("runs").EnumerateArray().Select(run => ReadRun(run, folder))],
            Baseline = root.TryGetProperty("baseline", out JsonElement baseline) ? ReadBaseline(baseline, axes) : new Dictionary<string, string>(),
        };
    }

    private static ResultRun ReadRun(JsonElement run, string folder)
    {
        string relative = ResultJson.Text(run.GetProperty("folder")), full = Path.GetFullPath(Path.Combine(folder, relative));
        string root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + Path.DirectorySeparatorChar;
        if (!full.StartsWith(root, StringComparison.Ordinal)) throw new FormatException($"the folder '{relative}' of a run lies outside of the sweep's");
        Dictionary<string, string> settings = run.GetProperty("settings").EnumerateObject().ToDictionary(static one => one.Name, static one => ResultJson.Text(one.Value));
        return ResultRun.Load(ResultJson.Text(run.GetProperty("name")), full, settings);
    }

    /// <summary>A variant's name, or settings by axis.</summary>
    private static Dictionary<string, string> ReadBaseline(JsonElement baseline, ResultAxis[] axes)
    {
        if (baseline.ValueKind == JsonValueKind.Null) return [];
        if (baseline.ValueKind == JsonValueKind.Object) return baseline.EnumerateObject().ToDictionary(static one => one.Name, static one => ResultJson.Text(one.Value));
        string name = ResultJson.Text(baseline);
        ResultAxis axis = axes.FirstOrDefault(one => one.Name.StartsWith(Variant, StringComparison.Ordinal) && one.Values.Contains(name))
            ?? throw new FormatException($"the baseline '{name}' is no variant");
        return new Dictionary<string, string> { [axis.Name] = name };
    }
}
