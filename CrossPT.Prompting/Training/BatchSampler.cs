using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tasks;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Training;

/// <summary>
/// Which examples a step trains on: the tasks in turn, so that every batch has rows of each, or a batch of each; within
/// a task, its examples in a new random order every time round.
/// </summary>
/// <remarks>
/// A batch is a function of (seed, step) alone: a run can go on from any step without a state to keep. Batches of one
/// task each are those the task would have alone.
/// </remarks>
public sealed class BatchSampler
{
    private readonly (string Name, int Count)[] _tasks;
    private readonly int _batch;
    private readonly ulong _seed;
    private readonly Batching _batching;
    private readonly (ulong Round, int[] Order)?[] _orders;

    /// <summary>A sampler.</summary>
    /// <param name="tasks">Name and number of examples of each task.</param>
    /// <param name="batch">B.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="batching">Whether B counts the examples of all tasks or of each.</param>
    /// <exception cref="ArgumentException">The batch is smaller than the number of tasks it is of, or a task has no
    /// example.</exception>
    public BatchSampler(
        IReadOnlyList<(string Name, int Count)> tasks, int batch, ulong seed, Batching batching = Batching.Mixed)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        if (tasks.Count == 0 || batch < (batching == Batching.Mixed ? tasks.Count : 1))
            throw new ArgumentException(
                $"A batch of {batch} for {tasks.Count} tasks, expected one example of each at least.", nameof(batch));
        foreach ((string name, int count) in tasks)
        {
            if (count < 1) throw new ArgumentException($"The task '{name}' has no example to train on.", nameof(tasks));
        }
        (_tasks, _batch, _seed, _batching) = ([.. tasks], batch, seed, batching);
        _orders = new (ulong, int[])?[_tasks.Length];
    }

    /// <summary>The batches of a step, counted from 0: one of all tasks, or one a task.</summary>
    public (int Task, int Example)[][] Batches(long step)
    {
        if (_batching == Batching.Mixed) return [Batch(step)];
        (int Task, int Example)[][] own = [.. _tasks.Select((_, task) => BatchOf(task, step))];
        return _batching == Batching.PerTask ? own : [[.. own.SelectMany(static rows => rows)]];
    }

    /// <summary>
    /// The batch of all tasks of a step, counted from 0: places of tasks and of examples within them.
    /// </summary>
    public (int Task, int Example)[] Batch(long step)
    {
        ulong first = First(step), tasks = (ulong)_tasks.Length;
        var batch = new (int Task, int Example)[_batch];
        for (int row = 0; row < _batch; row++)
        {
            ulong drawn = first + (ulong)row;
            batch[row] = Draw((int)(drawn % tasks), drawn / tasks);
        }
        return batch;
    }

    /// <summary>The batch of one task alone.</summary>
    public (int Task, int Example)[] BatchOf(int task, long step)
    {
        ulong first = First(step);
        return [.. Enumerable.Range(0, _batch).Select(row => Draw(task, first + (ulong)row))];
    }

    private ulong First(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return (ulong)step * (ulong)_batch;
    }

    private (int Task, int Example) Draw(int task, ulong draw)
    {
        ulong count = (ulong)_tasks[task].Count;
        return (task, Order(task, draw / count)[draw % count]);
    }

    private int[] Order(int task, ulong round)
    {
        if (_orders[task] is { } known && known.Round == round) return known.Order;
        int[] order = [.. Enumerable.Range(0, _tasks[task].Count)];
        new CounterRandom(_seed, RandomStreams.Of("batches", _tasks[task].Name, round)).Shuffle(order.AsSpan());
        _orders[task] = (round, order);
        return order;
    }
}

/// <summary>Examples of a task to train on, or to measure losses of.</summary>
/// <param name="Name">The task's name.</param>
/// <param name="Examples">Its examples.</param>
public sealed record TrainingTask(string Name, IReadOnlyList<EncodedExample> Examples)
{
    /// <summary>
    /// Name that the order of its examples is drawn by: tasks of one stream share that order.
    /// </summary>
    public string Stream { get; init; } = Name;
}

/// <summary>The batches of every step: one of all tasks, or one a task.</summary>
internal sealed class TrainingBatches(
    ITargetPrompts prompts, TrainingTask[] tasks, TrainingSettings settings, ulong seed)
{
    private readonly BatchSampler _sampler = new(
        [.. tasks.Select(static task => (task.Stream, task.Examples.Count))], settings.Batch, seed, settings.Batching);

    /// <summary>The batches of a step, counted from 0.</summary>
    public Batch[] Of(long step) => Array.ConvertAll(_sampler.Batches(step), Create);

    /// <summary>The longest examples of some tasks: no batch of as many takes more memory.</summary>
    public Batch LongestOf(IEnumerable<int> of, int count)
    {
        (int Task, int Example)[] longest =
        [
            .. of.Distinct()
                .SelectMany(
                    task => Enumerable.Range(0, tasks[task].Examples.Count)
                        .Select(example => (Task: task, Example: example)))
                .OrderByDescending(row => tasks[row.Task].Examples[row.Example].Source.Length),
        ];
        // A batch may have an example more than once.
        return Create([.. Enumerable.Range(0, count).Select(i => longest[i % longest.Length])]);
    }

    /// <summary>Encoder rows of the largest batch of a step, and of all its batches.</summary>
    public (int Largest, long Total) RowsOf(long step)
    {
        int[] rows = Array.ConvertAll(
            _sampler.Batches(step),
            batch => batch.Sum(row => prompts.Length + tasks[row.Task].Examples[row.Example].Source.Length));
        return (rows.Max(), rows.Sum(static count => (long)count));
    }

    private Batch Create((int Task, int Example)[] rows) => Batch.Create(
        Array.ConvertAll(rows, row => (row.Task, tasks[row.Task].Examples[row.Example])), prompts.Length,
        prompts.Position);
}
