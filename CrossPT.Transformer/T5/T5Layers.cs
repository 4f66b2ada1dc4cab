using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>
/// The encoder: blocks of self-attention and feed-forward, then a norm. One bias table, in block 0, serves all blocks.
/// </summary>
internal sealed class T5Encoder : IDisposable
{
    private readonly (T5SelfAttention Attention, T5FeedForward FeedForward)[] _blocks;
    private readonly T5LayerNorm _finalNorm;
    private readonly RelativePosition _position;

    public T5Encoder(T5Config config, T5Weights weights, IBackend backend)
    {
        Variable table = weights.Plain(
            "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
            new Shape(config.RelativeBuckets, config.Heads), config.InitializerFactor / Math.Sqrt(config.ModelWidth));
        _position = new RelativePosition(config, table, bidirectional: true, backend);
        _blocks = new (T5SelfAttention, T5FeedForward)[config.EncoderLayers];
        for (int i = 0; i < _blocks.Length; i++)
            _blocks[i] = (
                new T5SelfAttention(config, weights, $"encoder.block.{i}.layer.0"),
                new T5FeedForward(config, weights, $"encoder.block.{i}.layer.1"));
        _finalNorm = new T5LayerNorm(config, weights, "encoder.final_layer_norm");
    }

    /// <summary>States [R, H] of input embeddings [R, H], the examples end to end.</summary>
    public Variable Forward(Tape tape, Variable x, SequenceOffsets sequences, TrainingDropout? dropout = null)
    {
        PositionBiasVariable bias = _position.For(sequences.Longest);
        x = tape.Dropout(x, dropout?.At(decoder: false, 0, DropoutPlace.Embedding));
        for (int i = 0; i < _blocks.Length; i++)
        {
            // What a block made on its way is freed at its end; the tape keeps what it needs to go back.
            using TensorScope scope = new();
            (T5SelfAttention attention, T5FeedForward feedForward) = _blocks[i];
            BlockDropout block = new(dropout, Decoder: false, i);
            x = feedForward.Forward(tape, attention.Forward(tape, x, sequences, causal: false, bias, block), block);
            scope.Keep(x.Value);
        }
        return tape.Dropout(_finalNorm.Forward(tape, x), dropout?.At(decoder: false, 0, DropoutPlace.Final));
    }

    public void Dispose() => _position.Dispose();
}

/// <summary>
/// The decoder: blocks of causal self-attention, attention to the encoder's states and feed-forward, then a norm.
/// </summary>
internal sealed class T5Decoder : IDisposable
{
    private readonly T5Config _config;
    private readonly IBackend _backend;
    private readonly Block[] _blocks;
    private readonly T5LayerNorm _finalNorm;
    private readonly RelativePosition _position;

    public T5Decoder(T5Config config, T5Weights weights, IBackend backend)
    {
        _config = config;
        _backend = backend;
        Variable table = weights.Plain(
            "decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
            new Shape(config.RelativeBuckets, config.Heads), config.InitializerFactor / Math.Sqrt(config.ModelWidth));
        _position = new RelativePosition(config, table, bidirectional: false, backend);
        _blocks = new Block[config.DecoderLayers];
        for (int i = 0; i < _blocks.Length; i++)
        {
            string path = $"decoder.block.{i}.layer";
            _blocks[i] = new Block(
                new T5SelfAttention(config, weights, $"{path}.0"), new T5CrossAttention(config, weights, $"{path}.1"),
                new T5FeedForward(config, weights, $"{path}.2"));
        }
        _finalNorm = new T5LayerNorm(config, weights, "decoder.final_layer_norm");
    }

    /// <summary>
    /// States [Ru, H] of target embeddings [Ru, H]: sequences end to end, each with its own causal attention
    /// (<paramref name="sequences"/>); target rows of one source lie together (<paramref name="targets"/>), so that
    /// several label strings share the states of their source. With <paramref name="prefixes"/>, y and the states are
    /// [M, H] and <paramref name="targets"/> counts those rows.
    /// </summary>
    public Variable Forward(
        Tape tape, Variable y, SequenceOffsets sequences, SequenceOffsets targets, Variable states,
        SequenceOffsets sources, TrainingDropout? dropout = null, SharedPrefixes? prefixes = null)
    {
        PositionBiasVariable bias = _position.For(sequences.Longest);
        y = tape.Dropout(y, dropout?.At(decoder: true, 0, DropoutPlace.Embedding));
        for (int i = 0; i < _blocks.Length; i++)
        {
            using TensorScope scope = new();
            BlockDropout place = new(dropout, Decoder: true, i);
            y = _blocks[i].SelfAttention.Forward(tape, y, sequences, causal: true, bias, place, prefixes);
            y = _blocks[i].CrossAttention.Forward(tape, y, targets, states, sources, place);
            y = _blocks[i].FeedForward.Forward(tape, y, place);
            scope.Keep(y.Value);
        }
        return tape.Dropout(_finalNorm.Forward(tape, y), dropout?.At(decoder: true, 0, DropoutPlace.Final));
    }

