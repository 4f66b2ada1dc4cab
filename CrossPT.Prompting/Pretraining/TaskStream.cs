using CrossPT.Tensors;

namespace CrossPT.Prompting.Pretraining;

/// <summary>Labelled rows of a task, each as likely as any other.</summary>
/// <param name="rows">Prefix and text, and the answer.</param>
internal sealed class TaskStream(IReadOnlyList<SequencePair> rows) : IExampleStream
{
    public SequencePair Draw(CounterRandom random) => rows[random.NextInt32(rows.Count)];
}
