using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>
/// Dropout of one training step, where Hugging Face's T5 has it: on the embeddings, on the attention probabilities, on
/// what a sub-layer gives before its residual is added, inside the feed-forward after its activation, and after the
/// last norm; in the encoder and in the decoder.
/// </summary>
/// <remarks>
/// A function of (seed, step, place, row, column): the same whatever the number of threads, and where a run goes on
/// from a checkpoint. Evaluation, generation and ranking have none.
/// </remarks>
public sealed record TrainingDropout
{
    // So that no other use of the seed meets these streams: others are small numbers or hashes.
    private const ulong Purpose = 0xD7C4_0000_0000_0000;

    /// <summary>Dropout of a step.</summary>
    /// <param name="probability">Share of the elements that become 0.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="step">The step, counted from 0; below 2^32.</param>
    /// <exception cref="ArgumentException">The probability is not in [0, 1), or the step is out of range.</exception>
    public TrainingDropout(double probability, ulong seed, long step)
    {
        if (!(probability is >= 0 and < 1))
            throw new ArgumentException(
                $"TrainingDropout: probability {probability}, expected 0 to below 1.", nameof(probability));
        if (step is < 0 or > uint.MaxValue)
            throw new ArgumentException($"TrainingDropout: step {step}, expected 0 to {uint.MaxValue}.", nameof(step));
        (Probability, Seed, Step) = (probability, seed, step);
    }

    /// <summary>Share of the elements that become 0.</summary>
    public double Probability { get; }

    /// <summary>The run's seed.</summary>
    public ulong Seed { get; }

    /// <summary>The step.</summary>
    public long Step { get; }

    /// <summary>The mask of a place: step, then 1 bit of the stack, 12 of the block, 3 of the place.</summary>
    internal DropoutMask? At(bool decoder, int block, DropoutPlace place)
        => Probability == 0
            ? null
            : new DropoutMask(
                Probability, Seed,
                Purpose ^ ((ulong)Step << 16) ^ (decoder ? 1ul << 15 : 0) ^ ((ulong)block << 3) ^ (ulong)place);
}

/// <summary>Where a T5 drops.</summary>
internal enum DropoutPlace
{
    Embedding,
    SelfProbabilities,
    SelfOutput,
    CrossProbabilities,
    CrossOutput,
    Hidden,
    FeedForwardOutput,
    Final,
}

/// <summary>Dropout of one block; of none by default.</summary>
internal readonly record struct BlockDropout(TrainingDropout? Dropout, bool Decoder, int Block)
{
    public DropoutMask? At(DropoutPlace place) => Dropout?.At(Decoder, Block, place);
}