    /// <summary>Decoding step by step, of no sequence yet.</summary>
    public DecodingState Start() => new(Array.ConvertAll(
        _blocks, _ => new DecodingState.Block(new KeyValueCache(_config.AttentionWidth, _backend))));

    /// <summary>Adds a sequence for each source to those being decoded.</summary>
    public void Join(Tape tape, DecodingState state, Variable states, SequenceOffsets sources)
    {
        for (int i = 0; i < _blocks.Length; i++)
        {
            (Tensor keys, Tensor values) = _blocks[i].CrossAttention.Project(tape, states);
            DecodingState.Block block = state.Blocks[i];
            block.Keys = Append(tape, block.Keys, keys);
            block.Values = Append(tape, block.Values, values);
        }
        state.Join(sources);
    }

    /// <summary>States [B, H] of the next position of every sequence, of embeddings [B, H].</summary>
    public Variable Step(Tape tape, Variable y, DecodingState state)
    {
        DecodingStep step = state.Advance(_backend);
        PositionBiasVariable bias = _position.For(step.Keys.Longest);
        for (int i = 0; i < _blocks.Length; i++)
        {
            DecodingState.Block block = state.Blocks[i];
            y = _blocks[i].SelfAttention.Step(tape, y, block.Cache, step, bias);
            y = _blocks[i].CrossAttention.Step(tape, y, block.Keys!, block.Values!, step, state.Sources);
            y = _blocks[i].FeedForward.Forward(tape, y);
        }
        return _finalNorm.Forward(tape, y);
    }

    public void Dispose() => _position.Dispose();

    private static Tensor Append(Tape tape, Tensor? before, Tensor added)
    {
        if (before is null) return added;
        Tensor all = TensorScope.Detach(tape.Allocate(before.Rows + added.Rows, added.Columns));
        tape.Backend.Elementwise.Copy(before, all.Slice(0, before.Rows));
        tape.Backend.Elementwise.Copy(added, all.Slice(before.Rows, added.Rows));
        before.Dispose();
        added.Dispose();
        return all;
    }

    private sealed record Block(
        T5SelfAttention SelfAttention, T5CrossAttention CrossAttention, T5FeedForward FeedForward);
}

/// <summary>
/// y = x + W·f(W_i·norm(x)), or x + W·(f(W₀·norm(x)) ∘ (W₁·norm(x))) where gated. Checkpoint names
/// <c>DenseReluDense.{wi | wi_0, wi_1, wo}</c>.
/// </summary>
internal sealed class T5FeedForward
{
    private readonly bool _gated;
    private readonly Activation _activation;
    private readonly T5LayerNorm _norm;
    private readonly T5Linear _input;
    private readonly T5Linear _output;

    public T5FeedForward(T5Config config, T5Weights weights, string path)
    {
        int h = config.ModelWidth, f = config.FeedForwardWidth;
        double inDeviation = config.InitializerFactor / Math.Sqrt(h);
        double outDeviation = config.InitializerFactor / Math.Sqrt(f);
        _gated = config.IsGated;
        _activation = config.Activation;
        _norm = new T5LayerNorm(config, weights, $"{path}.layer_norm");
        string dense = $"{path}.DenseReluDense";
        _input = _gated
            ? weights.Linear(h, 1, inDeviation, ($"{dense}.wi_0.weight", f), ($"{dense}.wi_1.weight", f))
            : weights.Linear(h, 1, inDeviation, ($"{dense}.wi.weight", f));
        _output = weights.Linear(f, 1, outDeviation, ($"{dense}.wo.weight", h));
    }

