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
/// The prefix of a task's texts. Evaluating under the prefix of another task shows how much rests on the prefix and how
/// much on the prompt.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <remarks>
/// In a configuration: <c>"none"</c>, <c>"name"</c>, <c>"instruction"</c>, <c>{ "text": "Question: " }</c>; <c>{
/// "task": "mnli" }</c> is the name of that task,
/// <c>{ "task": "mnli", "kind": "instruction" }</c> its instruction.
/// </remarks>
[TaskPrefixFormat]
public sealed record TaskPrefix(TaskPrefixKind Kind)
{
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
        _ => Task ?? Kind.ToString().ToLowerInvariant(),
    };

    /// <summary>The text that stands before a task's texts.</summary>
    /// <param name="task">The task.</param>
    /// <param name="find">Finds another task by name; null looks among the built-in ones.</param>
    /// <exception cref="ArgumentException">The other task is not known, or there is no instruction.</exception>
    public string TextFor(TaskDeclaration task, Func<string, TaskDeclaration?>? find = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        TaskDeclaration whose = Task is null
            ? task
            : (find ?? BuiltInTasks.Find)(Task) ?? throw new ArgumentException(
                $"The prefix of the task '{task.Name}' is that of '{Task}', which is no task here.");
        return Kind switch
        {
            TaskPrefixKind.Name => $"{whose.Name}: ",
            TaskPrefixKind.Instruction => whose.Instruction is { } instruction
                ? $"{instruction} "
                : throw new ArgumentException(
                    $"The task '{whose.Name}' has no instruction to stand before the texts of '{task.Name}'."),
            TaskPrefixKind.Text => Text ?? "",
            _ => "",
        };
    }
}

/// <summary>A prefix: a word, a text of one's own, or another task's name or instruction.</summary>
internal sealed class TaskPrefixFormatAttribute : ValueFormatAttribute
{
    public override string Schema =>
        """
        { "anyOf": [
          { "enum": ["none", "name", "instruction"] },
          { "type": "object", "required": ["text"], "additionalProperties": false, "properties": {
            "text": { "type": "string" } } },
          { "type": "object", "required": ["task"], "additionalProperties": false, "properties": {
            "task": { "type": "string" }, "kind": { "enum": ["name", "instruction"] } } } ] }
        """;

    public override object Read(ConfigValue value)
    {
        if (value.Kind == ConfigKind.String)
        {
            string word = value.AsChoice("none", "name", "instruction");
            return new TaskPrefix(Enum.Parse<TaskPrefixKind>(word, ignoreCase: true));
        }
        if (value.Kind != ConfigKind.Section)
            throw value.Wrong("\"none\", \"name\", \"instruction\", { \"text\": … } or { \"task\": … }");
        ConfigSection section = value.AsSection().Only("text", "task", "kind");
        bool hasTask = section.TryGet("task", out ConfigValue? task);
        if (section.TryGet("text", out ConfigValue? text))
        {
            return hasTask
                ? throw value.Wrong("\"text\" or \"task\", not both")
                : new TaskPrefix(TaskPrefixKind.Text) { Text = text.AsString() };
        }
        if (!hasTask) throw value.Wrong("\"text\" or \"task\"");
        bool isName = section.Choice("kind", "name", "instruction") == "name";
        TaskPrefixKind kind = isName ? TaskPrefixKind.Name : TaskPrefixKind.Instruction;
        return new TaskPrefix(kind) { Task = task!.AsString() };
    }

    public override ConfigValue Write(object? value)
    {
        TaskPrefix prefix = (TaskPrefix)value!;
        ConfigValue kind = ConfigValue.Of(prefix.Kind.ToString().ToLowerInvariant());
        if (prefix.Kind == TaskPrefixKind.Text) return ConfigValue.Of([("text", ConfigValue.Of(prefix.Text ?? ""))]);
        return prefix.Task is null ? kind : ConfigValue.Of([("task", ConfigValue.Of(prefix.Task)), ("kind", kind)]);
    }
}
