using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tasks;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Training;

/// <summary>Examples that go through the model together.</summary>
/// <param name="Tasks">Place of the task of each, B.</param>
/// <param name="Inputs">What the encoder reads.</param>
/// <param name="Targets">What the decoder is to say.</param>
internal sealed record TrainingBatch(int[] Tasks, PromptedBatch Inputs, TargetBatch Targets)
{
    /// <summary>Adds the label tokens' losses to those of their tasks.</summary>
    public void AddLosses(double[] rowLosses, double[] sums, int[] tokens)
    {
        for (int i = 0; i < Tasks.Length; i++)
        {
            for (int row = Targets.Sequences[i]; row < Targets.Sequences[i + 1]; row++)
                sums[Tasks[i]] += rowLosses[row];
            tokens[Tasks[i]] += Targets.Sequences.LengthOf(i);
        }
    }
}

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
    T5Config config, ITargetPrompts prompts, TrainingTask[] tasks, TrainingSettings settings, ulong seed)
{
    private readonly BatchSampler _sampler = new(
        [.. tasks.Select(static task => (task.Stream, task.Examples.Count))], settings.Batch, seed, settings.Batching);

    /// <summary>The batches of a step, counted from 0.</summary>
    public TrainingBatch[] Of(long step) => Array.ConvertAll(_sampler.Batches(step), Create);

    /// <summary>The longest examples of some tasks: no batch of as many takes more memory.</summary>
    public TrainingBatch LongestOf(IEnumerable<int> of, int count)
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

    private TrainingBatch Create((int Task, int Example)[] rows)
    {
        int[] places = Array.ConvertAll(rows, static row => row.Task);
        EncodedExample[] examples = Array.ConvertAll(rows, row => tasks[row.Task].Examples[row.Example]);
        PromptedBatch inputs = PromptedBatch.Create(
            [.. places.Zip(examples, static (task, example) => (task, example.Source))], prompts.Length,
            prompts.Position);
        TargetBatch targets = TargetBatch.Create(config, Array.ConvertAll(examples, static example => example.Target));
        return new TrainingBatch(places, inputs, targets);
    }
}