    /// <summary>x [R, H] → [R, H].</summary>
    public Variable Forward(Tape tape, Variable x, BlockDropout dropout = default)
    {
        Variable hidden = _norm.Forward(tape, x);
        if (_gated) hidden = tape.Gated(_input.Forward(tape, hidden), _activation);
        else if (_activation == Activation.Relu) hidden = _input.ForwardRelu(tape, hidden);
        else hidden = tape.Activate(_input.Forward(tape, hidden), _activation);
        hidden = tape.Dropout(hidden, dropout.At(DropoutPlace.Hidden));
        return _output.ForwardDropout(tape, hidden, x, dropout.At(DropoutPlace.FeedForwardOutput));
    }
}

/// <summary>Root-mean-square norm with a weight [H] and no bias.</summary>
internal sealed class T5LayerNorm(T5Config config, T5Weights weights, string path)
{
    private readonly Variable _weight = weights.Plain(
        $"{path}.weight", new Shape(config.ModelWidth), deviation: 0, mean: config.InitializerFactor);

    public Variable Forward(Tape tape, Variable x) => tape.RmsNorm(x, _weight, config.Epsilon);
}

/// <summary>
/// The shared embedding [V, H] and the head. Frozen and tied (v1.0), both are one packed matrix: gathered by rows here,
/// multiplied there.
/// </summary>
internal sealed class T5Embedding
{
    private readonly T5Config _config;
    private readonly T5Linear _shared;
    private readonly T5Linear? _head;

    public T5Embedding(T5Config config, T5Weights weights)
    {
        _config = config;
        // A head that is the embedding itself has to be what products want, rounded where they round; beside a head of
        // its own an embedding loses nothing.
        _shared = config.TieWordEmbeddings
            ? weights.Linear(config.ModelWidth, 1, config.InitializerFactor, ("shared.weight", config.VocabularySize))
            : weights.Table(config.ModelWidth, config.InitializerFactor, "shared.weight", config.VocabularySize);
        if (!config.TieWordEmbeddings)
            _head = weights.Linear(
                config.ModelWidth, 1, config.InitializerFactor, ("lm_head.weight", config.VocabularySize));
    }

    /// <summary>Embeddings [R, H] of token ids.</summary>
    public Variable Forward(Tape tape, ReadOnlySpan<int> ids)
    {
        Check(ids);
        Tensor indices = TensorData.FromInt32(tape.Backend, ids, ids.Length);
        if (_shared.Trained is not null) return tape.GatherRows(_shared.Trained, indices);
        return Variable.Constant(Gather(tape, indices));
    }

    /// <summary>
    /// The same with rows of a variable (a prompt) where <paramref name="rowIndices"/> is not negative; the ids there
    /// do not matter.
    /// </summary>
    public Variable Forward(Tape tape, ReadOnlySpan<int> ids, Variable rows, ReadOnlySpan<int> rowIndices)
    {
        if (rowIndices.Length != ids.Length)
            throw new ArgumentException($"Embed: {rowIndices.Length} row indices for {ids.Length} ids.");
        if (_shared.Frozen is null)
            throw new ArgumentException("Embed: prompt rows need a frozen embedding, and this model trains its own.");
        int[] text = ids.ToArray();
        for (int i = 0; i < text.Length; i++)
            if (rowIndices[i] >= 0) text[i] = _config.PadId;
        Check(text);
        return tape.PlaceRows(Gather(tape, TensorData.FromInt32(tape.Backend, text, text.Length)), rows, rowIndices);
    }

    /// <summary>Logits [Ru, V] of decoder states [Ru, H].</summary>
    public Variable Head(Tape tape, Variable states)
    {
        if (_config.ScaleDecoderOutputs) states = tape.Scale(states, 1 / Math.Sqrt(_config.ModelWidth));
        return (_head ?? _shared).Forward(tape, states);
    }

    private Tensor Gather(Tape tape, Tensor indices)
    {
        Tensor rows = tape.Allocate((int)indices.Length, _config.ModelWidth);
        tape.Backend.Matrix.Gather(_shared.Frozen!, indices, rows);
        return rows;
    }

    private void Check(ReadOnlySpan<int> ids)
    {
        for (int i = 0; i < ids.Length; i++)
            if ((uint)ids[i] >= (uint)_config.VocabularySize)
                throw new ArgumentException(
                    $"Embed: token id {ids[i]} at position {i}, expected 0 to {_config.VocabularySize - 1}.");
    }
}
