using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Tasks;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Data;

/// <summary>Gives a configuration that says nothing of its data the folder that <c>pull</c> fills.</summary>
internal static class DefaultData
{
    /// <summary>The configuration with <c>data.folder</c>, where a task of it is one that <c>pull</c> knows, names no files, and none is said.</summary>
    /// <exception cref="UserException">A task's data is not there.</exception>
    public static RunConfiguration Resolve(CommandContext context, RunConfiguration configuration)
    {
        if (configuration.Data.Folder is not null) return configuration;
        TaskSettings[] tasks =
        [
            .. configuration.Tasks.Concat(configuration.Sources.Select(static source => source.Task).OfType<TaskSettings>())
                .Where(static task => task is { Declaration: null, TrainFile: null } && DataSets.All.Any(set => set.Name == task.Name)),
        ];
        if (tasks.Length == 0) return configuration;
        DataFolder folder = DataFolder.Default(context.Variable);
        foreach (TaskSettings task in tasks)
        {
            if (BuiltInTasks.Find(task.Name) is not { } declared || TaskData.Find(declared.Train, folder.Root) is not null) continue;
            throw new UserException(
                $"{configuration.Place}: no data.folder, and {folder.Root} has no rows of the task '{task.Name}'; 'crosspt pull {task.Name}' downloads them");
        }
        return configuration with { Data = configuration.Data with { Folder = folder.Root } };
    }
}
