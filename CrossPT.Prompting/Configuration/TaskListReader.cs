using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Configuration;

/// <summary>Reads the list <c>tasks</c>.</summary>
internal static class TaskListReader
{
    /// <summary>What the section <c>eachTask</c> may say for all tasks at once; the others are of one task.</summary>
    public static readonly string[] EachKeys = ["shots", "shotsPer", "balanced", "labels", "options", "prefix", "splits"];

    /// <param name="list">The list.</param>
    /// <param name="each">What a task has that does not say otherwise.</param>
    public static TaskSettings[] Read(ConfigValue list, ConfigSection each)
    {
        each.Only(EachKeys);
        List<TaskSettings> tasks = [];
        foreach (ConfigValue value in list.AsList())
        {
            TaskSettings task = TaskSettings.Read(Over(value, each.Value));
            if (tasks.Any(other => other.Name == task.Name)) throw value.AsSection().Require("name", "a name").Wrong("a task that is not there already");
            tasks.Add(task);
        }
        return tasks.Count > 0 ? [.. tasks] : throw list.Wrong("one task or more");
    }

    /// <summary>A task's section with what it does not say.</summary>
    private static ConfigValue Over(ConfigValue task, ConfigValue each)
    {
        if (task.Kind != ConfigKind.Section) return task;
        ConfigValue merged = new(ConfigKind.Section, "", task.Key, task.Place, task.Folder);
        merged.Members.AddRange(task.Members.Where(member => member.Value.Kind != ConfigKind.Null));
        merged.Members.AddRange(each.Members.Where(member => merged.Members.All(own => own.Name != member.Name)));
        return merged;
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
