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
