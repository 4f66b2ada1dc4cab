using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Tasks;
using CrossPT.Runner.Cli;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Hub.Data;

/// <summary>Gives a configuration that says nothing of its data the folder that <c>pull</c> fills.</summary>
internal static class DefaultData
{
    /// <summary>
    /// The configuration with <c>data.folder</c>, where a task of it is one that <c>pull</c> knows, names no files, and
    /// none is said.
    /// </summary>
    /// <exception cref="UserException">A task's data is not there.</exception>
    public static RunConfiguration Resolve(CommandContext context, RunConfiguration configuration)
    {
        configuration = configuration with
        {
            Tasks = [.. configuration.Tasks.Select(task => WithFiles(context, task))],
            Sources = [.. configuration.Sources.Select(
                source => source.Task is { } task ? source with { Task = WithFiles(context, task) } : source)],
        };
        if (configuration.Data.Folder is not null) return configuration;
        TaskSettings[] tasks =
        [
            .. configuration.Tasks.Concat(
                configuration.Sources.Select(static source => source.Task).OfType<TaskSettings>())
                .Where(static task => task is { Declaration: null, TrainFile: null }
                    && DataSets.All.Any(set => set.Name == task.Name)),
        ];
        if (tasks.Length == 0) return configuration;
        DataFolder folder = DataFolder.Default(context.Variable);
        foreach (TaskSettings task in tasks)
        {
            if (BuiltInTasks.Find(task.Name) is not { } declared
                || TaskData.Find(declared.Train, folder.Root) is not null)
                continue;
            throw new UserException(
                $"{configuration.Place}: no data.folder, and {folder.Root} has no rows of the task '{task.Name}'; "
                + $"'crosspt pull {task.Name}' downloads them");
        }
        return configuration with { Data = configuration.Data with { Folder = folder.Root } };
    }

    /// <summary>
    /// A task with the files of its data set. The test rows of many data sets have no labels: they are used only where
    /// there are no validation rows, or a built-in task is known to need them.
    /// </summary>
    public static TaskSettings WithFiles(CommandContext context, TaskSettings task)
    {
        if (task.Dataset is null || task.TrainFile is not null) return task;
        DatasetName name = DatasetName.Parse(task.Dataset);
        string folder = HubDatasets.Find(HubSettings.Read(context.Variable), name)
            ?? throw new UserException($"{name}: is not in the cache; 'crosspt pull --dataset {name}' downloads it");
        string[] splits = [.. Directory.GetDirectories(folder).Select(Path.GetFileName).OfType<string>()];
        string train = First("train")
            ?? throw new UserException($"{name}: has no split train, only {string.Join(", ", splits)}");
        if (task.Shares is not null) return task with { TrainFile = train };
        string? validation = task.ValidationFile ?? First("validation", "validation_matched", "dev", "valid");
        bool needsTest = validation is null || BuiltInTasks.Find(task.Name)?.Splits?.Rule == SplitRule.Files;
        string? test = task.TestFile ?? (needsTest ? First("test") : null);
        return task with { TrainFile = train, ValidationFile = validation, TestFile = test };

        string? First(params string[] names) =>
            names.Select(split => Path.Combine(folder, split, "0000.parquet")).FirstOrDefault(HubCache.IsFile);
    }
}

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
