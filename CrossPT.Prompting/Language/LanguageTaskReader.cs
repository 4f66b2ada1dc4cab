using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Language;

/// <summary>Rows of a task of the invented language, drawn; a file that the settings name goes before.</summary>
internal sealed class LanguageTaskReader(TaskSettings settings, TaskDeclaration task) : ITaskReader
{
    /// <inheritdoc/>
    public TaskRows? Read(TaskPart part) => settings.FileOf(part) is { } own
        ? TaskData.Read(TaskData.LocationOf(own, task), task)
        : new TaskRows(settings.Name, LanguageTasks.Rows(settings.Name, part), 0, 0);

    /// <inheritdoc/>
    public TaskDataException Missing(TaskPart part) => new(settings.Name, $"has no {part} rows, expected some");
}
