using CrossPT.Runner.Cli;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Hub.Data;

/// <summary>
/// The folder that <c>pull</c> fills and <c>train</c> looks into where a configuration names none: the files as their
/// makers laid them out, a record of each data set in <c>.pulled</c>, and what is not whole yet in <c>.downloads</c>.
/// </summary>
internal sealed class DataFolder(string root)
{
    public string Root => root;

    /// <summary>Downloads, locks and what is being unpacked.</summary>
    public string Downloads => Path.Combine(root, ".downloads");

    /// <summary><c>CROSSPT_DATA</c>, else <c>crosspt/data</c> in the user's cache.</summary>
    public static DataFolder Default(Func<string, string?> variable)
    {
        string path = variable("CROSSPT_DATA") is { Length: > 0 } given
            ? CacheHome.Expand(given, variable)
            : Path.Combine(CacheHome.Of(variable), "crosspt", "data");
        return new DataFolder(Path.GetFullPath(path));
    }

    /// <summary>The record of a data set that is whole.</summary>
    public string RecordOf(DataSet set) => Path.Combine(root, ".pulled", $"{set.Name}.json");

    public string LockOf(DataSet set) => Path.Combine(Downloads, $"{set.Name}.lock");

    /// <summary>Whether a data set is here, and whole.</summary>
    public bool Has(DataSet set)
        => File.Exists(RecordOf(set)) && set.Files.SelectMany(static file => file.Paths).All(IsThere);

    /// <summary>Where a path from the data folder is.</summary>
    public string PathOf(string path) => Path.Combine(root, path);

    private bool IsThere(string path)
        => path.EndsWith('/') ? Directory.Exists(PathOf(path)) : File.Exists(PathOf(path));
}
