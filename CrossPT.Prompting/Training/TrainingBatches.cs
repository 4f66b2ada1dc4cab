using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tasks;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Training;

/// <summary>Examples of a task to train on, or to measure losses of.</summary>
/// <param name="Name">The task's name.</param>
/// <param name="Examples">Its examples.</param>
public sealed record TrainingTask(string Name, IReadOnlyList<EncodedExample> Examples)
{
    /// <summary>
    /// What the order of its examples is drawn by: tasks of one stream have them in the same order.
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
