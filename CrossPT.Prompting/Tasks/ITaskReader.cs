namespace CrossPT.Prompting.Tasks;

/// <summary>Which rows of a task.</summary>
public enum TaskPart
{
    /// <summary>Those that shots are drawn from.</summary>
    Train,

    /// <summary>Those that settings may be chosen by.</summary>
    Validation,

    /// <summary>Those that are kept for the end.</summary>
    Test,
}

/// <summary>Where a task's rows come from: files, or a language that makes them.</summary>
internal interface ITaskReader
{
    /// <summary>The rows of a part; null where the task has none.</summary>
    /// <exception cref="TaskDataException">A file is broken.</exception>
    TaskRows? Read(TaskPart part);

    /// <summary>What is said where rows are missing that are needed.</summary>
    TaskDataException Missing(TaskPart part);
}

/// <summary>Rows of files: those that the settings name, else the declaration's in the data folder.</summary>
internal sealed class FileTaskReader(TaskSettings settings, TaskDeclaration task, string? dataFolder) : ITaskReader
{
    /// <inheritdoc/>
    public TaskRows? Read(TaskPart part)
    {
        TaskLocation? location = settings.FileOf(part) is { } own
            ? TaskData.LocationOf(own, task)
            : dataFolder is null ? null : TaskData.Find(Declared(part), dataFolder);
        return location is null ? null : TaskData.Read(location, task);
    }

    /// <inheritdoc/>
    public TaskDataException Missing(TaskPart part)
    {
        string name = part.ToString().ToLowerInvariant();
        if (dataFolder is null)
            return new TaskDataException(
                "data.folder", $"is not given, expected it or a \"{name}\" file beside the task '{task.Name}'");
        IReadOnlyList<TaskLocation> declared = Declared(part);
        string files = string.Join(", ", declared.Select(static location => location.File));
        return declared.Count == 0
            ? new TaskDataException(
                dataFolder,
                $"the task '{task.Name}' declares no {name} file, expected one beside its name or in its declaration")
            : new TaskDataException(
                dataFolder, $"has no {name} file of the task '{task.Name}', expected one of {files}");
    }

    private IReadOnlyList<TaskLocation> Declared(TaskPart part) => part switch
    {
        TaskPart.Train => task.Train,
        TaskPart.Validation => task.Validation,
        _ => task.Test,
    };
}
