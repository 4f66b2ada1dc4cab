using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>
/// y = x + O·attention(norm(x), encoder states). Checkpoint names <c>EncDecAttention.{q, k, v, o}</c>.
/// </summary>
/// <remarks>
/// <para>Prompt tuning decodes a few label tokens over long sources. Then the keys and values of the whole source are never made:
/// q·(Wk x) = (Wkᵀ q)·x and Σ p·(Wv x) = Wv·(Σ p·x), so each head's query is taken to the width of the states, attends to the states themselves, and
/// what it gathered goes through Wv. For U target tokens this costs 2·U·N·H for each source token in place of 2·N·D·H.</para>
/// </remarks>
internal sealed class T5CrossAttention
{
    private readonly T5Config _config;
    private readonly T5LayerNorm _norm;
    private readonly T5Linear _query;
    private readonly T5Linear _key;
    private readonly T5Linear _value;
    private readonly T5Linear _output;

    public T5CrossAttention(T5Config config, T5Weights weights, string path)
    {
        _config = config;
        int h = config.ModelWidth, width = config.AttentionWidth;
        double deviation = config.InitializerFactor / Math.Sqrt(h);
        _norm = new T5LayerNorm(config, weights, $"{path}.layer_norm");
        string attention = $"{path}.EncDecAttention";
        _query = weights.Linear(h, 1, config.InitializerFactor / Math.Sqrt((double)h * config.HeadWidth), ($"{attention}.q.weight", width));
        _key = weights.Linear(h, config.Heads, deviation, ($"{attention}.k.weight", width));
        _value = weights.Linear(h, config.Heads, deviation, ($"{attention}.v.weight", width));
        _output = weights.Linear(width, 1, config.InitializerFactor / Math.Sqrt(width), ($"{attention}.o.weight", h));
    }

    /// <summary>
    /// x [Ru, H] → [Ru, H]; <paramref name="targets"/>: the target rows that belong to each source, <paramref name="sources"/>: the rows of each source
    /// in <paramref name="states"/> [R, H].
    /// </summary>
    public Variable Forward(Tape tape, Variable x, SequenceOffsets targets, Variable states, SequenceOffsets sources, BlockDropout dropout = default)
    {
        int heads = _config.Heads, width = _config.HeadWidth, h = _config.ModelWidth;
        DropoutMask? mask = dropout.At(DropoutPlace.CrossProbabilities);
        Variable query = _query.Forward(tape, _norm.Forward(tape, x));
        Variable attended;
        if (_key.Frozen is not null && targets.Longest < width)
        {
            // Row i·N + n of the wide queries is head n of query i: the mask is the one of the other way.
            Variable wide = tape.Reshape(tape.LinearTransposed(query, _key.Frozen), query.Value.Rows * heads, h);
            AttentionLayout layout = new(targets.Scale(heads), sources, 1, h, Causal: false) { Dropout = mask };
            Variable gathered = tape.Reshape(tape.Attention(wide, states, states, layout), query.Value.Rows, heads * h);
            attended = _value.Forward(tape, gathered);
        }
        else
        {
            AttentionLayout layout = new(targets, sources, heads, width, Causal: false) { Dropout = mask };
            attended = tape.Attention(query, _key.ForwardStacked(tape, states), _value.ForwardStacked(tape, states), layout);
        }
        return _output.ForwardDropout(tape, attended, x, dropout.At(DropoutPlace.CrossOutput));
    }

    /// <summary>Keys and values [R, N·D] of the states, for decoding step by step; the caller disposes them.</summary>
    public (Tensor Keys, Tensor Values) Project(Tape tape, Variable states)
        => (TensorScope.Detach(_key.ForwardStacked(tape, states).Value), TensorScope.Detach(_value.ForwardStacked(tape, states).Value));

    /// <summary>One step of decoding over projected states: x [B, H], one row a source.</summary>
    public Variable Step(Tape tape, Variable x, Tensor keys, Tensor values, DecodingStep step, SequenceOffsets sources)
    {
        Variable query = _query.Forward(tape, _norm.Forward(tape, x));
        AttentionLayout layout = new(step.Queries, sources, _config.Heads, _config.HeadWidth, Causal: false);
        return _output.Forward(tape, tape.Attention(query, Variable.Constant(keys), Variable.Constant(values), layout), residual: x);
    }
}
