using System.Text.Json;
using System.Text.Json.Serialization;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Tasks.Reading;

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

/// <summary>A label of a task.</summary>
/// <param name="Value">As the data spells it: <c>0</c>, or <c>positive</c>.</param>
/// <param name="Word">As the model is to write it: <c>entailment</c>.</param>
public sealed record TaskLabel(string Value, string Word);

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
public sealed record TaskDeclaration : ICheckedRecord
{
    private TaskTemplate? _template;

    /// <summary>A declaration to be read.</summary>
    public TaskDeclaration()
    {
    }

    internal TaskDeclaration(string name, IReadOnlyList<string> fields, string? template = null)
    {
        Name = name;
        Fields = fields;
        Template = template ?? TaskTemplate.Default(fields);
    }

    /// <summary>What configurations, prompts and reports call it.</summary>
    [JsonIgnore]
    public string Name { get; internal set; } = "task";

    /// <summary>Columns of a row that hold text.</summary>
    [JsonInclude, RequiredSetting("the fields of a row that hold text")]
    public IReadOnlyList<string> Fields { get; internal set; } = [];

    /// <summary>How they become one text: <c>title: {title} text: {text}</c>; <c>{{</c> is a brace.</summary>
    /// <value>The default is each field behind its name.</value>
    [JsonInclude]
    public string Template { get; internal set; } = "";

    /// <summary>Column of the label, the score or, as a list, the right answers.</summary>
    /// <value>The default is <c>label</c>.</value>
    [JsonInclude, JsonPropertyName("label")]
    public string LabelField { get; internal set; } = "label";

    /// <summary>
    /// The word that the model answers with, by label, two or more; F1 is that of the second of two.
    /// </summary>
    /// <remarks>Of scores, the words of the scale; of candidates, none.</remarks>
    [JsonInclude, LabelWords]
    public IReadOnlyList<TaskLabel> Labels { get; internal set; } = [];

    /// <summary>
    /// In place of labels: scores from <c>minimum</c> to <c>maximum</c>, rounded to a <c>step</c>; 1,024 steps at most.
    /// </summary>
    [JsonInclude]
    public TaskScale? Scale { get; internal set; }

    /// <summary>In place of labels: column with the list of answers that a row offers (JSON, Parquet).</summary>
    [JsonInclude, JsonPropertyName("candidates")]
    public string? CandidatesField { get; internal set; }

    /// <summary>Labels by other spellings in the data: <c>{ "entailment": "0" }</c>.</summary>
    [JsonInclude, TextMap]
    public IReadOnlyDictionary<string, string> Spellings { get; internal set; } = new Dictionary<string, string>();

    /// <summary>Labels whose rows are left out and counted, as SNLI's <c>-</c>; <c>""</c> is a missing one.</summary>
    [JsonInclude, JsonPropertyName("dropLabels")]
    public IReadOnlyList<string> DroppedLabels { get; internal set; } = [];

    /// <summary>Further words for the labels, by the name that the task's <c>labels</c> takes.</summary>
    [JsonInclude, LabelMap]
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Maps { get; internal set; } =
        new Dictionary<string, IReadOnlyDictionary<string, string>>();

    /// <summary>What the task asks, in plain words, for <c>"prefix": "instruction"</c>.</summary>
    [JsonInclude]
    public string? Instruction { get; internal set; }

    /// <summary>Column that the rows of one question share: they stay on one side of every split.</summary>
    [JsonInclude, JsonPropertyName("group")]
    public string? GroupField { get; internal set; }

    /// <summary>Reads rows as the makers of a benchmark wrote them.</summary>
    [JsonInclude]
    public RowTransform? Transform { get; internal set; }

    /// <summary>What is measured of labels, scores or candidates; the first metric chooses the best step.</summary>
    /// <value>
    /// The default is accuracy for labels, all four metrics of scores, or exact_match for candidates.
    /// </value>
    [JsonInclude]
    public IReadOnlyList<TaskMetric> Metrics { get; internal set; } = [TaskMetric.Accuracy];

    /// <summary>
    /// How validation and test rows come about, unless the task's own <c>splits</c> says; null is as the files suggest.
    /// </summary>
    [JsonInclude]
    public DataSplit? Splits { get; internal set; }

    /// <summary>
    /// <c>train</c>, <c>validation</c> and <c>test</c> within <c>data.folder</c>, for declarations that many
    /// configurations share.
    /// </summary>
    [JsonInclude]
    public TaskFiles? Files { get; internal set; }

    /// <summary>What a row is answered with.</summary>
    [JsonIgnore]
    public TaskKind Kind => Scale is not null ? TaskKind.Scores : CandidatesField is not null ? TaskKind.Candidates
        : TaskKind.Labels;

    /// <summary>Where training rows may lie, from the data folder; empty where only the configuration says.</summary>
    [JsonIgnore]
    public IReadOnlyList<TaskLocation> Train => Files?.Train ?? [];

