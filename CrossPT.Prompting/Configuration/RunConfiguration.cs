using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;

namespace CrossPT.Prompting.Configuration;

/// <summary>Where texts come from and how they are cut.</summary>
public sealed record DataSettings
{
    /// <summary>Folder of the tasks' files.</summary>
    /// <value>
    /// The default is [the folder that `pull` fills](pull.md#data), for built-in tasks that name no files.
    /// </value>
    [FilePath]
    public string? Folder { get; set; }

    /// <summary>Tokenizer file or folder.</summary>
    /// <value>The default is the model's folder.</value>
    [FilePath]
    public string? Tokenizer { get; set; }

    /// <summary>Largest number of tokens of a text, end of sequence included; prompt rows come on top.</summary>
    [Range(2, RunConfiguration.Largest)]
    public int SourceLength { get; set; } = 256;
}

/// <summary>The configuration of a training run.</summary>
public sealed record RunConfiguration : ICheckedRecord
{
    /// <summary>The method where the configuration names none.</summary>
    public const string DefaultMethod = "crosspt";

    /// <summary>Largest batch, length and count a configuration may ask for.</summary>
    internal const int Largest = 1 << 20;

    /// <summary>Name of the run: the configuration file's.</summary>
    [JsonIgnore]
    public string Name { get; set; } = "run";

    /// <summary>What messages about the configuration as a whole name: its file.</summary>
    [JsonIgnore]
    public string Place { get; set; } = "configuration";

    /// <summary>The schema that editors check the file against; ignored.</summary>
    [JsonPropertyName("$schema")]
    public string? Schema { get; set; }

    /// <summary>Model folder, or a name on the hub.</summary>
    [RequiredSetting("a model folder or name"), FilePath]
    public string Model { get; set; } = "";

    /// <summary>
    /// The model as the configuration writes it, which may be a name and no path; null where a program made the
    /// configuration.
    /// </summary>
    [JsonIgnore]
    public string? ModelText { get; set; }

    /// <summary>Whether <see cref="Model"/> was found by <see cref="ModelText"/> as a name, not as a path.</summary>
    [JsonIgnore]
    public bool IsModelNamed { get; set; }

    /// <summary>How target prompts are made.</summary>
    [MethodName]
    public MethodDefinition Method { get; set; } = MethodDefinition.Find(DefaultMethod);

    /// <summary>The tasks.</summary>
    [RequiredSetting("a list of tasks")]
    public IReadOnlyList<TaskSettings> Tasks { get; set; } = [];

    /// <summary>Settings of all tasks that do not have their own.</summary>
    public TaskDefaults? EachTask { get; set; }

    /// <summary>The source prompts.</summary>
    [SourceList]
    public IReadOnlyList<SourceSelection> Sources { get; set; } = [];

    /// <summary>Seed of examples, starts, noise and order.</summary>
    /// <value>The default is 1.</value>
    [Range(0, long.MaxValue)]
    public long Seed { get; set; } = 1;

    /// <summary>The prompts.</summary>
    public PromptSettings Prompt { get; set; } = new();

    /// <summary>The router.</summary>
    public RouterSettings Router { get; set; } = new();

    /// <summary>How prompts are trained.</summary>
    public TrainingSettings Training { get; set; } = new();

    /// <summary>How the run is evaluated.</summary>
    public EvaluationSettings Evaluation { get; set; } = new();

    /// <summary>Texts.</summary>
    public DataSettings Data { get; set; } = new();

    /// <summary>The run folder; null for <c>runs/NAME-SEED</c> in the current folder.</summary>
    [FilePath]
    public string? Out { get; set; }

    /// <summary>Whether the model itself is trained, and no prompt.</summary>
    public bool TrainsModel => !Method.HasPrompts;

    /// <summary>The run folder, whether given or not.</summary>
    public string OutFolder => Out ?? Path.Combine("runs", $"{Name}-{Seed}");

    /// <summary>Whether a file is the <c>config.json</c> of a run, which has its configuration inside.</summary>
    /// <exception cref="ConfigurationException">The file cannot be read.</exception>
    public static bool IsRecord(string path) => ConfigurationOf(ConfigReader.ReadFile(path)) is not null;

    /// <summary>Reads a configuration file and lays overrides over it.</summary>
    /// <param name="path">The file, or the <c>config.json</c> of a run.</param>
    /// <param name="overrides">Each <c>path=value</c>.</param>
    /// <exception cref="ConfigurationException">
    /// The file cannot be read, or a key or value is wrong; the message names the place.
    /// </exception>
    public static RunConfiguration Load(string path, params IEnumerable<string> overrides)
    {
        ConfigValue root = ConfigReader.ReadFile(path);
        string name = Path.GetFileNameWithoutExtension(path);
        if (ConfigurationOf(root) is { } configuration)
        {
            name = root.AsSection().Require("name", "the run's name").AsString();
            root = configuration.AsTop();
        }
        return Read(ConfigOverride.Apply(root, overrides), name, path);
    }

    private static ConfigValue? ConfigurationOf(ConfigValue root) =>
        root.AsSection().TryGet("configuration", out ConfigValue? configuration)
        && configuration.Kind == ConfigKind.Section ? configuration : null;

    /// <summary>Reads a configuration.</summary>
    /// <param name="value">The whole of it.</param>
    /// <param name="name">Name of the run.</param>
    /// <param name="place">What messages about it as a whole name; null for <paramref name="name"/>.</param>
    /// <exception cref="ConfigurationException">A key or value is wrong; the message names the place.</exception>
    public static RunConfiguration Read(ConfigValue value, string name, string? place = null) =>
        Read(value, name, place ?? name, isRecord: false);

