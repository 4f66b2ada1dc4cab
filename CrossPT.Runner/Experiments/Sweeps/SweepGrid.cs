using System.Text.Json.Serialization;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>A grid: a configuration and the axes over it, which all multiply.</summary>
internal sealed record SweepGrid : ICheckedRecord
{
    /// <summary>The schema that editors check the file against; ignored.</summary>
    [JsonPropertyName("$schema")]
    public string? Schema { get; set; }

    /// <summary>Name of the sweep, which is its folder's.</summary>
    /// <value>The default is the file's name.</value>
    public string Name { get; set; } = "";

    /// <summary>Title in reports.</summary>
    public string? Title { get; set; }

    /// <summary>A paragraph for reports.</summary>
    public string? About { get; set; }

    /// <summary>The configuration that every run starts from: a file, or the whole of it.</summary>
    [RequiredSetting("a configuration file, or a whole configuration"), BaseConfiguration]
    public ConfigValue Configuration { get; set; } = null!;

    /// <summary>Lists of values by path, each an axis.</summary>
    [GridAxes(GridSchema.Lists)]
    public IReadOnlyList<GridAxis> Product { get; set; } = [];

    /// <summary>Groups of lists of one length that advance together, each an axis.</summary>
    [GridAxes(GridSchema.Groups)]
    public IReadOnlyList<GridAxis> Zip { get; set; } = [];

    /// <summary>A list of named settings, which is an axis; or several such lists.</summary>
    [GridAxes(GridSchema.Variants)]
    public IReadOnlyList<GridAxis> Variants { get; set; } = [];

    /// <summary>The baseline as written: the name of a variant, or values of some axes.</summary>
    [JsonPropertyName("baseline"), GridFormat(GridSchema.Baseline)]
    public ConfigValue? GivenBaseline { get; set; }

    /// <summary>The file, for messages.</summary>
    [JsonIgnore]
    public string Place { get; private set; } = "";

    /// <summary>The whole document, which the sweep's folder keeps.</summary>
    [JsonIgnore]
    public ConfigValue Document { get; private set; } = null!;

    /// <summary>The axes in the order of the document; the last one changes fastest.</summary>
    [JsonIgnore]
    public IReadOnlyList<GridAxis> Axes { get; private set; } = [];

    /// <summary>The baseline's labels by axis; null where the grid has none.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, string>? Baseline { get; private set; }

    /// <summary>
    /// Reads and checks the grid itself; the configurations of its runs are read by <see cref="SweepPlan.Expand"/>.
    /// </summary>
    /// <exception cref="ConfigurationException">
    /// The file cannot be read, or a key or value is wrong; the message names the place.
    /// </exception>
    public static SweepGrid Load(string path)
    {
        ConfigValue document = ConfigReader.ReadFile(path);
        SweepGrid grid = new() { Place = path, Document = document };
        ConfigRecord.Read(document.AsSection(), grid, GridTypes.Default.SweepGrid);
        if (grid.Name.Length == 0) grid.Name = RunNames.ToFolder(Path.GetFileNameWithoutExtension(path));
        return grid;
    }

    void ICheckedRecord.Check(ConfigSection section)
    {
        if (section.TryGet("name", out ConfigValue? name) && (Name.Length == 0 || RunNames.ToFolder(Name) != Name))
            throw name.Wrong("a name of letters, digits and . _ - = , + that can be a folder's on every system");
        List<GridAxis> axes = [];
        foreach ((string key, _) in section.Value.Members)
        {
            if (key == "product") axes.AddRange(Product);
            else if (key == "zip") axes.AddRange(Zip);
            else if (key == "variants") axes.AddRange(Variants);
        }
        CheckPaths(axes);
        Axes = axes;
        if (GivenBaseline is not null) Baseline = BaselineReader.Read(GivenBaseline, axes);
    }

    /// <summary>Two axes that set the same would hide each other.</summary>
    private static void CheckPaths(List<GridAxis> axes)
    {
        Dictionary<string, GridAxis> owners = [];
        foreach (GridAxis axis in axes)
        {
            foreach ((string path, ConfigValue value) in axis.Choices.SelectMany(static choice => choice.Settings))
            {
                if (path == "out" || path.StartsWith("out.", StringComparison.Ordinal))
                    throw BaseConfigurationAttribute.OwnFolder(value);
                if (owners.TryAdd(path, axis) || ReferenceEquals(owners[path], axis)) continue;
                throw new ConfigurationException(
                    value.Place, $"{path} is set by two axes, {owners[path].Name} and {axis.Name}, expected one");
            }
        }
    }
}