    /// <summary>Where validation rows may lie.</summary>
    [JsonIgnore]
    public IReadOnlyList<TaskLocation> Validation => Files?.Validation ?? [];

    /// <summary>Where test rows with labels may lie.</summary>
    [JsonIgnore]
    public IReadOnlyList<TaskLocation> Test => Files?.Test ?? [];

    [JsonIgnore]
    internal IEnumerable<TaskLocation> Locations => [.. Train, .. Validation, .. Test];

    /// <summary>The first place of training rows, or null.</summary>
    [JsonIgnore]
    public string? TrainFile => Train.Count > 0 ? Train[0].File : null;

    /// <summary>The first place of validation rows, or null.</summary>
    [JsonIgnore]
    public string? ValidationFile => Validation.Count > 0 ? Validation[0].File : null;

    /// <summary>The columns that a file of rows must have.</summary>
    [JsonIgnore]
    internal IEnumerable<string> Columns =>
        ((string?[])[.. Fields, LabelField, CandidatesField, GroupField]).OfType<string>().Distinct();

    /// <summary>Reads a declaration file.</summary>
    /// <exception cref="ConfigurationException">It cannot be read, or is no declaration.</exception>
    public static TaskDeclaration Load(string path) => Read(ConfigReader.ReadFile(path));

    /// <summary>Reads a declaration.</summary>
    /// <exception cref="ConfigurationException">It is none.</exception>
    public static TaskDeclaration Read(ConfigValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        NamedDeclaration named = new();
        ConfigRecord.Read(value.AsSection(), named, ConfigurationTypes.Default.NamedDeclaration);
        return named.Task;
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
        _template ??= TaskTemplate.Parse(Template, Fields)
            ?? throw new InvalidOperationException($"The task '{Name}' has no template of its fields.");
        return _template.Format(fields, out literals);
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
        ConfigValue value = ToValue();
        value.Members.Insert(0, ("name", ConfigValue.Of(Name)));
        ConfigJson.Write(json, value);
    }

    /// <summary>The declaration without its name, as a configuration has it.</summary>
    internal ConfigValue ToValue() => ConfigRecord.Write(
        this with { Labels = Scale is null ? Labels : [] }, ConfigurationTypes.Default.TaskDeclaration);

    void ICheckedRecord.Check(ConfigSection section) => Check(section);

    internal void Check(ConfigSection section)
    {
        ConfigValue fields = section.Require("fields", "");
        if (Fields.Count == 0 || Fields.Distinct().Count() < Fields.Count)
            throw fields.Wrong("one field or more, each once");
        if (!section.TryGet("template", out ConfigValue? template)) Template = TaskTemplate.Default(Fields);
        if (TaskTemplate.Parse(Template, Fields) is null)
        {
            throw (template ?? fields).Wrong(template is null ? "names without braces"
                : $"text with fields in braces, of {string.Join(", ", Fields)}; {{{{ for a brace");
        }
        foreach (string key in (ReadOnlySpan<string>)["label", "candidates", "group"])
        {
            if (section.TryGet(key, out ConfigValue? column) && column.AsString().Length == 0)
                throw column.Wrong("a name");
        }
        CheckAnswers(section);
        CheckMetrics(section);
        CheckFiles(section.Section("files"));
    }

    private void CheckAnswers(ConfigSection section)
    {
        if (Scale is not null && section.TryGet("candidates", out ConfigValue? candidates))
            throw candidates.Wrong("nothing, as there is a \"scale\"");
        if (Kind == TaskKind.Labels) section.Require("labels", "a section of label words by label");
        else if (section.TryGet("labels", out ConfigValue? surplus))
            throw surplus.Wrong("nothing, as there is a \"scale\" or \"candidates\"");
        if (Scale is not null) Labels = Scale.ToLabels();
        string[] labels = [.. Labels.Select(static label => label.Value)];
        foreach ((_, ConfigValue spelling) in section.Section("spellings").Value.Members) spelling.AsChoice(labels);
        foreach ((string name, ConfigValue map) in section.Section("maps").Value.Members)
        {
            if (name == LabelMaps.Declared)
                throw map.Wrong($"a map of another name: \"{name}\" is the words as declared");
            const string Expected = "a word for every label";
            ConfigSection words = map.AsSection().Only(labels);
            foreach (string label in labels)
            {
                if (string.IsNullOrWhiteSpace(words.Require(label, Expected).AsString())) throw map.Wrong(Expected);
            }
        }
    }

