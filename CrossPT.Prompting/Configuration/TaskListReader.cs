using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Configuration;

/// <summary>Reads the list <c>tasks</c>.</summary>
internal static class TaskListReader
{
    public static TaskSettings[] Read(ConfigValue list)
    {
        List<TaskSettings> tasks = [];
        foreach (ConfigValue value in list.AsList())
        {
            TaskSettings task = TaskSettings.Read(value);
            if (tasks.Any(other => other.Name == task.Name)) throw value.AsSection().Require("name", "a name").Wrong("a task that is not there already");
            tasks.Add(task);
        }
        return tasks.Count > 0 ? [.. tasks] : throw list.Wrong("one task or more");
    }

    /// <summary>A task to train a source prompt on, by name or with all that a target task may say; without shots, on all its rows.</summary>
    public static TaskSettings ReadSource(ConfigValue value)
    {
        if (value.Kind == ConfigKind.String)
        {
            string name = value.AsString();
            return BuiltInTasks.Find(name) is not null
                ? new TaskSettings(name) { Shots = null }
                : throw value.Wrong($"{BuiltInTasks.ExpectedFor(name)}, or a section with a \"declaration\"");
        }
        TaskSettings task = TaskSettings.Read(value);
        return value.AsSection().TryGet("shots", out _) ? task : task with { Shots = null };
    }
}