/// <summary>The keys of a grid, with the metadata that the compiler generates for them.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(SweepGrid))]
internal sealed partial class GridTypes : JsonSerializerContext;

/// <summary>One way in which the runs of a sweep differ.</summary>
/// <param name="Name">The path that it sets; of several that advance together, all of them; <c>variant</c> for named
/// settings.</param>
/// <param name="Choices">Its values, in order.</param>
internal sealed record GridAxis(string Name, IReadOnlyList<GridChoice> Choices);

/// <summary>One value of an axis.</summary>
/// <param name="Label">The value as tables show it; a variant's name.</param>
/// <param name="NamePart">Its part of the name of a run.</param>
/// <param name="Settings">Configuration paths and their values.</param>
internal sealed record GridChoice(
    string Label, string NamePart, IReadOnlyList<(string Path, ConfigValue Value)> Settings);

/// <summary>A value of an axis as names and tables show it.</summary>
internal static class GridLabel
{
    /// <summary>
    /// A string's characters, a number as it was written; lists and sections as JSON without its quotation marks.
    /// </summary>
    public static string Of(ConfigValue value)
    {
        if (value.Kind == ConfigKind.Null) return "null";
        if (value.Kind is not (ConfigKind.List or ConfigKind.Section)) return value.Text;
        return ConfigJson.Text(value).Replace("\"", "", StringComparison.Ordinal);
    }
}

/// <summary>A configuration file, or a configuration written out.</summary>
internal sealed class BaseConfigurationAttribute() : GridFormatAttribute(GridSchema.Configuration)
{
    public override object Read(ConfigValue value)
    {
        ConfigValue configuration = value.Kind == ConfigKind.String ? ConfigReader.ReadFile(value.AsPath())
            : value.Kind == ConfigKind.Section ? value.At("")
            : throw value.Wrong("a configuration file, or a section { … }");
        return configuration.AsSection().TryGet("out", out ConfigValue? folder)
            ? throw OwnFolder(folder)
            : configuration;
    }

    public static ConfigurationException OwnFolder(ConfigValue value) =>
        new(value.Place, "out: a sweep gives every run a folder of its own, expected no \"out\"");
}

/// <summary>Axes: the key of a grid says in which of three forms.</summary>
internal sealed class GridAxesAttribute(string schema) : GridFormatAttribute(schema)
{
    public override object Read(ConfigValue value) => (value.Key switch
    {
        "product" => GridAxisReader.ReadProduct(value),
        "zip" => GridAxisReader.ReadZip(value),
        _ => GridAxisReader.ReadVariants(value),
    }).ToArray();
}

/// <summary>A value that is kept until all axes are read.</summary>
/// <param name="schema">Its forms.</param>
internal class GridFormatAttribute(string schema) : ValueFormatAttribute
{
    public override string Schema => schema;

    public override object Read(ConfigValue value) => value;

    /// <summary>Nothing: a sweep's folder keeps the grid as it was read.</summary>
    public override ConfigValue? Write(object? value) => null;
}

/// <summary>The forms of a grid's values; keys within are paths of a configuration or names of axes.</summary>
internal static class GridSchema
{
    public const string Configuration = """{ "anyOf": [{ "type": "string" }, { "$ref": "crosspt.schema.json" }] }""";
    public const string Lists =
        """{ "type": "object", "additionalProperties": { "type": "array", "minItems": 1 } }""";
    public const string Groups = $$"""{ "type": "array", "items": {{Lists}} }""";
    public const string Variants =
        $$"""{ "type": "array", "minItems": 1, "items": { "anyOf": [{{Variant}}, {{List}}] } }""";
    public const string Baseline = """{ "type": ["string", "object"] }""";

