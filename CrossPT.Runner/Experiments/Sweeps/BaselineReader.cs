using CrossPT.Prompting.Configuration;

namespace CrossPT.Runner.Experiments.Sweeps;

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
