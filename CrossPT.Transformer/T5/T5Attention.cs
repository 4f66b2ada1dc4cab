using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>
/// y = x + O·attention(norm(x)), queries, keys and values from one product. Checkpoint names
/// <c>SelfAttention.{q, k, v, o}</c>.
/// </summary>
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
            h, 1, config.InitializerFactor / Math.Sqrt(h), ($"{attention}.q.weight", width),
            ($"{attention}.k.weight", width), ($"{attention}.v.weight", width));
        // T5 does not divide scores by √D: it draws the queries' weights smaller instead.
        weights.Rescale($"{attention}.q.weight", config.InitializerFactor / Math.Sqrt((double)h * config.HeadWidth));
        _output = weights.Linear(width, 1, config.InitializerFactor / Math.Sqrt(width), ($"{attention}.o.weight", h));
    }

    /// <summary>x [R, H] → [R, H], or [M, H] → [M, H] of shared prefixes.</summary>
    public Variable Forward(
        Tape tape, Variable x, SequenceOffsets sequences, bool causal, PositionBiasVariable bias,
        BlockDropout dropout = default, SharedPrefixes? prefixes = null)
    {
        // In the first block the rows of a prompt are the same for all examples of its task.
        Variable queryKeyValue = tape.OncePerRow(
            x, rows => _queryKeyValue.Forward(tape, _norm.Forward(tape, rows)));
        if (prefixes is not null) queryKeyValue = tape.GatherRows(queryKeyValue, prefixes.Rows);
        AttentionLayout layout = new(sequences, sequences, _config.Heads, _config.HeadWidth, causal)
        {
            Dropout = dropout.At(DropoutPlace.SelfProbabilities),
        };
        Variable attended = tape.SelfAttention(queryKeyValue, layout, bias);
        if (prefixes is not null) attended = tape.GatherRows(attended, prefixes.Positions);
        return _output.ForwardDropout(tape, attended, x, dropout.At(DropoutPlace.SelfOutput));
    }

    /// <summary>
    /// One step of decoding: x [B, H] are the newest positions, <paramref name="cache"/> holds the keys and values of
    /// those before and takes the new ones.
    /// </summary>
    public Variable Step(Tape tape, Variable x, KeyValueCache cache, DecodingStep step, PositionBiasVariable bias)
    {
        int width = _config.AttentionWidth;
        Tensor queryKeyValue = _queryKeyValue.Forward(tape, _norm.Forward(tape, x)).Value;
        cache.Append(queryKeyValue.SliceColumns(width, 2 * width), step);
        AttentionLayout layout = new(step.Queries, step.Keys, _config.Heads, _config.HeadWidth, Causal: true);
        Variable query = Variable.Constant(queryKeyValue.SliceColumns(0, width));
        Variable attended = tape.Attention(
            query, Variable.Constant(cache.Keys), Variable.Constant(cache.Values), layout, bias);
        return _output.Forward(tape, attended, residual: x);
    }
}

