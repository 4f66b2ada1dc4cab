using CrossPT.Prompting.Configuration;

namespace CrossPT.Runner.Experiments.Sweeps;

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
