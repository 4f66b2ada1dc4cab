using CrossPT.Prompting.Configuration;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>Reads a grid file.</summary>
internal static class GridReader
{
    /// <summary>
    /// Reads and checks the grid itself; the configurations that come of it are read by <see cref="SweepPlan.Expand"/>.
    /// </summary>
    /// <exception cref="ConfigurationException">The file cannot be read, or a key or value is wrong; the message names
    /// the place.</exception>
    public static SweepGrid Read(string path)
    {
        ConfigValue document = ConfigReader.ReadFile(path);
        ConfigSection root = document.AsSection()
            .Only("name", "title", "about", "configuration", "product", "zip", "variants", "baseline");
        List<GridAxis> axes = [];
        foreach ((string key, ConfigValue value) in document.Members)
        {
            if (value.Kind == ConfigKind.Null) continue;
            if (key == "product") axes.AddRange(GridAxisReader.ReadProduct(value));
            else if (key == "zip") axes.AddRange(GridAxisReader.ReadZip(value));
            else if (key == "variants") axes.AddRange(GridAxisReader.ReadVariants(value));
        }
        CheckPaths(axes);
        return new SweepGrid
        {
            Name = ReadName(root, path),
            Title = root.TryGet("title", out ConfigValue? title) ? title.AsString() : null,
            About = root.TryGet("about", out ConfigValue? about) ? about.AsString() : null,
            Place = path,
            Document = document,
            Configuration = ReadConfiguration(
                root.Require("configuration", "a configuration file, or a whole configuration")),
            Axes = axes,
            Baseline = root.TryGet("baseline", out ConfigValue? baseline) ? BaselineReader.Read(baseline, axes) : null,
        };
    }

    private static string ReadName(ConfigSection root, string path)
    {
        if (!root.TryGet("name", out ConfigValue? value))
            return RunNames.ToFolder(Path.GetFileNameWithoutExtension(path));
        string name = value.AsString();
        return RunNames.ToFolder(name) == name
            ? name
            : throw value.Wrong("a name of letters, digits and . _ - = , + that can be a folder's on every system");
    }

    private static ConfigValue ReadConfiguration(ConfigValue value)
    {
        ConfigValue configuration = value.Kind == ConfigKind.String ? ConfigReader.ReadFile(value.AsPath())
            : value.Kind == ConfigKind.Section ? value.At("")
            : throw value.Wrong("a configuration file, or a section { … }");
        if (configuration.AsSection().TryGet("out", out ConfigValue? folder)) throw OwnFolder(folder);
        return configuration;
    }

    /// <summary>Two axes that set the same would hide each other.</summary>
    private static void CheckPaths(List<GridAxis> axes)
    {
        Dictionary<string, GridAxis> owners = [];
        foreach (GridAxis axis in axes)
        {
            foreach ((string path, ConfigValue value) in axis.Choices.SelectMany(static choice => choice.Settings))
            {
                if (path == "out" || path.StartsWith("out.", StringComparison.Ordinal)) throw OwnFolder(value);
                if (owners.TryAdd(path, axis) || ReferenceEquals(owners[path], axis)) continue;
                throw new ConfigurationException(
                    value.Place, $"{path} is set by two axes, {owners[path].Name} and {axis.Name}, expected one");
            }
        }
    }

    private static ConfigurationException OwnFolder(ConfigValue value) =>
        new(value.Place, "out: a sweep gives every run a folder of its own, expected no \"out\"");
}
