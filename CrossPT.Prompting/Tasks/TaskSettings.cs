using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Prompting.Tasks;

/// <summary>Settings of a task that a configuration may also give for all its tasks at once.</summary>
public record TaskDefaults
{
    /// <summary>
    /// Training examples, drawn with the run's seed; null (<c>"all"</c>) takes the whole training file.
    /// </summary>
    /// <value>The default is 32.</value>
    [Range(1, RunConfiguration.Largest), NullWord("all", "a number of examples, or \"all\"")]
    public int? Shots { get; set; } = 32;

    /// <summary>What the shots count.</summary>
    /// <value>The default is <see cref="ShotsPer.Total"/>.</value>
    public ShotsPer ShotsPer { get; set; }

    /// <summary>Whether shots in total are evenly of all labels.</summary>
    /// <value>The default is true.</value>
    public bool Balanced { get; set; } = true;

    /// <summary>
    /// Words of the labels: <c>map</c>, those declared, <c>digits</c>, <c>distinct</c>, or one of the declaration's
    /// <c>maps</c>.
    /// </summary>
    /// <value>The default is <c>map</c>.</value>
    public string Labels { get; set; } = LabelMaps.Declared;

    /// <summary>Whether the label words stand behind every text.</summary>
    /// <value>The default is false.</value>
    public bool Options { get; set; }

    /// <summary>
    /// Text before every text: <c>"name"</c>, <c>"instruction"</c> or <c>{ "text": "Review: " }</c>.
    /// </summary>
    /// <value>The default is nothing.</value>
    public TaskPrefix Prefix { get; set; } = TaskPrefix.None;

    /// <summary>
    /// How validation and test rows come about: <c>{ "validation": 0.1, "test": 0.1, "seed": 1 }</c> divides the
    /// training file; with files of their own, <c>"halves"</c>, <c>"heldOut"</c> or <c>"files"</c>.
    /// </summary>
    /// <value>The default is as the declaration says.</value>
    public DataSplit? Splits { get; set; }
}

/// <summary>Settings of one task of a run.</summary>
/// <example>
/// <code>
/// { "name": "qqp", "shots": 16, "shotsPer": "label", "labels": "map1", "prefix": "name", "splits": "heldOut" }
/// </code>
/// </example>
public sealed record TaskSettings : TaskDefaults, ICheckedRecord
{
    /// <summary>Settings to be read.</summary>
    public TaskSettings()
    {
    }

    /// <summary>The defaults of a task.</summary>
    /// <param name="name">A built-in task, or the name of one with files of its own.</param>
    public TaskSettings(string name) => Name = name;

    /// <summary>
    /// A built-in task, or what the run, its predictions and reports call one with files of its own.
    /// </summary>
    [RequiredSetting("the name of a task"), JsonPropertyOrder(-3)]
    public string Name { get; set; } = "";

    /// <summary>
    /// What the columns mean, or a file that says so and has a <c>name</c>; null for a built-in task, and for one whose
    /// fields and labels follow from the training file.
    /// </summary>
    [JsonPropertyOrder(-2)]
    public DeclarationSource? Declaration { get; set; }

    /// <summary>
    /// A data set of the hub, <c>OWNER/NAME</c> or <c>OWNER/NAME/CONFIGURATION</c>, whose files take the place of those
    /// that are not named.
    /// </summary>
    [JsonPropertyOrder(-1)]
    public string? Dataset { get; set; }

    /// <summary>File of the training rows, relative to the configuration.</summary>
    /// <value>The default is the declaration's in the data folder.</value>
    [JsonPropertyName("train"), FilePath, JsonPropertyOrder(1)]
    public string? TrainFile { get; set; }

    /// <summary>File of the validation rows.</summary>
    /// <value>The default is likewise.</value>
    [JsonPropertyName("validation"), FilePath, JsonPropertyOrder(2)]
    public string? ValidationFile { get; set; }

    /// <summary>File of the test rows.</summary>
    /// <value>The default is likewise.</value>
    [JsonPropertyName("test"), FilePath, JsonPropertyOrder(3)]
    public string? TestFile { get; set; }

    /// <summary>Whether the declaration is derived from the training file.</summary>
    internal bool IsDerived => Declaration is null && TrainFile is not null && BuiltInTasks.Find(Name) is null;

    /// <summary>The shares that the training file is divided by, as far as the configuration itself tells.</summary>
    internal SplitShares? Shares => (Splits ?? Declaration?.Inline?.Splits)?.Shares;

    /// <summary>Reads a task's section.</summary>
    /// <exception cref="ConfigurationException">
    /// A key or value is wrong; an unknown built-in task or label map among them.
    /// </exception>
    public static TaskSettings Read(ConfigValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        TaskSettings settings = new();
        ConfigRecord.Read(value.AsSection(), settings, ConfigurationTypes.Default.TaskSettings);
        return settings;
    }

    /// <summary>The file of one's own with a part's rows; null for the declaration's.</summary>
    internal string? FileOf(TaskPart part) => part switch
    {
        TaskPart.Train => TrainFile,
        TaskPart.Validation => ValidationFile,
        _ => TestFile,
    };

