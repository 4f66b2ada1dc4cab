using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;

namespace CrossPT.Prompting.Configuration;

/// <summary>Where a source prompt comes from.</summary>
public enum SourceOrigin
{
    /// <summary>A prompt file.</summary>
    File,

    /// <summary>Prompt tuning of a task, done first.</summary>
    Trained,

    /// <summary>Random numbers: it must be trained on to be worth anything.</summary>
    Random,
}

/// <summary>A source prompt of a run.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Origin">Where it comes from.</param>
public sealed record SourceSelection(string Name, SourceOrigin Origin)
{
    /// <summary>The file, of one that is loaded.</summary>
    public string? File { get; init; }

    /// <summary>The same where it is also a name of the demo's world, <c>demo/…</c>, which whoever runs it may know a file of; else null.</summary>
    public string? DemoName { get; init; }

    /// <summary>The task, of one that is trained first.</summary>
    public TaskSettings? Task { get; init; }

    /// <summary>Steps of training it first; null for those of the run.</summary>
    public int? Steps { get; init; }
}

/// <summary>Where texts come from and what becomes of them.</summary>
public sealed record DataSettings
{
    /// <summary>Folder that the files of task declarations are in.</summary>
    /// <value>The default is null: every task then names its files.</value>
    public string? Folder { get; init; }

    /// <summary>Tokenizer file or folder.</summary>
    /// <value>The default is null: the model's folder.</value>
    public string? Tokenizer { get; init; }

    /// <summary>Tokens of a text at most, end of sequence included; the prompt comes on top.</summary>
    /// <value>The default is 256.</value>
    public int SourceLength { get; init; } = 256;
}

/// <summary>Everything a training run is told.</summary>
public sealed record RunConfiguration
{
    /// <summary>The method where the configuration names none.</summary>
    public const string DefaultMethod = "crosspt";

    /// <summary>Largest batch, length and count a configuration may ask for.</summary>
    internal const int Largest = 1 << 20;

    /// <summary>Name of the run: the configuration file's.</summary>
    public required string Name { get; init; }

    /// <summary>What messages about the configuration as a whole name: its file.</summary>
    public string Place { get; init; } = "configuration";

    /// <summary>Model folder.</summary>
    public required string Model { get; init; }

    /// <summary>The model as the configuration writes it, which may be a name and no path; null where a program made the configuration.</summary>
    public string? ModelText { get; init; }

    /// <summary>Whether <see cref="Model"/> was found by <see cref="ModelText"/> and is not where that leads as a path.</summary>
    public bool IsModelNamed { get; init; }

    /// <summary>How target prompts are made.</summary>
    public MethodDefinition Method { get; init; } = MethodDefinition.Find(DefaultMethod);

    /// <summary>The tasks.</summary>
    public required IReadOnlyList<TaskSettings> Tasks { get; init; }

    /// <summary>The source prompts.</summary>
    public required IReadOnlyList<SourceSelection> Sources { get; init; }

    /// <summary>What all randomness comes from.</summary>
    /// <value>The default is 1.</value>
    public long Seed { get; init; } = 1;

    /// <summary>The prompts.</summary>
    public PromptSettings Prompt { get; init; } = new();

    /// <summary>The router.</summary>
    public RouterSettings Router { get; init; } = new();

    /// <summary>How it is trained.</summary>
    public TrainingSettings Training { get; init; } = new();

    /// <summary>How it is evaluated.</summary>
    public EvaluationSettings Evaluation { get; init; } = new();

    /// <summary>Texts.</summary>
    public DataSettings Data { get; init; } = new();

    /// <summary>The run folder; null for <c>runs/NAME-SEED</c> in the current folder.</summary>
    public string? Out { get; init; }

    /// <summary>Whether the model itself is trained, and no prompt.</summary>
    public bool TrainsModel => !Method.HasPrompts;

    /// <summary>The run folder, whether given or not.</summary>
    public string OutFolder => Out ?? Path.Combine("runs", $"{Name}-{Seed}");

    /// <summary>Reads a configuration file and lays overrides over it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overrides">Each <c>path=value</c>.</param>
    /// <exception cref="ConfigurationException">The file cannot be read, or a key or value is wrong; the message names the place.</exception>
    public static RunConfiguration Load(string path, params IEnumerable<string> overrides) =>
        RunConfigurationReader.Read(ConfigReader.ReadFile(path, overrides), Path.GetFileNameWithoutExtension(path), path);

    /// <summary>Reads a configuration.</summary>
    /// <param name="value">The whole of it.</param>
    /// <param name="name">Name of the run.</param>
    /// <exception cref="ConfigurationException">A key or value is wrong; the message names the place.</exception>
    public static RunConfiguration Read(ConfigValue value, string name) => RunConfigurationReader.Read(value, name, name);
}
