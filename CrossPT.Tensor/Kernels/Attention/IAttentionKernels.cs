namespace CrossPT.Tensors;

/// <summary>Layout of an attention call, apart from its tensors.</summary>
/// <param name="Queries">Rows of each sequence's queries; B sequences, Rq rows.</param>
/// <param name="Keys">Rows of each sequence's keys and values; B sequences, Rk rows.</param>
/// <param name="Heads">Heads, N.</param>
/// <param name="HeadWidth">Width of a head, D.</param>
/// <param name="Causal">Whether query i of a sequence sees keys 0…i + (its keys − its queries) only.</param>
public readonly record struct AttentionLayout(
    SequenceOffsets Queries, SequenceOffsets Keys, int Heads, int HeadWidth, bool Causal)
{
    /// <summary>
    /// Dropout of the probabilities, after the softmax; null for none. The probability of query row i, head n and the
    /// key at position k of its sequence has the mask's row i·N + n and column k.
    /// </summary>
    public DropoutMask? Dropout { get; init; }
}

/// <summary>
/// Relative position bias: head n adds <c>table[buckets[k − q + Reach], n]</c> to the score of query position q and key
/// position k.
/// </summary>
/// <param name="Table">[buckets, N], of the compute type.</param>
/// <param name="Buckets">Bucket of each relative position −Reach … Reach, Int32 [2·Reach + 1].</param>
/// <param name="Reach">Largest distance covered; at least the longest sequence − 1.</param>
/// <remarks>
/// Positions count from 0 in each sequence; where a sequence has more keys than queries (cached decoding), its queries
/// are the last positions.
/// </remarks>
public sealed record PositionBias(Tensor Table, Tensor Buckets, int Reach);

/// <summary>
/// dropout(softmax(Q·Kᵀ + bias))·V without scaling (T5 folds it into the weights), for sequences laid end to end.
/// Nothing of size [N, T, T] is kept: the backward pass recomputes the scores from the inputs and one number a row and
/// head (Dao et al. 2022).
/// </summary>
public interface IAttentionKernels
{
    /// <summary>Whether <see cref="Backward"/> does with less work where it is given the output.</summary>
    bool BackwardReadsOutput { get; }

    /// <summary>
    /// query [Rq, N·D], key and value [Rk, N·D], output [Rq, N·D]; rows. <paramref name="logSumExp"/> [Rq, N] receives
    /// log Σ exp(scores) of each row and head.
    /// </summary>
    void Forward(
        in AttentionLayout layout, Tensor query, Tensor key, Tensor value, PositionBias? bias, Tensor output,
        Tensor logSumExp);

    /// <summary>
    /// Gradients of <see cref="Forward"/>; a null gradient is not wanted. With <paramref name="accumulate"/>, those of
    /// query, key and value are added to what the tensors hold. <paramref name="biasGradient"/> [buckets, N] is always
    /// added to. <paramref name="output"/>: of the forward pass, where it was kept.
    /// </summary>
    /// <remarks>
    /// keyGradient and valueGradient may be one tensor, where key and value are: then accumulate must be set.
    /// </remarks>
    void Backward(
        in AttentionLayout layout, Tensor query, Tensor key, Tensor value, PositionBias? bias, Tensor logSumExp,
        Tensor outputGradient,
        Tensor? queryGradient, Tensor? keyGradient, Tensor? valueGradient, bool accumulate, Tensor? biasGradient,
        Tensor? output = null);
}
