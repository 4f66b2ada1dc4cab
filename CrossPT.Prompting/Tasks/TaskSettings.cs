using System.Text.Json;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Prompting.Tasks;

/// <summary>What a configuration says of one task.</summary>
/// <param name="Name">A built-in task, or what the declaration's is called in the run.</param>
/// <example>
/// <code>
/// { "name": "qqp", "shots": 16, "shotsPer": "label", "labels": "map1", "prefix": "name", "splits": "heldOut" }
/// </code>
/// </example>
public sealed record TaskSettings(string Name)
{
    private static readonly string[] s_per = ["total", "label"];

    /// <summary>Keys of a task's section.</summary>
    public static ReadOnlySpan<string> Keys =>
        new[] { "name", "declaration", "dataset", "shots", "shotsPer", "balanced", "labels", "options", "prefix",
            "splits", "train", "validation", "test" };

    /// <summary>
    /// File of the task's declaration; null for a built-in task, and for one whose fields and labels follow from the
    /// training file.
    /// </summary>
    public string? Declaration { get; init; }

    /// <summary>
    /// A data set of the hub, OWNER/NAME or OWNER/NAME/CONFIGURATION, whose files take the place of those that are not
    /// named; or null.
    /// </summary>
    public string? Dataset { get; init; }

    /// <summary>Training examples; null (<c>"all"</c>) takes the whole training file.</summary>
    /// <value>The default is 32.</value>
    public int? Shots { get; init; } = 32;

    /// <summary>What the shots count.</summary>
    /// <value>The default is <see cref="ShotsPer.Total"/>.</value>
    public ShotsPer ShotsPer { get; init; }

    /// <summary>Whether shots in total are evenly of all labels.</summary>
    /// <value>The default is true.</value>
    public bool Balanced { get; init; } = true;

    /// <summary>Words of the labels: <see cref="LabelMaps"/>.</summary>
    /// <value>The default is <see cref="LabelMaps.Declared"/>.</value>
    public string Labels { get; init; } = LabelMaps.Declared;

    /// <summary>Whether the label words stand behind every text.</summary>
    /// <value>The default is false.</value>
    public bool Options { get; init; }

    /// <summary>What stands before every text.</summary>
    /// <value>The default is nothing.</value>
    public TaskPrefix Prefix { get; init; } = TaskPrefix.None;

    /// <summary>How validation and test rows come about; null is as the declaration says.</summary>
    public SplitRule? Splits { get; init; }

    /// <summary>Training rows, where they are not the declaration's in the data folder.</summary>
    public string? TrainFile { get; init; }

    /// <summary>Validation rows, likewise.</summary>
    public string? ValidationFile { get; init; }

    /// <summary>Test rows, likewise.</summary>
    public string? TestFile { get; init; }

    /// <summary>Whether the declaration is derived from the training file.</summary>
    internal bool IsDerived => Declaration is null && TrainFile is not null && BuiltInTasks.Find(Name) is null;

    /// <summary>The file of one's own with a part's rows; null for the declaration's.</summary>
    internal string? FileOf(TaskPart part) => part switch
    {
        TaskPart.Train => TrainFile,
        TaskPart.Validation => ValidationFile,
        _ => TestFile,
    };

    /// <summary>Reads a task's section.</summary>
    /// <exception cref="ConfigurationException">A key or value is wrong; an unknown built-in task or label map among
    /// them.</exception>
    public static TaskSettings Read(ConfigValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        ConfigSection section = value.AsSection().Only(Keys);
        ConfigValue name = section.Require("name", "the name of a task");
        string? declaration = section.TryGet("declaration", out ConfigValue? file) ? file.AsPath() : null;
        TaskDeclaration? builtIn = declaration is null ? BuiltInTasks.Find(name.AsString()) : null;
        string? dataset = section.TryGet("dataset", out ConfigValue? hub) ? hub.AsString() : null;
        if (declaration is null && builtIn is null && dataset is null && !section.TryGet("train", out _))
            throw name.Wrong(
                $"{BuiltInTasks.ExpectedFor(name.AsString())}, or a \"declaration\", a \"dataset\" or a \"train\" file "
                + "beside it");
        if (name.AsString().Length == 0) throw name.Wrong("a name");
        TaskSettings defaults = new(name.AsString());
        return defaults with
        {
            Declaration = declaration,
            Dataset = dataset,
            Shots = section.TryGet("shots", out ConfigValue? shots) ? ReadShots(shots) : defaults.Shots,
            ShotsPer = (ShotsPer)Array.IndexOf(s_per, section.Choice("shotsPer", s_per)),
            Balanced = section.Boolean("balanced", defaults.Balanced),
            Labels = section.TryGet("labels", out ConfigValue? map) ? ReadMap(map, builtIn) : defaults.Labels,
            Options = section.Boolean("options", defaults.Options),
            Prefix = section.TryGet("prefix", out ConfigValue? prefix) ? TaskPrefix.Read(prefix) : defaults.Prefix,
            Splits = section.TryGet("splits", out ConfigValue? splits) ? SplitRules.Read(splits) : null,
            TrainFile = Path("train"),
            ValidationFile = Path("validation"),
            TestFile = Path("test"),
        };

        string? Path(string key) => section.TryGet(key, out ConfigValue? path) ? path.AsPath() : null;
    }

    /// <summary>Writes the settings as <see cref="Read"/> takes them, paths in full.</summary>
    public void Write(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject();
        json.WriteString("name", Name);
        WritePath("declaration", Declaration);
        if (Dataset is not null) json.WriteString("dataset", Dataset);
        if (Shots is { } shots) json.WriteNumber("shots", shots);
        else json.WriteString("shots", "all");
        json.WriteString("shotsPer", s_per[(int)ShotsPer]);
        json.WriteBoolean("balanced", Balanced);
        json.WriteString("labels", Labels);
        json.WriteBoolean("options", Options);
        json.WritePropertyName("prefix");
        Prefix.Write(json);
        if (Splits is { } splits) json.WriteString("splits", SplitRules.NameOf(splits));
        WritePath("train", TrainFile);
        WritePath("validation", ValidationFile);
        WritePath("test", TestFile);
        json.WriteEndObject();

        void WritePath(string key, string? path)
        {
            if (path is not null) json.WriteString(key, Path.GetFullPath(path));
        }
    }

    /// <summary>Of a task of one's own, the maps are known when its declaration is read.</summary>
    private static string ReadMap(ConfigValue value, TaskDeclaration? builtIn) =>
        builtIn is null ? value.AsString() : value.AsChoice([.. LabelMaps.NamesOf(builtIn)]);

    private static int? ReadShots(ConfigValue value) => value.Kind == ConfigKind.Number
        ? value.AsInt32(1, RunConfiguration.Largest)
        : value.Kind == ConfigKind.String && value.AsString() == "all" ? null
            : throw value.Wrong("a number of examples, or \"all\"");
}
