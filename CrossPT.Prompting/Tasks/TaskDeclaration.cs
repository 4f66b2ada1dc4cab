using System.Text.Json;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Prompting.Tasks;

/// <summary>
/// What a classification task is: its fields, how they become text, its label words, its metrics. The built-in tasks are written in the same JSON as
/// a task of one's own.
/// </summary>
/// <example>
/// <code>
/// { "name": "rte", "fields": ["sentence1", "sentence2"], "template": "sentence1: {sentence1} sentence2: {sentence2}",
///   "labels": { "0": "entailment", "1": "not_entailment" }, "metrics": ["accuracy"],
///   "files": { "train": "glue/rte/train.jsonl", "validation": "glue/rte/validation.jsonl" } }
/// </code>
/// </example>
public sealed class TaskDeclaration
{
    private readonly TaskTemplate _template;

    private TaskDeclaration(string name, string[] fields, TaskTemplate template, string labelField, TaskLabel[] labels, TaskMetric[] metrics)
    {
        (Name, Fields, _template, LabelField, Labels, Metrics) = (name, fields, template, labelField, labels, metrics);
    }

    /// <summary>What configurations, prompts and reports call it.</summary>
    public string Name { get; }

    /// <summary>Fields of a row that hold text.</summary>
    public IReadOnlyList<string> Fields { get; }

    /// <summary>How they become one text: <c>sentence1: {sentence1} sentence2: {sentence2}</c>, which is also what an absent template means.</summary>
    public string Template => _template.Text;

    /// <summary>Field of a row that holds the label.</summary>
    /// <value>The default is <c>label</c>.</value>
    public string LabelField { get; }

    /// <summary>The labels, in order; F1 takes the second of two for the positive one.</summary>
    public IReadOnlyList<TaskLabel> Labels { get; }

    /// <summary>What is measured.</summary>
    /// <value>The default is accuracy.</value>
    public IReadOnlyList<TaskMetric> Metrics { get; }

    /// <summary>Training rows: a JSON-lines file in the data folder; null where only the configuration says.</summary>
    public string? TrainFile { get; private init; }

    /// <summary>Validation rows.</summary>
    public string? ValidationFile { get; private init; }

    /// <summary>Reads a declaration file.</summary>
    /// <exception cref="ConfigurationException">It cannot be read, or is no declaration.</exception>
    public static TaskDeclaration Load(string path) => Read(ConfigReader.ReadFile(path));

    /// <summary>Reads a declaration.</summary>
    /// <exception cref="ConfigurationException">It is none.</exception>
    public static TaskDeclaration Read(ConfigValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        ConfigSection section = value.AsSection().Only("name", "fields", "template", "label", "labels", "metrics", "files");
        string name = section.Require("name", "the task's name").AsString();
        if (name.Length == 0) throw section.Require("name", "").Wrong("a name");
        ConfigValue fieldList = section.Require("fields", "the fields of a row that hold text");
        string[] fields = [.. fieldList.AsList().Select(static field => field.AsString())];
        if (fields.Length == 0 || fields.Distinct().Count() < fields.Length) throw fieldList.Wrong("one field or more, each once");
        TaskTemplate template = section.TryGet("template", out ConfigValue? text)
            ? TaskTemplate.Parse(text.AsString(), fields) ?? throw text.Wrong($"text with fields in braces, of {string.Join(", ", fields)}; {{{{ for a brace")
            : TaskTemplate.Default(fields);
        string labelField = section.TryGet("label", out ConfigValue? label) ? label.AsString() : "label";
        ConfigValue labelSection = section.Require("labels", "a section of label words by label");
        labelSection.AsSection();
        TaskLabel[] labels = [.. labelSection.Members.Select(static member => new TaskLabel(member.Name, member.Value.AsString()))];
        if (labels.Length < 2 || labels.Any(static one => one.Word.Length == 0)) throw labelSection.Wrong("two labels or more, each with a word");
        TaskMetric[] metrics = section.TryGet("metrics", out ConfigValue? metricList)
            ? [.. metricList.AsList().Select(one => ReadMetric(one, labels.Length))]
            : [TaskMetric.Accuracy];
        ConfigSection files = section.Section("files").Only("train", "validation");
        TaskDeclaration task = new(name, fields, template, labelField, labels, metrics)
        {
            TrainFile = files.TryGet("train", out ConfigValue? train) ? train.AsString() : null,
            ValidationFile = files.TryGet("validation", out ConfigValue? validation) ? validation.AsString() : null,
        };
        return task;
    }

    /// <summary>The same task under another name.</summary>
    public TaskDeclaration WithName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new TaskDeclaration(name, [.. Fields], _template, LabelField, [.. Labels], [.. Metrics]) { TrainFile = TrainFile, ValidationFile = ValidationFile };
    }

    /// <summary>The text of a row.</summary>
    /// <param name="fields">The text of each field.</param>
    /// <exception cref="ArgumentException">A field is missing; the message names it.</exception>
    public string Format(IReadOnlyDictionary<string, string> fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        foreach (string field in Fields)
        {
            if (!fields.ContainsKey(field)) throw new ArgumentException($"The task '{Name}' needs the field \"{field}\".", nameof(fields));
        }
        return _template.Format(fields);
    }

    /// <summary>Place of a label as the data spells it, or −1.</summary>
    public int IndexOf(string labelValue)
    {
        for (int i = 0; i < Labels.Count; i++)
        {
            if (Labels[i].Value == labelValue) return i;
        }
        return -1;
    }

    /// <summary>Writes the declaration as <see cref="Read"/> takes it.</summary>
    public void Write(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject();
        json.WriteString("name", Name);
        json.WriteStartArray("fields");
        foreach (string field in Fields) json.WriteStringValue(field);
        json.WriteEndArray();
        json.WriteString("template", Template);
        json.WriteString("label", LabelField);
        json.WriteStartObject("labels");
        foreach (TaskLabel label in Labels) json.WriteString(label.Value, label.Word);
        json.WriteEndObject();
        json.WriteStartArray("metrics");
        foreach (TaskMetric metric in Metrics) json.WriteStringValue(TaskMetrics.NameOf(metric));
        json.WriteEndArray();
        json.WriteStartObject("files");
        if (TrainFile is not null) json.WriteString("train", TrainFile);
        if (ValidationFile is not null) json.WriteString("validation", ValidationFile);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static TaskMetric ReadMetric(ConfigValue value, int labels)
    {
        TaskMetric metric = TaskMetrics.Parse(value.AsChoice(TaskMetrics.Names));
        return metric != TaskMetric.F1 || labels == 2 ? metric : throw value.Wrong($"a metric of {labels} labels: f1 is one of two");
    }
}
