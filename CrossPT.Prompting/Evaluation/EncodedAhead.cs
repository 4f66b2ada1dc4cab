using System.Collections;
using CrossPT.Prompting.Tasks;

namespace CrossPT.Prompting.Evaluation;

/// <summary>A task's examples, encoded on another thread while the first of them are evaluated.</summary>
/// <remarks>Reading an example waits for it, and throws where one encoded together with it cannot be.</remarks>
internal sealed class EncodedAhead : IReadOnlyList<EncodedExample>
{
    private const int PartSize = 64;

    private readonly Task<EncodedExample[]>[] _parts;

    public EncodedAhead(TaskCodec codec, IReadOnlyList<Example> examples)
    {
        Count = examples.Count;
        _parts = new Task<EncodedExample[]>[(Count + PartSize - 1) / PartSize];
        Task before = Task.CompletedTask;
        for (int i = 0; i < _parts.Length; i++)
        {
            int start = i * PartSize;
            // On the pool, not where the one before ended: that has ended already for the first, and this thread would
            // encode everything itself.
            before = _parts[i] = before.ContinueWith(_ => Encode(codec, examples, start), TaskScheduler.Default);
        }
    }

    public int Count { get; }

    public EncodedExample this[int index] => _parts[index / PartSize].GetAwaiter().GetResult()[index % PartSize];

    public IEnumerator<EncodedExample> GetEnumerator()
    {
        for (int i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static EncodedExample[] Encode(TaskCodec codec, IReadOnlyList<Example> examples, int start)
    {
        EncodedExample[] encoded = new EncodedExample[Math.Min(PartSize, examples.Count - start)];
        for (int i = 0; i < encoded.Length; i++) encoded[i] = codec.Encode(examples[start + i]);
        return encoded;
    }
}