/// <summary>
/// y = x + O·attention(norm(x), encoder states). Checkpoint names <c>EncDecAttention.{q, k, v, o}</c>.
/// </summary>
/// <remarks>
/// <para>Prompt tuning decodes a few label tokens over long sources. Then the keys and values of the whole source are
/// never made: q·(Wk x) = (Wkᵀ q)·x and Σ p·(Wv x) = Wv·(Σ p·x), so each head's query is taken to the width of the
/// states, attends to the states themselves, and what it gathered goes through Wv. For U target tokens this costs
/// 2·U·N·H for each source token in place of 2·N·D·H.</para>
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
        _query = weights.Linear(
            h, 1, config.InitializerFactor / Math.Sqrt((double)h * config.HeadWidth), ($"{attention}.q.weight", width));
        _key = weights.Linear(h, config.Heads, deviation, ($"{attention}.k.weight", width));
        _value = weights.Linear(h, config.Heads, deviation, ($"{attention}.v.weight", width));
        _output = weights.Linear(width, 1, config.InitializerFactor / Math.Sqrt(width), ($"{attention}.o.weight", h));
    }

    /// <summary>
    /// x [Ru, H] → [Ru, H]; <paramref name="targets"/>: the target rows that belong to each source,
    /// <paramref name="sources"/>: the rows of each source in <paramref name="states"/> [R, H].
    /// </summary>
    public Variable Forward(
        Tape tape, Variable x, SequenceOffsets targets, Variable states, SequenceOffsets sources,
        BlockDropout dropout = default)
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
            attended = tape.Attention(
                query, _key.ForwardStacked(tape, states), _value.ForwardStacked(tape, states), layout);
        }
        return _output.ForwardDropout(tape, attended, x, dropout.At(DropoutPlace.CrossOutput));
    }

    /// <summary>Keys and values [R, N·D] of the states, for decoding step by step; the caller disposes them.</summary>
    public (Tensor Keys, Tensor Values) Project(Tape tape, Variable states)
        => (
            TensorScope.Detach(_key.ForwardStacked(tape, states).Value),
            TensorScope.Detach(_value.ForwardStacked(tape, states).Value));

    /// <summary>One step of decoding over projected states: x [B, H], one row a source.</summary>
    public Variable Step(Tape tape, Variable x, Tensor keys, Tensor values, DecodingStep step, SequenceOffsets sources)
    {
        Variable query = _query.Forward(tape, _norm.Forward(tape, x));
        AttentionLayout layout = new(step.Queries, sources, _config.Heads, _config.HeadWidth, Causal: false);
        return _output.Forward(
            tape, tape.Attention(query, Variable.Constant(keys), Variable.Constant(values), layout), residual: x);
    }
}

/// <summary>
/// T5's relative position bias (Raffel et al. 2020, section 2.1): distances share buckets, one each while small, wider
/// and wider up to a largest distance; each head learns a number a bucket.
/// </summary>
internal sealed class RelativePosition(
    T5Config config, Variable table, bool bidirectional, IBackend backend) : IDisposable
{
    private Tensor? _buckets;
    private int _reach = -1;

    /// <summary>The bias of an attention over sequences of at most <paramref name="longest"/> positions.</summary>
    public PositionBiasVariable For(int longest)
    {
        // An empty batch has no longest sequence, and needs a table all the same.
        if (_buckets is null || longest - 1 > _reach)
        {
            // Grown by doubling: a step with a longer batch must not rebuild it every time.
            int reach = Math.Max(longest - 1, Math.Max(127, 2 * _reach));
            int[] buckets = new int[(2 * reach) + 1];
            for (int i = 0; i < buckets.Length; i++)
                buckets[i] = Bucket(i - reach, bidirectional, config.RelativeBuckets, config.RelativeMaxDistance);
            Tensor grown = TensorScope.Detach(TensorData.FromInt32(backend, buckets, buckets.Length));
            // Only now: without memory for the new table the old one stays.
            _buckets?.Dispose();
            (_buckets, _reach) = (grown, reach);
        }
        return new PositionBiasVariable(table, _buckets, _reach);
    }

    /// <summary>
    /// The bucket of a key <paramref name="distance"/> positions after its query. Two-directional: half of the buckets
    /// for later keys; one-directional (decoder): later keys share bucket 0 with the query itself.
    /// </summary>
    /// <remarks>
    /// The logarithm is taken in float32, as in the reference, so that distances at a border fall on the same side.
    /// </remarks>
    public static int Bucket(int distance, bool bidirectional, int buckets, int largest)
    {
        int first = 0;
        if (bidirectional)
        {
            buckets /= 2;
            if (distance > 0) first = buckets;
            distance = Math.Abs(distance);
        }
        else
        {
            distance = -Math.Min(distance, 0);
        }
        int exact = buckets / 2;
        if (distance < exact) return first + distance;
        float share = MathF.Log((float)distance / exact) / (float)Math.Log((double)largest / exact);
        return first + Math.Min(buckets - 1, exact + (int)(share * (buckets - exact)));
    }

    public void Dispose() => _buckets?.Dispose();
}