    /// <summary>The declaration of the task, under these settings' name, with their label words and division.</summary>
    /// <param name="recorded">The declaration on a run's record; null reads or derives it.</param>
    /// <exception cref="ConfigurationException">The declaration is none, or no such task is built in.</exception>
    /// <exception cref="TaskDataException">
    /// There is no declaration, and none follows from the training file.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// The task has no such label map, or a test file that its division does not read.
    /// </exception>
    public TaskDeclaration Declare(TaskDeclaration? recorded = null)
    {
        TaskDeclaration task = recorded ?? LabelMaps.Apply(
            this switch
            {
                { Declaration: { } source } => source.Load().WithName(Name),
                { IsDerived: true } => DerivedTask.From(Name, TrainFile!),
                _ => BuiltInTasks.Find(Name)
                    ?? throw new ConfigurationException("tasks", $"no task '{Name}' is built in"),
            },
            Labels);
        DataSplit split = SplitOf(task);
        // On record with the task: a later version may divide one file otherwise.
        return split.Shares is null ? task : task with { Splits = split };
    }

    /// <summary>The division by these settings or the declaration, else as the files there are suggest.</summary>
    internal DataSplit SplitOf(TaskDeclaration task)
    {
        if (Splits is { } own)
        {
            if (TestFile is null || own.Rule == SplitRule.Files) return own;
            throw new ArgumentException(
                $"The task '{task.Name}' has a test file, which the splits \"{DataSplit.NameOf(own.Rule)}\" do not "
                + "read, expected \"files\".");
        }
        // A declaration's own rule is for its own files.
        if (TestFile is not null) return SplitRule.Files;
        // Records of derived tasks may have a rule that nobody gave.
        if (!IsDerived && task.Splits is { } declared) return declared;
        if (task.Test.Count > 0) return SplitRule.Files;
        bool hasValidation = ValidationFile is not null || task.Validation.Count > 0;
        return hasValidation || TrainFile is null
            ? SplitRule.Halves
            : new DataSplit(SplitRule.Files) { Shares = SplitShares.Default };
    }

    /// <summary>Refuses rules of sampling where nothing is sampled by them.</summary>
    internal void CheckEffects(ConfigValue task)
    {
        if (task.Kind != ConfigKind.Section) return;
        ConfigSection section = task.AsSection();
        if (Shots is null && ShotsPer != default && section.TryGet("shotsPer", out ConfigValue? per))
            throw per.Wrong("no shotsPer beside \"shots\": \"all\", where it has no effect");
        if (Balanced || (Shots is not null && ShotsPer == ShotsPer.Total)) return;
        if (section.TryGet("balanced", out ConfigValue? balanced))
            throw balanced.Wrong("no \"balanced\": false beside shots per label or \"all\", where it has no effect");
    }

    void ICheckedRecord.Check(ConfigSection section)
    {
        ConfigValue name = section.Require("name", "the name of a task");
        TaskDeclaration? builtIn = Declaration is null ? BuiltInTasks.Find(Name) : null;
        if (Declaration is null && builtIn is null && Dataset is null && TrainFile is null)
        {
            string expected = "or a \"declaration\", a \"dataset\" or a \"train\" file beside it";
            throw name.Wrong($"{BuiltInTasks.ExpectedFor(Name)}, {expected}");
        }
        if (Name.Length == 0) throw name.Wrong("a name");
        foreach (string part in (string[])["validation", "test"])
        {
            if (Shares is not null && section.TryGet(part, out ConfigValue? file))
                throw file.Wrong("none beside \"splits\" that divide the training file");
        }
        // The maps of a task of one's own are known when its declaration is read.
        if (builtIn is not null && section.TryGet("labels", out ConfigValue? map))
            map.AsChoice([.. LabelMaps.NamesOf(builtIn)]);
    }
}

/// <summary>A task's declaration: a file, or written out in the configuration.</summary>
[DeclarationFormat]
public sealed record DeclarationSource
{
    private DeclarationSource(string? file, TaskDeclaration? inline) => (File, Inline) = (file, inline);

    /// <summary>The file; null where the configuration has it written out.</summary>
    public string? File { get; }

    /// <summary>The declaration itself; null where it is a file.</summary>
    internal TaskDeclaration? Inline { get; }

    /// <summary>A file.</summary>
    public static implicit operator DeclarationSource(string file) => new(file, null);

    /// <summary>A declaration.</summary>
    public static implicit operator DeclarationSource(TaskDeclaration task) => new(null, task);

    /// <summary>The declaration.</summary>
    /// <exception cref="ConfigurationException">The file cannot be read, or is none.</exception>
    public TaskDeclaration Load() => Inline ?? TaskDeclaration.Load(File!);
}

/// <summary>A path, or a section with the keys of a declaration; its name is the task's.</summary>
internal sealed class DeclarationFormatAttribute : ValueFormatAttribute
{
    public override string Schema =>
        """
        { "anyOf": [ { "type": "string", "description": "A file that declares the task." },
          { "$ref": "#/$defs/TaskDeclaration" } ] }
        """;

    public override object Read(ConfigValue value)
    {
        if (value.Kind == ConfigKind.String) return (DeclarationSource)value.AsPath();
        if (value.Kind != ConfigKind.Section) throw value.Wrong("a file, or a section that declares the task");
        TaskDeclaration task = new();
        ConfigRecord.Read(value.AsSection(), task, ConfigurationTypes.Default.TaskDeclaration);
        return (DeclarationSource)task;
    }

    public override ConfigValue? Write(object? value) => value is not DeclarationSource source ? null
        : source.Inline?.ToValue() ?? ConfigValue.Of(Path.GetFullPath(source.File!));
}
