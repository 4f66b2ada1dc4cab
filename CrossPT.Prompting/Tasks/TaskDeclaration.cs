using System.Text.Json;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Prompting.Tasks;

/// <summary>What a row is answered with.</summary>
public enum TaskKind
{
    /// <summary>One of the task's label words.</summary>
    Labels,

    /// <summary>A score, written as a word.</summary>
    Scores,

    /// <summary>One of the texts that the row itself offers.</summary>
    Candidates,
}

/// <summary>
/// What a task is: its fields, how they become text, its label words, its metrics, where its rows lie. The built-in
/// tasks are written in the same JSON as a task of one's own.
/// </summary>
/// <example>
/// <code>
/// { "name": "rte", "fields": ["sentence1", "sentence2"], "template": "sentence1: {sentence1} sentence2: {sentence2}",
/// "labels": { "0": "entailment", "1": "not_entailment" }, "spellings": { "entailment": "0", "not_entailment": "1" },
/// "metrics": ["accuracy"],
/// "files": { "train": ["glue/rte/train.jsonl", "RTE/train.tsv"], "validation": ["glue/rte/validation.jsonl",
/// "RTE/dev.tsv"] } }
/// </code>
/// </example>
public sealed record TaskDeclaration
{
    internal TaskDeclaration(string name, IReadOnlyList<string> fields, TaskTemplate template) =>
        (Name, Fields, TemplateParts) = (name, fields, template);

    /// <summary>What configurations, prompts and reports call it.</summary>
    public string Name { get; private init; }

    /// <summary>Fields of a row that hold text.</summary>
    public IReadOnlyList<string> Fields { get; }

    /// <summary>
    /// How they become one text: <c>sentence1: {sentence1} sentence2: {sentence2}</c>, which is also what an absent
    /// template means.
    /// </summary>
    public string Template => TemplateParts.Text;

    /// <summary>What a row is answered with.</summary>
    public TaskKind Kind => Scale is not null ? TaskKind.Scores : CandidatesField is not null ? TaskKind.Candidates
        : TaskKind.Labels;

    /// <summary>Field of a row that holds the label, the score or, as a list, the right answers.</summary>
    /// <value>The default is <c>label</c>.</value>
    public string LabelField { get; internal init; } = "label";

    /// <summary>
    /// The labels, in order, F1 taking the second of two for the positive one; those of the scale for scores; none for
    /// candidates.
    /// </summary>
    public IReadOnlyList<TaskLabel> Labels { get; internal init; } = [];

    /// <summary>The scores; null where the task has labels or candidates.</summary>
    public TaskScale? Scale { get; internal init; }

    /// <summary>Field of a row that lists its candidates; null where the task has labels or scores.</summary>
    public string? CandidatesField { get; internal init; }

    /// <summary>Other spellings of labels in the data: <c>entailment</c> for <c>0</c>.</summary>
    public IReadOnlyDictionary<string, string> Spellings { get; internal init; } = new Dictionary<string, string>();

    /// <summary>Labels whose rows are left out and counted: SNLI's <c>-</c>, where annotators did not agree.</summary>
    public IReadOnlyList<string> DroppedLabels { get; internal init; } = [];

    /// <summary>Other words for the labels, in their order, by the map's name: <see cref="LabelMaps"/>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Maps { get; internal init; } = new Dictionary<string,
        IReadOnlyList<string>>();

    /// <summary>
    /// What the task asks, in plain words: a prefix that <see cref="TaskPrefix"/> can put before every text.
    /// </summary>
    public string? Instruction { get; internal init; }

    /// <summary>Field that the rows of one question share; null where every row stands alone.</summary>
    public string? GroupField { get; internal init; }

    /// <summary>Name of what turns the rows of JSON lines into fields; null where they are fields already.</summary>
    public string? Transform { get; internal init; }

    /// <summary>What is measured.</summary>
    /// <value>The default is accuracy.</value>
    public IReadOnlyList<TaskMetric> Metrics { get; internal init; } = [TaskMetric.Accuracy];

    /// <summary>How validation and test rows come about; null is as the files there are suggest.</summary>
    public DataSplit? Splits { get; internal init; }

    /// <summary>Where training rows may lie, from the data folder; empty where only the configuration says.</summary>
    public IReadOnlyList<TaskLocation> Train { get; internal init; } = [];

    /// <summary>Where validation rows may lie.</summary>
    public IReadOnlyList<TaskLocation> Validation { get; internal init; } = [];

    /// <summary>Where test rows with labels may lie.</summary>
    public IReadOnlyList<TaskLocation> Test { get; internal init; } = [];

    /// <summary>The first place of training rows, or null.</summary>
    public string? TrainFile => Train.Count > 0 ? Train[0].File : null;

    /// <summary>The first place of validation rows, or null.</summary>
    public string? ValidationFile => Validation.Count > 0 ? Validation[0].File : null;

    internal TaskTemplate TemplateParts { get; }

    /// <summary>Reads a declaration file.</summary>
    /// <exception cref="ConfigurationException">It cannot be read, or is no declaration.</exception>
    public static TaskDeclaration Load(string path) => Read(ConfigReader.ReadFile(path));

    /// <summary>Reads a declaration.</summary>
    /// <exception cref="ConfigurationException">It is none.</exception>
    public static TaskDeclaration Read(ConfigValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return TaskDeclarationReader.Read(value);
    }

    /// <summary>The same task under another name.</summary>
    public TaskDeclaration WithName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return this with { Name = name };
    }

    /// <summary>The text of a row.</summary>
    /// <param name="fields">The text of each field.</param>
    /// <exception cref="ArgumentException">A field is missing; the message names it.</exception>
    public string Format(IReadOnlyDictionary<string, string> fields) => Format(fields, out _);

    /// <summary>The text of a row, and where in it the template's own text stands.</summary>
    internal string Format(IReadOnlyDictionary<string, string> fields, out IReadOnlyList<Range> literals)
    {
        ArgumentNullException.ThrowIfNull(fields);
        foreach (string field in Fields)
        {
            if (!fields.ContainsKey(field))
                throw new ArgumentException($"The task '{Name}' needs the field \"{field}\".", nameof(fields));
        }
        return TemplateParts.Format(fields, out literals);
    }

    /// <summary>Index of a label as the data spells it, or −1: see <see cref="LabelNames"/>.</summary>
    public int IndexOf(string labelValue)
    {
        ArgumentNullException.ThrowIfNull(labelValue);
        return new LabelNames(this, Spellings).Find(labelValue);
    }

    /// <summary>Writes the declaration as <see cref="Read"/> takes it.</summary>
    public void Write(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        TaskDeclarationWriter.Write(json, this);
    }
}
