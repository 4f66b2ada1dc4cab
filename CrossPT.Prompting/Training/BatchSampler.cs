using CrossPT.Tensors;

namespace CrossPT.Prompting.Training;

/// <summary>
/// Which examples a step trains on: the tasks in turn, so that every batch has rows of each; within a task, its examples in a new random order every
/// time round.
/// </summary>
/// <remarks>A batch is a function of (seed, step) alone: a run can go on from any step without a state to keep.</remarks>
public sealed class BatchSampler
{
    private readonly (string Name, int Count)[] _tasks;
    private readonly int _batch;
    private readonly ulong _seed;
    private readonly (ulong Round, int[] Order)?[] _orders;

    /// <summary>A sampler.</summary>
    /// <param name="tasks">Name and number of examples of each task.</param>
    /// <param name="batch">B.</param>
    /// <param name="seed">The run's seed.</param>
    /// <exception cref="ArgumentException">The batch is smaller than the number of tasks, or a task has no example.</exception>
    public BatchSampler(IReadOnlyList<(string Name, int Count)> tasks, int batch, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        if (tasks.Count == 0 || batch < tasks.Count)
            throw new ArgumentException($"A batch of {batch} for {tasks.Count} tasks, expected one example of each at least.", nameof(batch));
        foreach ((string name, int count) in tasks)
        {
            if (count < 1) throw new ArgumentException($"The task '{name}' has no example to train on.", nameof(tasks));
        }
        (_tasks, _batch, _seed) = ([.. tasks], batch, seed);
        _orders = new (ulong, int[])?[_tasks.Length];
    }

    /// <summary>The batch of a step, counted from 0: places of tasks and of examples within them.</summary>
    public (int Task, int Example)[] Batch(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        var batch = new (int Task, int Example)[_batch];
        for (int row = 0; row < _batch; row++)
        {
            ulong drawn = ((ulong)step * (ulong)_batch) + (ulong)row, tasks = (ulong)_tasks.Length;
            int task = (int)(drawn % tasks);
            ulong draw = drawn / tasks, count = (ulong)_tasks[task].Count;
            batch[row] = (task, Order(task, draw / count)[draw % count]);
        }
        return batch;
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
