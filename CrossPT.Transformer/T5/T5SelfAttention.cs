using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>y = x + O·attention(norm(x)), queries, keys and values from one product. Checkpoint names <c>SelfAttention.{q, k, v, o}</c>.</summary>
internal sealed class T5SelfAttention
{
    private readonly T5Config _config;
    private readonly T5LayerNorm _norm;
    private readonly T5Linear _queryKeyValue;
    private readonly T5Linear _output;

    public T5SelfAttention(T5Config config, T5Weights weights, string path)
    {
        _config = config;
        int h = config.ModelWidth, width = config.AttentionWidth;
        _norm = new T5LayerNorm(config, weights, $"{path}.layer_norm");
        string attention = $"{path}.SelfAttention";
        _queryKeyValue = weights.Linear(
            h, 1, config.InitializerFactor / Math.Sqrt(h), ($"{attention}.q.weight", width), ($"{attention}.k.weight", width), ($"{attention}.v.weight", width));
        // T5 does not divide scores by √D: it draws the queries' weights smaller instead.
        weights.Rescale($"{attention}.q.weight", config.InitializerFactor / Math.Sqrt((double)h * config.HeadWidth));
        _output = weights.Linear(width, 1, config.InitializerFactor / Math.Sqrt(width), ($"{attention}.o.weight", h));
    }

    /// <summary>x [R, H] → [R, H].</summary>
    public Variable Forward(Tape tape, Variable x, SequenceOffsets sequences, bool causal, PositionBiasVariable bias, BlockDropout dropout = default)
    {
        Variable queryKeyValue = _queryKeyValue.Forward(tape, _norm.Forward(tape, x));
        AttentionLayout layout = new(sequences, sequences, _config.Heads, _config.HeadWidth, causal) { Dropout = dropout.At(DropoutPlace.SelfProbabilities) };
        return _output.ForwardDropout(tape, tape.SelfAttention(queryKeyValue, layout, bias), x, dropout.At(DropoutPlace.SelfOutput));
    }

    /// <summary>
    /// One step of decoding: x [B, H] are the newest positions, <paramref name="cache"/> holds the keys and values of those before and takes the new ones.
    /// </summary>
    public Variable Step(Tape tape, Variable x, KeyValueCache cache, DecodingStep step, PositionBiasVariable bias)
    {
        int width = _config.AttentionWidth;
        Tensor queryKeyValue = _queryKeyValue.Forward(tape, _norm.Forward(tape, x)).Value;
        cache.Append(queryKeyValue.SliceColumns(width, 2 * width), step);
        AttentionLayout layout = new(step.Queries, step.Keys, _config.Heads, _config.HeadWidth, Causal: true);
        Variable query = Variable.Constant(queryKeyValue.SliceColumns(0, width));
        Variable attended = tape.Attention(query, Variable.Constant(cache.Keys), Variable.Constant(cache.Values), layout, bias);
        return _output.Forward(tape, attended, residual: x);
    }
}
