using CrossPT.Tensors;

namespace CrossPT.Autograd;

/// <summary>The relative position bias of an attention operation, with a table that may be trained.</summary>
/// <param name="Table">[buckets, N].</param>
/// <param name="Buckets">Bucket of each relative position −Reach … Reach, Int32.</param>
/// <param name="Reach">Largest distance covered.</param>
public sealed record PositionBiasVariable(Variable Table, Tensor Buckets, int Reach);

/// <summary>
/// softmax(Q·Kᵀ + bias)·V over sequences laid end to end; saves its inputs and one number a row and head.
/// </summary>
public static class AttentionOperation
{
    /// <summary>
    /// Output [Rq, N·D] of query [Rq, N·D], key and value [Rk, N·D]; key and value may be one variable.
    /// </summary>
    public static Variable Attention(
        this Tape tape, Variable query, Variable key, Variable value, AttentionLayout layout,
        PositionBiasVariable? bias = null)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Tensor output = tape.AllocateLike(query.Value), log = tape.Allocate(query.Value.Rows, layout.Heads);
        PositionBias? kernelBias = bias is null ? null : new(bias.Table.Value, bias.Buckets, bias.Reach);
        tape.Backend.Attention.Forward(layout, query.Value, key.Value, value.Value, kernelBias, output, log);
        Variable? table = bias?.Table;
        Tensor? read = tape.Backend.Attention.BackwardReadsOutput ? output : null;
        Tensor?[] kept = [query.Value, key.Value, value.Value, log, bias?.Table.Value, bias?.Buckets, read];
        return tape.Record(output, [query, key, value, table], kept, (gradient, saved) =>
        {
            // One tensor takes both gradients of a shared key and value, so everything is added to zeros or to what is
            // there.
            Tensor? dq = Target(tape, query), dk = Target(tape, key);
            Tensor? dv = ReferenceEquals(key, value) ? dk : Target(tape, value);
            PositionBias? savedBias = bias is null ? null : new(saved[4], saved[5], bias.Reach);
            tape.Backend.Attention.Backward(
                layout, saved[0], saved[1], saved[2], savedBias, saved[3], gradient, dq, dk, dv, accumulate: true,
                BiasTarget(tape, table), saved[6]);
        });
    }

    /// <summary>
    /// The same for self-attention with queries, keys and values side by side in one [R, 3·N·D] variable, the result of
    /// one product.
    /// </summary>
    public static Variable SelfAttention(
        this Tape tape, Variable queryKeyValue, AttentionLayout layout, PositionBiasVariable? bias = null)
    {
        ArgumentNullException.ThrowIfNull(tape);
        int width = layout.Heads * layout.HeadWidth;
        Tensor packed = queryKeyValue.Value;
        Tensor output = tape.Allocate(packed.Rows, width), log = tape.Allocate(packed.Rows, layout.Heads);
        PositionBias? kernelBias = bias is null ? null : new(bias.Table.Value, bias.Buckets, bias.Reach);
        tape.Backend.Attention.Forward(
            layout, packed.SliceColumns(0, width), packed.SliceColumns(width, width),
            packed.SliceColumns(2 * width, width), kernelBias, output, log);
        Variable? table = bias?.Table;
        Tensor? read = tape.Backend.Attention.BackwardReadsOutput ? output : null;
        Tensor?[] kept = [packed, log, bias?.Table.Value, bias?.Buckets, read];
        return tape.Record(output, [queryKeyValue, table], kept, (gradient, saved) =>
        {
            Tensor inputs = saved[0];
            Tensor? all = queryKeyValue.RequiresGradient ? tape.AllocateLike(inputs) : null;
            PositionBias? savedBias = bias is null ? null : new(saved[2], saved[3], bias.Reach);
            tape.Backend.Attention.Backward(
                layout, inputs.SliceColumns(0, width), inputs.SliceColumns(width, width),
                inputs.SliceColumns(2 * width, width), savedBias, saved[1], gradient, all?.SliceColumns(0, width),
                all?.SliceColumns(width, width), all?.SliceColumns(2 * width, width), accumulate: false,
                BiasTarget(tape, table), saved[4]);
            if (all is not null) tape.Pass(queryKeyValue, all);
        });
    }

    private static Tensor? Target(Tape tape, Variable input)
    {
        if (!input.RequiresGradient) return null;
        Tensor gradient = tape.GradientOf(input, out bool accumulate);
        if (!accumulate) tape.Backend.Elementwise.Fill(gradient, 0);
        return gradient;
    }

    private static Tensor? BiasTarget(Tape tape, Variable? table) => table is null ? null : Target(tape, table);
}
