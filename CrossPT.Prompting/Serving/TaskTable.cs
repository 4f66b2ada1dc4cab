using CrossPT.Prompting.Configuration;

namespace CrossPT.Prompting.Serving;

/// <summary>
/// The tasks being served, by name, and the prompts that nobody uses any more. Tasks come and go while requests of
/// them are computed: a task removed keeps its prompts until its last request is answered.
/// </summary>
/// <param name="gate">The server's lock, taken by every member but <see cref="Tasks"/>.</param>
internal sealed class TaskTable(object gate)
{
    private readonly List<ServedPrompts> _unused = [];
    private volatile IReadOnlyDictionary<string, ServedTask> _tasks = new Dictionary<string, ServedTask>();

    /// <summary>The tasks as they are now; a later change makes another dictionary.</summary>
    public IReadOnlyDictionary<string, ServedTask> Tasks => _tasks;

    /// <summary>
    /// Adds tasks. A name that more than one of them has, or that is taken, becomes <c>RUN:TASK</c>.
    /// </summary>
    public void Add(IReadOnlyList<ServedTask> added)
    {
        lock (gate)
        {
            Dictionary<string, ServedTask> tasks = new(_tasks);
            HashSet<string> shared = [.. added.CountBy(static task => task.Name)
                .Where(static count => count.Value > 1).Select(static count => count.Key)];
            foreach (ServedTask task in added)
            {
                bool isTaken = shared.Contains(task.Name) || _tasks.ContainsKey(task.Name);
                string name = isTaken ? $"{task.Run}:{task.Name}" : task.Name;
                // Two runs of one name are told apart by a number.
                for (int i = 2; tasks.ContainsKey(name); i++) name = $"{task.Run}-{i}:{task.Name}";
                tasks.Add(name, task with { Name = name });
                task.Prompts.Users++;
            }
            _tasks = tasks;
        }
    }

    /// <summary>Adds one of a run's tasks under a name, or puts it in the place of the one that has it.</summary>
    /// <param name="name">The name.</param>
    /// <param name="found">The run's tasks.</param>
    /// <param name="folder">The run's folder, for the error.</param>
    /// <param name="task">Which of them; null for the one of that name, or the only one.</param>
    /// <exception cref="ConfigurationException">The run has no such task.</exception>
    public (ServedTask Task, bool IsReplaced) Put(
        string name, IReadOnlyList<ServedTask> found, string folder, string? task)
    {
        lock (gate)
        {
            ServedTask? chosen = found.FirstOrDefault(one => one.Name == (task ?? name));
            if (chosen is null && task is null && found.Count == 1) chosen = found[0];
            if (chosen is null)
            {
                _unused.Add(found[0].Prompts);
                string names = string.Join(", ", found.Select(static one => one.Name));
                throw new ConfigurationException(folder, $"has no task '{task ?? name}', only {names}");
            }
            Dictionary<string, ServedTask> tasks = new(_tasks);
            chosen.Prompts.Users++;
            bool isReplaced = tasks.Remove(name, out ServedTask? old);
            if (old is not null) Release(old);
            tasks.Add(name, chosen with { Name = name });
            _tasks = tasks;
            return (tasks[name], isReplaced);
        }
    }

    /// <summary>Removes a task.</summary>
    /// <returns>False where there is none of that name.</returns>
    public bool Remove(string name)
    {
        lock (gate)
        {
            Dictionary<string, ServedTask> tasks = new(_tasks);
            if (!tasks.Remove(name, out ServedTask? old)) return false;
            Release(old);
            _tasks = tasks;
            return true;
        }
    }

    /// <summary>A task whose prompts stay until it is released.</summary>
    /// <exception cref="ServingException">There is none of that name.</exception>
    public ServedTask Retain(string name)
    {
        lock (gate)
        {
            if (!_tasks.TryGetValue(name, out ServedTask? task))
                throw new ServingException(ServingProblem.UnknownTask, $"there is no task '{name}'");
            task.Prompts.Users++;
            return task;
        }
    }

    /// <summary>One user of a task's prompts less; the worker frees what nobody uses.</summary>
    public void Release(ServedTask task)
    {
        lock (gate)
        {
            if (--task.Prompts.Users > 0) return;
            _unused.Add(task.Prompts);
            Monitor.Pulse(gate);
        }
    }

    /// <summary>Prompts to be disposed.</summary>
    public ServedPrompts[] TakeUnused()
    {
        lock (gate)
        {
            ServedPrompts[] unused = [.. _unused];
            _unused.Clear();
            return unused;
        }
    }

    /// <summary>Removes all tasks and disposes their prompts.</summary>
    public void Clear()
    {
        lock (gate)
        {
            foreach (ServedPrompts prompts in _tasks.Values.Select(static task => task.Prompts).Distinct())
                prompts.Dispose();
            _tasks = new Dictionary<string, ServedTask>();
        }
    }
}