    private void CheckMetrics(ConfigSection section)
    {
        if (!section.TryGet("metrics", out ConfigValue? list))
        {
            Metrics = TaskMetrics.DefaultsOf(Kind);
            return;
        }
        for (int i = 0; i < Metrics.Count; i++)
        {
            if (TaskMetrics.Misfit(Metrics[i], this) is { } misfit) throw list.Elements[i].Wrong(misfit);
        }
        if (Metrics.Count == 0 || Metrics.Distinct().Count() < Metrics.Count)
            throw list.Wrong("one metric or more, each once");
        if (TaskMetrics.IsError(Metrics[0]))
            throw list.Elements[0].Wrong("pearson or spearman before it: the first metric chooses the best step");
    }

    private void CheckFiles(ConfigSection files)
    {
        string[] columns = [.. Columns];
        string[] labels = [.. Labels.Select(static label => label.Value)];
        foreach ((string part, ConfigValue value) in files.Value.Members)
        {
            if (Splits?.Shares is not null && part != "train" && value.Kind != ConfigKind.Null)
                throw value.Wrong("none beside \"splits\" that divide the training file");
            IReadOnlyList<TaskLocation> locations =
                part == "train" ? Train : part == "validation" ? Validation : Test;
            for (int i = 0; i < locations.Count; i++)
                locations[i].Check(value.Kind == ConfigKind.List ? value.Elements[i] : value, columns, labels);
        }
    }

    /// <summary>A declaration with its name, as a file of its own and a run's record have it.</summary>
    internal sealed record NamedDeclaration : ICheckedRecord
    {
        /// <summary>What configurations, prompts and reports call the task.</summary>
        [RequiredSetting("the task's name")]
        public string Name
        {
            get => Task.Name;
            set => Task.Name = value;
        }

        /// <summary>The declaration.</summary>
        [Inline]
        public TaskDeclaration Task { get; set; } = new();

        void ICheckedRecord.Check(ConfigSection section)
        {
            if (Name.Length == 0) throw section.Require("name", "").Wrong("a name");
            Task.Check(section);
        }
    }
}

/// <summary>A section of texts by name.</summary>
/// <param name="isNumbered">Whether whole numbers, from 1, stand for themselves as text.</param>
internal sealed class TextMapAttribute(bool isNumbered = false) : ValueFormatAttribute
{
    private const int Most = 1 << 16;

    public override string Schema => isNumbered
        ? """{ "type": "object", "additionalProperties": { "type": ["string", "integer"] } }"""
        : """{ "type": "object", "additionalProperties": { "type": "string" } }""";

    public override object Read(ConfigValue value)
    {
        value.AsSection();
        return value.Members.ToDictionary(static one => one.Name, one => ReadText(one.Value));
    }

    public override ConfigValue? Write(object? value)
    {
        IReadOnlyDictionary<string, string> texts = (IReadOnlyDictionary<string, string>)value!;
        return texts.Count == 0 ? null : ConfigValue.Of([.. texts.Select(one => (one.Key, Write(one.Value)))]);
    }

    private string ReadText(ConfigValue value) => isNumbered && value.Kind == ConfigKind.Number
        ? FormattableString.Invariant($"{value.AsInt32(1, Most)}")
        : value.AsString();

    private ConfigValue Write(string text) =>
        isNumbered && TaskLocation.NumberOf(text) is { } number ? ConfigValue.OfNumber(number) : ConfigValue.Of(text);
}

/// <summary>Label words by label, in their order.</summary>
internal sealed class LabelWordsAttribute : ValueFormatAttribute
{
    public override string Schema =>
        """
        { "type": "object", "minProperties": 2, "additionalProperties": { "type": "string" } }
        """;

    public override object Read(ConfigValue value)
    {
        value.AsSection();
        TaskLabel[] labels =
        [
            .. value.Members.Select(static member => new TaskLabel(member.Name, member.Value.AsString())),
        ];
        return labels.Length < 2 || labels.Any(static one => string.IsNullOrWhiteSpace(one.Word))
            ? throw value.Wrong("two labels or more, each with a word")
            : labels;
    }

    public override ConfigValue? Write(object? value)
    {
        IReadOnlyList<TaskLabel> labels = (IReadOnlyList<TaskLabel>)value!;
        return labels.Count == 0 ? null
            : ConfigValue.Of([.. labels.Select(static label => (label.Value, ConfigValue.Of(label.Word)))]);
    }
}

/// <summary>Words by label, by the name of a map.</summary>
internal sealed class LabelMapAttribute : ValueFormatAttribute
{
    private static readonly TextMapAttribute s_words = new();

    public override string Schema => $$"""{ "type": "object", "additionalProperties": {{s_words.Schema}} }""";

    public override object Read(ConfigValue value)
    {
        value.AsSection();
        return value.Members.ToDictionary(
            static map => map.Name, static map => (IReadOnlyDictionary<string, string>)s_words.Read(map.Value));
    }

    public override ConfigValue? Write(object? value)
    {
        var maps = (IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>)value!;
        return maps.Count == 0 ? null
            : ConfigValue.Of([.. maps.Select(static map => (map.Key, s_words.Write(map.Value)!))]);
    }
}
