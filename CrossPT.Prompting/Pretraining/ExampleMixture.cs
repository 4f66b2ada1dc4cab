using CrossPT.Prompting.Tasks;
using CrossPT.Tensors;

namespace CrossPT.Prompting.Pretraining;

/// <summary>Draws batches from several streams, each with its share.</summary>
/// <remarks>
/// A batch is a function of (seed, step) alone: a run can go on from any step without a state to keep.
/// </remarks>
public sealed class ExampleMixture
{
    private readonly IExampleStream[] _streams;
    private readonly double[] _upTo;
    private readonly int _batch;
    private readonly ulong _seed;

    /// <summary>A mixture.</summary>
    /// <param name="streams">Each with its share, whose sum need not be 1.</param>
    /// <param name="batch">B.</param>
    /// <param name="seed">The run's seed.</param>
    /// <exception cref="ArgumentException">There is no stream, or a share is not above 0.</exception>
    public ExampleMixture(IReadOnlyList<(IExampleStream Stream, double Share)> streams, int batch, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(streams);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        if (streams.Count == 0 || streams.Any(static one => !(one.Share > 0 && double.IsFinite(one.Share))))
            throw new ArgumentException(
                $"ExampleMixture: {streams.Count} streams, expected one or more, each with a share above 0.",
                nameof(streams));
        (_batch, _seed) = (batch, seed);
        _streams = [.. streams.Select(static one => one.Stream)];
        _upTo = new double[_streams.Length];
        double sum = streams.Sum(static one => one.Share), before = 0;
        for (int i = 0; i < _upTo.Length; i++) _upTo[i] = before += streams[i].Share / sum;
    }

    /// <summary>The examples of a step, counted from 0.</summary>
    public EncodedExample[] Batch(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        EncodedExample[] batch = new EncodedExample[_batch];
        for (int row = 0; row < batch.Length; row++)
        {
            CounterRandom random = new(
                _seed, RandomStreams.Of("pretraining", "", ((ulong)step * (ulong)_batch) + (ulong)row));
            double drawn = random.NextDouble();
            int stream = Array.FindIndex(_upTo, upTo => drawn < upTo);
            // The shares may sum to a hair less than 1.
            batch[row] = _streams[stream < 0 ? ^1 : stream].Draw(random);
        }
        return batch;
    }
}
