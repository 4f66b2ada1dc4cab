using System.Text.Json;
using CrossPT.Prompting.Configuration;

namespace CrossPT.Prompting.Tasks;

/// <summary>What stands before every text of a task.</summary>
public enum TaskPrefixKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The task's name: <c>rte: </c>.</summary>
    Name,

    /// <summary>The declaration's instruction.</summary>
    Instruction,

    /// <summary>A text of one's own.</summary>
    Text,
}

/// <summary>
/// The prefix of a task's texts. Evaluating under the prefix of another task shows how much rests on the prefix and how much on the prompt.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <remarks>
/// In a configuration: <c>"none"</c>, <c>"name"</c>, <c>"instruction"</c>, <c>{ "text": "Question: " }</c>; <c>{ "task": "mnli" }</c> is the name of that task,
/// <c>{ "task": "mnli", "kind": "instruction" }</c> its instruction.
/// </remarks>
public sealed record TaskPrefix(TaskPrefixKind Kind)
{
    private static readonly string[] s_names = ["none", "name", "instruction"];

    /// <summary>No prefix, which is the default everywhere.</summary>
    public static TaskPrefix None { get; } = new(TaskPrefixKind.None);

    /// <summary>The text of <see cref="TaskPrefixKind.Text"/>, put down as it stands.</summary>
    public string? Text { get; init; }

    /// <summary>Whose name or instruction it is; null for the task's own.</summary>
    public string? Task { get; init; }

    /// <summary>What tables call it.</summary>
    public string Label => Kind switch
    {
        TaskPrefixKind.Text => $"\"{Text}\"",
        TaskPrefixKind.Instruction when Task is not null => $"{Task} (instruction)",
        _ => Task ?? s_names[(int)Kind],
    };

    /// <summary>Reads a prefix.</summary>
    /// <exception cref="ConfigurationException">It is none.</exception>
    public static TaskPrefix Read(ConfigValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Kind == ConfigKind.String) return new TaskPrefix((TaskPrefixKind)Array.IndexOf(s_names, value.AsChoice(s_names)));
        if (value.Kind != ConfigKind.Section) throw value.Wrong("\"none\", \"name\", \"instruction\", { \"text\": … } or { \"task\": … }");
        ConfigSection section = value.AsSection().Only("text", "task", "kind");
        bool hasTask = section.TryGet("task", out ConfigValue? task);
        if (section.TryGet("text", out ConfigValue? text))
            return hasTask ? throw value.Wrong("\"text\" or \"task\", not both") : new TaskPrefix(TaskPrefixKind.Text) { Text = text.AsString() };
        if (!hasTask) throw value.Wrong("\"text\" or \"task\"");
        TaskPrefixKind kind = section.Choice("kind", "name", "instruction") == "name" ? TaskPrefixKind.Name : TaskPrefixKind.Instruction;
        return new TaskPrefix(kind) { Task = task!.AsString() };
    }

    /// <summary>Writes the prefix as <see cref="Read"/> takes it.</summary>
    public void Write(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (Kind == TaskPrefixKind.Text)
        {
            json.WriteStartObject();
            json.WriteString("text", Text);
            json.WriteEndObject();
        }
        else if (Task is not null)
        {
            json.WriteStartObject();
            json.WriteString("task", Task);
            json.WriteString("kind", s_names[(int)Kind]);
            json.WriteEndObject();
        }
        else json.WriteStringValue(s_names[(int)Kind]);
    }

    /// <summary>The text that stands before a task's texts.</summary>
    /// <param name="task">The task.</param>
    /// <param name="find">Finds another task by name; null looks among the built-in ones.</param>
    /// <exception cref="ArgumentException">The other task is not known, or there is no instruction.</exception>
    public string TextFor(TaskDeclaration task, Func<string, TaskDeclaration?>? find = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        TaskDeclaration whose = Task is null
            ? task
            : (find ?? BuiltInTasks.Find)(Task)
                ?? throw new ArgumentException($"The prefix of the task '{task.Name}' is that of '{Task}', which is no task here.");
        return Kind switch
        {
            TaskPrefixKind.Name => $"{whose.Name}: ",
            TaskPrefixKind.Instruction => whose.Instruction is { } instruction
                ? $"{instruction} "
                : throw new ArgumentException($"The task '{whose.Name}' has no instruction to stand before the texts of '{task.Name}'."),
            TaskPrefixKind.Text => Text ?? "",
            _ => "",
        };
    }
}
