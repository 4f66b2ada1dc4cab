using CrossPT.Tensors;

namespace CrossPT.Prompting.Tasks;

/// <summary>What a number of shots counts.</summary>
public enum ShotsPer
{
    /// <summary>Rows of the task in all.</summary>
    Total,

    /// <summary>Rows of each label.</summary>
    Label,
}

/// <summary>Draws the few training examples of a task.</summary>
public static class FewShotSampler
{
    /// <summary>
    /// Places of <paramref name="shots"/> rows, in all, drawn without repetition: the same number of each label as far
    /// as there are enough of it, else the rest from the other labels; where the shots are no multiple of the labels,
    /// the first labels have one more.
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
        return Draw(labels, labelCount, shots, new CounterRandom(seed, RandomStreams.Of("shots", task)));
    }

    /// <summary>
    /// Places of <paramref name="shots"/> rows of every label; those of <see cref="Sample"/> for as many in all, where
    /// no label runs short.
    /// </summary>
    /// <exception cref="ArgumentException">A label has fewer rows than shots; the message gives its place.</exception>
    public static int[] SamplePerLabel(IReadOnlyList<int> labels, int labelCount, int shots, ulong seed, string task)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shots);
        for (int label = 0; label < labelCount; label++)
        {
            int rows = labels.Count(one => one == label);
            if (rows < shots)
                throw new ArgumentException(
                    $"{shots} shots of the label at place {label}, which has {rows} rows.", nameof(shots));
        }
        return Sample(labels, labelCount, checked(shots * labelCount), seed, task);
    }

    /// <summary>Places of rows in turn of each label, at most <paramref name="count"/> of them.</summary>
    internal static int[] Draw(IReadOnlyList<int> labels, int labelCount, int count, CounterRandom random)
    {
        int[] order = [.. Enumerable.Range(0, labels.Count)];
        random.Shuffle(order.AsSpan());
        Queue<int>[] byLabel = [.. Enumerable.Range(0, labelCount).Select(static _ => new Queue<int>())];
        foreach (int row in order) byLabel[labels[row]].Enqueue(row);
        List<int> taken = [];
        for (int turn = 0; taken.Count < Math.Min(count, labels.Count); turn++)
        {
            if (byLabel[turn % labelCount].TryDequeue(out int row)) taken.Add(row);
        }
        return [.. taken];
    }
}
