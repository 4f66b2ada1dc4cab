using System.Text.Json;
using System.Text.Json.Serialization;
using CrossPT.Prompting;

namespace CrossPT.Runner.Experiments.Results;

/// <summary><c>sweep.json</c>: what a sweep is, and which runs belong to it.</summary>
internal sealed record SweepFile
{
    public const string FileName = "sweep.json";

    private const string Variant = "variant";

    /// <summary>Name of the sweep.</summary>
    public required string Name { get; init; }

    /// <summary>The heading of its report; null for the name.</summary>
    public string? Title { get; init; }

    /// <summary>Its description; null for none.</summary>
    public string? About { get; init; }

    /// <summary>The grid as it was read, a JSON document.</summary>
    public JsonElement Grid { get; init; }

    /// <summary>The axes, seeds included.</summary>
    public required IReadOnlyList<ResultAxis> Axes { get; init; }

    /// <summary>Labels, by axis, of the runs that the others are compared with; null for none.</summary>
    [JsonConverter(typeof(LabelsConverter))]
    public IReadOnlyDictionary<string, string>? Baseline { get; init; }

    /// <summary>The runs; the last axis changes fastest.</summary>
    public required IReadOnlyList<SweepEntry> Runs { get; init; }

    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Reads the file of a sweep's folder.</summary>
    /// <exception cref="IOException">It is something else; the message names it.</exception>
    public static SweepFile Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        SweepFile file = JsonFile.Read(path, "the runs of a sweep", SweepTypes.Default.SweepFile);
        // The serializer holds properties to their nullable annotations, but not the elements of lists.
        if (file.Axes.Any(static axis => axis is null || axis.Values.Contains(null!)) || file.Runs.Contains(null!))
            throw new IOException($"{path}: not the runs of a sweep (null in a list)");
        foreach (SweepEntry run in file.Runs)
        {
            if (run.Folder.Split('/', '\\').Contains("..") || Path.IsPathRooted(run.Folder))
                throw new IOException($"{path}: the folder '{run.Folder}' of a run lies outside of the sweep's");
        }
        if (file.Baseline?.GetValueOrDefault(LabelsConverter.Unnamed) is not { } variant) return file;
        ResultAxis axis = file.Axes.FirstOrDefault(
            axis => axis.Name.StartsWith(Variant, StringComparison.Ordinal) && axis.Values.Contains(variant))
            ?? throw new IOException($"{path}: the baseline '{variant}' is not a variant");
        return file with { Baseline = new Dictionary<string, string> { [axis.Name] = variant } };
    }

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
    public void Write(string folder) => JsonFile.Write(
        Path.Combine(folder, FileName),
        json => JsonSerializer.Serialize(json, this, SweepTypes.Default.SweepFile));
}

/// <summary>
/// Labels by axis, which may be written as numbers; of earlier versions of the demo, the name of a variant alone.
/// </summary>
internal sealed class LabelsConverter : JsonConverter<IReadOnlyDictionary<string, string>>
{
    /// <summary>The axis of a variant whose axis is yet to be found.</summary>
    public const string Unnamed = "";

    public override IReadOnlyDictionary<string, string>? Read(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String
            ? new Dictionary<string, string> { [Unnamed] = reader.GetString()! }
            : JsonSerializer.Deserialize(ref reader, SweepTypes.Default.DictionaryStringJsonElement)?
                .ToDictionary(static one => one.Key, static one => ResultJson.Text(one.Value));

    public override void Write(
        Utf8JsonWriter writer, IReadOnlyDictionary<string, string> value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value.ToDictionary(), SweepTypes.Default.DictionaryStringString);
}

/// <summary>A run of a sweep.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Folder">Its folder, relative to the sweep's.</param>
/// <param name="Settings">Its label on each axis.</param>
internal sealed record SweepEntry(
    string Name, string Folder,
    [property: JsonConverter(typeof(LabelsConverter))] IReadOnlyDictionary<string, string> Settings);
