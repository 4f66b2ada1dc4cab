using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Tasks.Reading;

namespace CrossPT.Prompting.Tasks;

/// <summary>Reads a declaration, key by key.</summary>
internal static class TaskDeclarationReader
{
    private const string NameKey = "name";

    /// <summary>The keys of a declaration in a configuration, where the task beside it has the name.</summary>
    private static readonly string[] s_keys =
    [
        "fields", "template", "label", "labels", "scale", "candidates", "spellings", "dropLabels", "maps",
        "instruction", "group", "transform", "metrics", "splits", "files",
    ];

    /// <summary>What is measured of scores where nothing is said.</summary>
    public static IReadOnlyList<TaskMetric> OfScores { get; } =
    [
        TaskMetric.Pearson, TaskMetric.Spearman, TaskMetric.RootMeanSquaredError, TaskMetric.MeanAbsoluteError,
    ];

    public static TaskDeclaration Read(ConfigValue value)
    {
        ConfigSection section = value.AsSection().Only([NameKey, .. s_keys]);
        return Read(section, Name(section.Require(NameKey, "the task's name")));
    }

    /// <summary>Reads one that has no name of its own.</summary>
    public static TaskDeclaration ReadInline(ConfigValue value) => Read(value.AsSection().Only(s_keys), "task");

    private static TaskDeclaration Read(ConfigSection section, string name)
    {
        ConfigValue fieldList = section.Require("fields", "the fields of a row that hold text");
        string[] fields = [.. fieldList.AsList().Select(static field => field.AsString())];
        if (fields.Length == 0 || fields.Distinct().Count() < fields.Length)
            throw fieldList.Wrong("one field or more, each once");
        TaskTemplate template = section.TryGet("template", out ConfigValue? text)
            ? TaskTemplate.Parse(text.AsString(), fields)
                ?? throw text.Wrong($"text with fields in braces, of {string.Join(", ", fields)}; {{{{ for a brace")
            : TaskTemplate.Default(fields);
        TaskScale? scale = section.TryGet("scale", out ConfigValue? scaleValue)
            ? ReadScale(scaleValue.AsSection())
            : null;
        string? candidates = section.TryGet("candidates", out ConfigValue? candidatesField)
            ? Name(candidatesField)
            : null;
        if (scale is not null && candidates is not null)
            throw candidatesField!.Wrong("nothing, as there is a \"scale\"");
        bool hasLabels = scale is null && candidates is null;
        if (!hasLabels && section.TryGet("labels", out ConfigValue? surplus))
            throw surplus.Wrong("nothing, as there is a \"scale\" or \"candidates\"");
        TaskLabel[] labels = hasLabels
            ? ReadLabels(section.Require("labels", "a section of label words by label"))
            : scale?.ToLabels() ?? [];
        string labelField = section.TryGet("label", out ConfigValue? label) ? Name(label) : "label";
        string? group = section.TryGet("group", out ConfigValue? groupField) ? Name(groupField) : null;
        TaskDeclaration task = new(name, fields, template)
        {
            LabelField = labelField,
            Labels = labels,
            Scale = scale,
            CandidatesField = candidates,
            GroupField = group,
            Transform = section.TryGet("transform", out ConfigValue? transform)
                ? transform.AsChoice(RowTransforms.Names)
                : null,
            Instruction = section.TryGet("instruction", out ConfigValue? instruction) ? instruction.AsString() : null,
            DroppedLabels = section.TryGet("dropLabels", out ConfigValue? dropped)
                ? [.. dropped.AsList().Select(static one => one.AsString())]
                : [],
            Spellings = section.TryGet("spellings", out ConfigValue? spellings)
                ? TaskLocationJson.ReadSpellings(spellings, labels)
                : new Dictionary<string, string>(),
            Maps = section.TryGet("maps", out ConfigValue? maps)
                ? ReadMaps(maps, labels)
                : new Dictionary<string, IReadOnlyList<string>>(),
        };
        return Complete(task, section);
    }

    private static TaskDeclaration Complete(TaskDeclaration task, ConfigSection section)
    {
        TaskMetric[] metrics = section.TryGet("metrics", out ConfigValue? list)
            ? [.. list.AsList().Select(one => ReadMetric(one, task))]
            : task.Kind switch
            {
                TaskKind.Scores => [.. OfScores],
                TaskKind.Candidates => [TaskMetric.ExactMatch],
                _ => [TaskMetric.Accuracy],
            };
        if (metrics.Length == 0 || metrics.Distinct().Count() < metrics.Length)
            throw list!.Wrong("one metric or more, each once");
        if (TaskMetrics.IsError(metrics[0]))
            throw list!.AsList()[0].Wrong("pearson or spearman before it: the first metric chooses the best step");
        string[] needed =
        [
            .. ((string?[])[.. task.Fields, task.LabelField, task.CandidatesField, task.GroupField]).OfType<string>()
                .Distinct(),
        ];
        ConfigSection files = section.Section("files").Only("train", "validation", "test");
        DataSplit? splits = section.TryGet("splits", out ConfigValue? rule) ? DataSplit.Read(rule) : null;
        foreach (string part in (string[])["validation", "test"])
        {
            if (splits?.Shares is not null && files.TryGet(part, out ConfigValue? surplus))
                throw surplus.Wrong("none beside \"splits\" that divide the training file");
        }
        return task with
        {
            Metrics = metrics,
            Train = Locations("train"),
            Validation = Locations("validation"),
            Test = Locations("test"),
            Splits = splits,
        };

        TaskLocation[] Locations(string key) =>
            files.TryGet(key, out ConfigValue? value) ? TaskLocationJson.ReadAll(value, needed, task.Labels) : [];
    }

    private static TaskLabel[] ReadLabels(ConfigValue value)
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

    private static TaskScale ReadScale(ConfigSection section)
    {
        section.Only("minimum", "maximum", "step");
        double minimum = section.Require("minimum", "the least score").AsDouble(-1e6, 1e6);
        double maximum = section.Require("maximum", "the greatest score").AsDouble(-1e6, 1e6);
        double step = section.Require("step", "what scores are rounded to").AsDouble(1e-6, 1e6);
        if (!(minimum < maximum) || (maximum - minimum) / step >= TaskScale.MostWords)
            throw section.Value.Wrong($"a maximum above the minimum, {TaskScale.MostWords} steps apart at most");
        return new TaskScale(minimum, maximum, step);
    }

    private static Dictionary<string, IReadOnlyList<string>> ReadMaps(ConfigValue value, TaskLabel[] labels)
    {
        value.AsSection();
        return value.Members.ToDictionary(static member => member.Name, member =>
        {
            if (member.Name == LabelMaps.Declared)
                throw member.Value.Wrong($"a map of another name: \"{member.Name}\" is the words as declared");
            return LabelMaps.ReadWords(member.Value, labels);
        });
    }

    private static TaskMetric ReadMetric(ConfigValue value, TaskDeclaration task)
    {
        TaskMetric metric = TaskMetrics.Parse(value.AsChoice(TaskMetrics.Names));
        string? problem = TaskMetrics.Misfit(metric, task);
        return problem is null ? metric : throw value.Wrong(problem);
    }

    private static string Name(ConfigValue value)
    {
        string name = value.AsString();
        return name.Length > 0 ? name : throw value.Wrong("a name");
    }
}