    private const string List = $$"""{ "type": "array", "minItems": 1, "items": {{Variant}} }""";
    private const string Variant = """
        {
          "type": "object",
          "properties": { "name": { "type": "string" }, "set": { "type": "object" } },
          "required": ["name"],
          "additionalProperties": false
        }
        """;
}

/// <summary>Reads the axes of a grid: products, lists that advance together, named variants.</summary>
internal static class GridAxisReader
{
    /// <summary>Axis name of the first list of variants; of a second one, <c>variant2</c>.</summary>
    public const string Variant = "variant";

    /// <summary>Every path is an axis.</summary>
    public static IEnumerable<GridAxis> ReadProduct(ConfigValue product)
    {
        product.AsSection();
        foreach ((string path, ConfigValue values) in product.Members)
        {
            CheckPath(path, values);
            yield return Checked(
                new GridAxis(path, [.. Values(path, values).Select(value => One(path, value))]), values);
        }
    }

    /// <summary>Every group is an axis: its lists have one length and advance together.</summary>
    public static IEnumerable<GridAxis> ReadZip(ConfigValue zip)
    {
        foreach (ConfigValue group in zip.AsList())
        {
            group.AsSection();
            if (group.Members.Count == 0) throw group.Wrong("a section of paths and their lists");
            (string first, ConfigValue shortest) = group.Members[0];
            int count = Values(first, shortest).Count;
            foreach ((string path, ConfigValue values) in group.Members)
            {
                CheckPath(path, values);
                if (Values(path, values).Count == count) continue;
                throw new ConfigurationException(
                    values.Place,
                    $"{path}: found {values.Describe()}, expected one of {count} like {first}, with which it advances");
            }
            IReadOnlyList<ConfigValue>[] lists = [.. group.Members.Select(static member => member.Value.AsList())];
            GridChoice[] choices =
            [
                .. Enumerable.Range(0, count)
                    .Select(
                        i => Together([.. group.Members.Select((member, place) => One(member.Name, lists[place][i]))])),
            ];
            yield return Checked(
                new GridAxis(string.Join('+', group.Members.Select(static member => member.Name)), choices), group);
        }
    }

    /// <summary>A list of named settings is an axis; a list of such lists is several.</summary>
    public static IEnumerable<GridAxis> ReadVariants(ConfigValue variants)
    {
        IReadOnlyList<ConfigValue> elements = variants.AsList();
        ConfigValue[] lists = elements.Count > 0 && elements[0].Kind == ConfigKind.List ? [.. elements] : [variants];
        for (int i = 0; i < lists.Length; i++)
        {
            string name = i == 0 ? Variant : FormattableString.Invariant($"{Variant}{i + 1}");
            IReadOnlyList<ConfigValue> values = lists[i].AsList();
            if (values.Count == 0) throw lists[i].Wrong("one variant or more");
            yield return Checked(new GridAxis(name, [.. values.Select(ReadVariant)]), lists[i]);
        }
    }

    private static GridChoice ReadVariant(ConfigValue value)
    {
        ConfigSection section = value.AsSection().Only("name", "set");
        ConfigValue name = section.Require("name", "the variant's name");
        if (string.IsNullOrWhiteSpace(name.AsString())) throw name.Wrong("a name");
        List<(string, ConfigValue)> settings = [];
        foreach ((string path, ConfigValue setting) in section.Section("set").Value.Members)
        {
            CheckPath(path, setting);
            settings.Add((path, setting));
        }
        return new GridChoice(name.AsString(), name.AsString(), settings);
    }

    private static GridChoice One(string path, ConfigValue value)
    {
        string label = GridLabel.Of(value);
        // Brackets mean something to shells.
        return new GridChoice(
            label,
            $"{path.Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal)}={label}",
            [(path, value)]);
    }

    private static GridChoice Together(GridChoice[] choices) => new(
        string.Join('+', choices.Select(static choice => choice.Label)),
        string.Join(',', choices.Select(static choice => choice.NamePart)),
        [.. choices.SelectMany(static choice => choice.Settings)]);

    private static IReadOnlyList<ConfigValue> Values(string path, ConfigValue values)
    {
        if (values.Kind != ConfigKind.List)
            throw new ConfigurationException(
                values.Place, $"{path}: found {values.Describe()}, expected a list [ … ] of what it is to be");
        return values.AsList() is { Count: > 0 } some
            ? some
            : throw new ConfigurationException(
                values.Place, $"{path}: found an empty list, expected one value or more");
    }

