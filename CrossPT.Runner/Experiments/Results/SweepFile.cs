using System.Text.Encodings.Web;
using System.Text.Json;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Experiments.Results;

/// <summary><c>sweep.json</c>: what a sweep is, and which runs belong to it.</summary>
internal sealed record SweepFile
{
    public const string FileName = "sweep.json";

    private const string Variant = "variant";

    private static readonly JsonWriterOptions s_options =
        new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Name of the sweep.</summary>
    public required string Name { get; init; }

    /// <summary>The heading of its report; null for the name.</summary>
    public string? Title { get; init; }

    /// <summary>What it is about; null where it does not say.</summary>
    public string? About { get; init; }

    /// <summary>The grid as it was read, a JSON document.</summary>
    public JsonElement Grid { get; init; }

    /// <summary>What varies, seeds included.</summary>
    public required IReadOnlyList<ResultAxis> Axes { get; init; }

    /// <summary>Labels, by axis, of the runs that the others are compared with; null for none.</summary>
    public IReadOnlyDictionary<string, string>? Baseline { get; init; }

    /// <summary>The runs; the last axis changes fastest.</summary>
    public required IReadOnlyList<SweepEntry> Runs { get; init; }

    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Reads the file of a sweep's folder.</summary>
    /// <exception cref="IOException">It is something else; the message names it.</exception>
    public static SweepFile Read(string folder) =>
        ResultJson.Read(Path.Combine(folder, FileName), "the runs of a sweep", ReadDocument);

    /// <summary>Reads a sweep and its runs; one that was not begun has no folder and is unfinished.</summary>
    /// <exception cref="IOException">A file is broken, or a run's folder lies outside of the sweep's.</exception>
    public static ResultSet ReadRuns(string folder)
    {
        SweepFile sweep = Read(folder);
        List<ResultRun> runs = [];
        foreach (SweepEntry run in sweep.Runs)
            runs.Add(ResultRun.Load(run.Name, Path.GetFullPath(Path.Combine(folder, run.Folder)), run.Settings));
        return new ResultSet
        {
            Name = sweep.Name,
            Title = sweep.Title,
            About = sweep.About,
            Axes = sweep.Axes,
            Runs = runs,
            Baseline = sweep.Baseline ?? new Dictionary<string, string>(),
        };
    }

    /// <summary>Writes the file into a sweep's folder.</summary>
    public void Write(string folder) => AtomicFile.Write(Path.Combine(folder, FileName), stream =>
    {
        using (Utf8JsonWriter json = new(stream, s_options)) Write(json);
        stream.Write("\n"u8);
    });

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("name", Name);
        if (Title is not null) json.WriteString("title", Title);
        if (About is not null) json.WriteString("about", About);
        json.WritePropertyName("grid");
        Grid.WriteTo(json);
        json.WriteStartArray("axes");
        foreach (ResultAxis axis in Axes)
        {
            json.WriteStartObject();
            json.WriteString("name", axis.Name);
            json.WriteStartArray("values");
            foreach (string value in axis.Values) json.WriteStringValue(value);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (Baseline is not null) WriteLabels(json, "baseline", Baseline);
        json.WriteStartArray("runs");
        foreach (SweepEntry run in Runs)
        {
            json.WriteStartObject();
            json.WriteString("name", run.Name);
            json.WriteString("folder", run.Folder);
            WriteLabels(json, "settings", run.Settings);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteLabels(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string> labels)
    {
        json.WriteStartObject(name);
        foreach ((string axis, string label) in labels) json.WriteString(axis, label);
        json.WriteEndObject();
    }

    private static SweepFile ReadDocument(JsonElement root)
    {
        ResultAxis[] axes = [.. root.GetProperty("axes").EnumerateArray().Select(ReadAxis)];
        return new SweepFile
        {
            Name = ResultJson.Text(root.GetProperty("name")),
            Title = ResultJson.Optional(root, "title"),
            About = ResultJson.Optional(root, "about"),
            Grid = root.TryGetProperty("grid", out JsonElement grid) ? grid.Clone() : default,
            Axes = axes,
            Baseline = root.TryGetProperty("baseline", out JsonElement baseline) ? ReadBaseline(baseline, axes) : null,
            Runs = [.. root.GetProperty("runs").EnumerateArray().Select(ReadEntry)],
        };
    }

    private static ResultAxis ReadAxis(JsonElement axis)
    {
        string name = ResultJson.Text(axis.GetProperty("name"));
        return new ResultAxis(name, [.. axis.GetProperty("values").EnumerateArray().Select(ResultJson.Text)]);
    }

    private static SweepEntry ReadEntry(JsonElement run)
    {
        string folder = ResultJson.Text(run.GetProperty("folder"));
        if (folder.Split('/', '\\').Contains("..") || Path.IsPathRooted(folder))
            throw new FormatException($"the folder '{folder}' of a run lies outside of the sweep's");
        return new SweepEntry(
            ResultJson.Text(run.GetProperty("name")), folder, ReadLabels(run.GetProperty("settings")));
    }

    // Labels by axis, or, from earlier versions of the demo, the name of a variant.
    private static Dictionary<string, string>? ReadBaseline(JsonElement baseline, ResultAxis[] axes)
    {
        if (baseline.ValueKind == JsonValueKind.Null) return null;
        if (baseline.ValueKind == JsonValueKind.Object) return ReadLabels(baseline);
        string name = ResultJson.Text(baseline);
        foreach (ResultAxis axis in axes)
        {
            bool isVariant = axis.Name.StartsWith(Variant, StringComparison.Ordinal);
            if (isVariant && axis.Values.Contains(name)) return new Dictionary<string, string> { [axis.Name] = name };
        }
        throw new FormatException($"the baseline '{name}' is not a variant");
    }

    private static Dictionary<string, string> ReadLabels(JsonElement labels) =>
        labels.EnumerateObject().ToDictionary(static one => one.Name, static one => ResultJson.Text(one.Value));
}

/// <summary>A run of a sweep.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Folder">Its folder, relative to the sweep's.</param>
/// <param name="Settings">Its label on each axis.</param>
internal sealed record SweepEntry(string Name, string Folder, IReadOnlyDictionary<string, string> Settings);
