using CrossPT.Tensors;

namespace CrossPT.Prompting.Tasks;

/// <summary>Draws the few training examples of a task.</summary>
public static class FewShotSampler
{
    /// <summary>
    /// Places of <paramref name="shots"/> rows, in all, drawn without repetition: the same number of each label as far as there are enough of it, else
    /// the rest from the other labels; where the shots are no multiple of the labels, the first labels have one more.
    /// </summary>
    /// <param name="labels">Label of every row.</param>
    /// <param name="labelCount">How many labels there are.</param>
    /// <param name="shots">How many rows are wanted.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="task">The task's name: with the seed, all that the draw depends on.</param>
    /// <returns>The places; labels alternate. More shots under the same seed only add rows at the end.</returns>
    /// <exception cref="ArgumentException">There are fewer rows than shots.</exception>
    public static int[] Sample(IReadOnlyList<int> labels, int labelCount, int shots, ulong seed, string task)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shots);
        if (shots > labels.Count) throw new ArgumentException($"{shots} shots of {labels.Count} rows.", nameof(shots));
        int[] order = [.. Enumerable.Range(0, labels.Count)];
        new CounterRandom(seed, RandomStreams.Of("shots", task)).Shuffle(order.AsSpan());
        Queue<int>[] byLabel = [.. Enumerable.Range(0, labelCount).Select(label => new Queue<int>(order.Where(row => labels[row] == label)))];
        List<int> taken = [];
        for (int turn = 0; taken.Count < shots; turn++)
        {
            if (byLabel[turn % labelCount].TryDequeue(out int row)) taken.Add(row);
        }
        return [.. taken];
    }
}