    private static void CheckPath(string path, ConfigValue value)
    {
        if (ConfigPath.Parse(path) is null)
            throw new ConfigurationException(
                value.Place, $"\"{path}\" is no key, expected one such as training.steps or tasks[0].shots");
    }

    private static GridAxis Checked(GridAxis axis, ConfigValue place)
    {
        HashSet<string> labels = [];
        foreach (GridChoice choice in axis.Choices)
        {
            if (labels.Add(choice.Label)) continue;
            string where = choice.Settings.Count > 0 ? choice.Settings[0].Value.Place : place.Place;
            throw new ConfigurationException(
                where, $"{axis.Name}: \"{choice.Label}\" stands there twice, expected every value once");
        }
        return axis;
    }
}

/// <summary>Reads what runs are compared with: the name of a variant, or values of some axes.</summary>
internal static class BaselineReader
{
    /// <summary>Labels by axis.</summary>
    public static IReadOnlyDictionary<string, string> Read(ConfigValue value, IReadOnlyList<GridAxis> axes)
    {
        if (value.Kind == ConfigKind.String) return ReadVariant(value, axes);
        if (value.Kind != ConfigKind.Section || value.Members.Count == 0)
            throw value.Wrong("the name of a variant, or a section of axes and their values");
        Dictionary<string, string> baseline = [];
        foreach ((string key, ConfigValue setting) in value.Members)
        {
            string label = GridLabel.Of(setting);
            (GridAxis axis, GridChoice choice) = Find(key, label, setting, axes);
            if (!baseline.TryAdd(axis.Name, choice.Label) && baseline[axis.Name] != choice.Label)
                throw new ConfigurationException(
                    setting.Place,
                    $"baseline: {key} and what stands before it are values of one axis that never come together");
        }
        return baseline;
    }

    private static Dictionary<string, string> ReadVariant(ConfigValue value, IReadOnlyList<GridAxis> axes)
    {
        // No path of a configuration is called so.
        GridAxis[] variants =
        [
            .. axes.Where(static axis => axis.Name.StartsWith(GridAxisReader.Variant, StringComparison.Ordinal)),
        ];
        foreach (GridAxis axis in variants)
        {
            if (axis.Choices.Any(choice => choice.Label == value.AsString()))
                return new() { [axis.Name] = value.AsString() };
        }
        string[] known = [.. variants.SelectMany(static axis => axis.Choices).Select(static choice => choice.Label)];
        throw value.Wrong(known.Length == 0
            ? "a section of axes and their values, for the grid has no variants"
            : NearestName.Near(value.AsString(), known) is { } near
                ? $"the name of a variant, the nearest one is \"{near}\""
                : $"the name of a variant: {string.Join(", ", known)}");
    }

    /// <summary>The choice of an axis by its name, or by one of the paths that advance together in it.</summary>
    private static (GridAxis Axis, GridChoice Choice) Find(
        string key, string label, ConfigValue setting, IReadOnlyList<GridAxis> axes)
    {
        foreach (GridAxis axis in axes)
        {
            bool isPath = axis.Name != key && axis.Choices.All(choice => choice.Settings.Any(one => one.Path == key));
            if (axis.Name != key && !isPath) continue;
            foreach (GridChoice choice in axis.Choices)
            {
                if ((isPath
                    ? GridLabel.Of(choice.Settings.First(one => one.Path == key).Value)
                    : choice.Label) == label) return (axis, choice);
            }
            string known = string.Join(", ", axis.Choices.Select(static choice => choice.Label));
            throw new ConfigurationException(
                setting.Place,
                $"baseline.{key}: found {setting.Describe()}, expected one of the values of that axis: {known}");
        }
        string[] names = [.. axes.Select(static axis => axis.Name)];
        string nearest = names.Length == 0
            ? "which has none"
            : NearestName.Near(key, names) is { } near
                ? $"the nearest one is \"{near}\""
                : $"expected one of {string.Join(", ", names)}";
        throw new ConfigurationException(setting.Place, $"baseline: \"{key}\" is no axis of the grid, {nearest}");
    }
}