    /// <param name="value">The whole of it.</param>
    /// <param name="name">Name of the run.</param>
    /// <param name="place">What messages about it as a whole name.</param>
    /// <param name="isRecord">Whether a run has been trained with it, by rules that may have been laxer then.</param>
    internal static RunConfiguration Read(ConfigValue value, string name, string place, bool isRecord)
    {
        ArgumentNullException.ThrowIfNull(value);
        RunConfiguration configuration = new() { Name = name, Place = place };
        if (value.AsSection().TryGet("method", out ConfigValue? method))
            configuration.Method = MethodNameAttribute.Find(method);
        configuration.Method.Check(value);
        ConfigValue merged = ConfigMerge.EachTask(ConfigMerge.Merge(value, configuration.Method.Settings));
        ConfigRecord.Read(merged.AsSection(), configuration, ConfigurationTypes.Default.RunConfiguration);
        if (!isRecord) configuration.CheckEffects(merged.AsSection());
        return configuration;
    }

    /// <summary>Refuses settings that have no effect beside others.</summary>
    private void CheckEffects(ConfigSection merged)
    {
        Training.CheckEffects(merged.Section("training"));
        IReadOnlyList<ConfigValue> tasks = merged.Require("tasks", "a list of tasks").AsList();
        for (int i = 0; i < tasks.Count; i++) Tasks[i].CheckEffects(tasks[i]);
    }

    /// <summary>Writes every setting that has an effect, in the form that can be read again; paths in full.</summary>
    public void Write(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        ConfigJson.Write(json, ToValue());
    }

    /// <summary>
    /// Every setting that has an effect; learning rates that were left open as the numbers they stand for.
    /// </summary>
    internal ConfigValue ToValue()
    {
        RunConfiguration written = this with
        {
            Schema = null,
            EachTask = null,
            Out = null,
            Training = Training.Resolve(Prompt),
        };
        ConfigValue value = ConfigRecord.Write(written, ConfigurationTypes.Default.RunConfiguration, Method.Applies);
        if (IsModelNamed) value.Members[0] = ("model", ConfigValue.Of(ModelText!));
        return value;
    }

    void ICheckedRecord.Check(ConfigSection section)
    {
        ModelText = section.Require("model", "a model folder or name").AsString();
        EachTask = null;
        CheckTasks(section.Require("tasks", "a list of tasks"), section.Section("training"));
        CheckEvaluation(section.Section("evaluation"));
        Sources = SourceListAttribute.Complete(section, Method, Tasks, Sources);
        CheckMeasuredStarts(section);
    }

    private void CheckTasks(ConfigValue list, ConfigSection training)
    {
        if (Tasks.Count == 0) throw list.Wrong("one task or more");
        for (int i = 1; i < Tasks.Count; i++)
        {
            if (Tasks.Take(i).All(other => other.Name != Tasks[i].Name)) continue;
            throw list.AsList()[i].AsSection().Require("name", "a name").Wrong("a task that is not there already");
        }
        if (Training.Batching != Batching.Mixed || Training.Batch >= Tasks.Count) return;
        string place = training.TryGet("batch", out ConfigValue? batch) ? batch.Place : list.Place;
        string problem = $"{Training.Batch} examples for {Tasks.Count} tasks, expected one of each at least";
        throw new ConfigurationException(place, $"training.batch: {problem}");
    }

    private void CheckEvaluation(ConfigSection section)
    {
        if (Evaluation.Contribution && TrainsModel)
        {
            throw section.Require("contribution", "false")
                .Wrong($"false, for the method \"{Method.Name}\" has no prompt to leave parts of out");
        }
        bool isChosen = Evaluation.Split == EvaluationSplit.Validation && Training.EvaluateEvery > 0;
        if (!isChosen) return;
        const string expected = "\"test\", for steps are chosen by validation rows already";
        throw section.Require("split", expected).Wrong(expected);
    }

    /// <summary>Refuses to choose by losses behind source prompts that are random, for those say nothing.</summary>
    private void CheckMeasuredStarts(ConfigSection root)
    {
        bool evidence = Router.Start is RouterStart.Evidence or RouterStart.Trials;
        bool best = Prompt.Private.Start is { Kind: PromptStart.Source, Source: StartSettings.Best };
        int random = Sources.Count(static source => source.Origin == SourceOrigin.Random);
        int measured = Sources.Count - random;
        bool isMeasured = (!evidence || (random == 0 && measured > 0)) && (!best || measured > 0);
        if (isMeasured) return;
        string word = Router.Start == RouterStart.Trials ? "trials" : "evidence";
        string start = evidence ? $"router.start \"{word}\"" : "prompt.private.start.source \"best\"";
        string found = Sources.Count == 0
            ? "no source prompt"
            : $"{random} of {Sources.Count} source prompts from random numbers";
        throw new ConfigurationException(
            root.TryGet("sources", out ConfigValue? sources) ? sources.Place : root.Value.Place,
            $"sources: {start} with {found}, "
            + "expected ones that were trained (prompt files, or { \"train\": TASK }), or another start");
    }
}

/// <summary>A method by its name.</summary>
internal sealed class MethodNameAttribute : ValueFormatAttribute
{
    public override string Schema => $$"""{ "enum": ["{{string.Join("\", \"", MethodDefinition.Names)}}"] }""";

    public static MethodDefinition Find(ConfigValue value) =>
        MethodDefinition.Find(value.AsChoice([.. MethodDefinition.Names]));

    public override object Read(ConfigValue value) => Find(value);

    public override ConfigValue Write(object? value) => ConfigValue.Of(((MethodDefinition)value!).Name);
}
