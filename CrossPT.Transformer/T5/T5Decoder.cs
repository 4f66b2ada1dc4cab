using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>The decoder: blocks of causal self-attention, attention to the encoder's states and feed-forward, then a norm.</summary>
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
            "decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", new Shape(config.RelativeBuckets, config.Heads), config.InitializerFactor / Math.Sqrt(config.ModelWidth));
        _position = new RelativePosition(config, table, bidirectional: false, backend);
        _blocks = new Block[config.DecoderLayers];
        for (int i = 0; i < _blocks.Length; i++)
        {
            string path = $"decoder.block.{i}.layer";
            _blocks[i] = new Block(
                new T5SelfAttention(config, weights, $"{path}.0"), new T5CrossAttention(config, weights, $"{path}.1"), new T5FeedForward(config, weights, $"{path}.2"));
        }
        _finalNorm = new T5LayerNorm(config, weights, "decoder.final_layer_norm");
    }

    /// <summary>
    /// States [Ru, H] of target embeddings [Ru, H]: sequences end to end, each with its own causal attention (<paramref name="sequences"/>); target rows of one
    /// source lie together (<paramref name="targets"/>), so that several label strings share the states of their source.
    /// </summary>
    public Variable Forward(
        Tape tape, Variable y, SequenceOffsets sequences, SequenceOffsets targets, Variable states, SequenceOffsets sources, TrainingDropout? dropout = null)
    {
        PositionBiasVariable bias = _position.For(sequences.Longest);
        y = tape.Dropout(y, dropout?.At(decoder: true, 0, DropoutPlace.Embedding));
        for (int i = 0; i < _blocks.Length; i++)
        {
            using TensorScope scope = new();
            BlockDropout place = new(dropout, Decoder: true, i);
            y = _blocks[i].SelfAttention.Forward(tape, y, sequences, causal: true, bias, place);
            y = _blocks[i].CrossAttention.Forward(tape, y, targets, states, sources, place);
            y = _blocks[i].FeedForward.Forward(tape, y, place);
            scope.Keep(y.Value);
        }
        return tape.Dropout(_finalNorm.Forward(tape, y), dropout?.At(decoder: true, 0, DropoutPlace.Final));
    }

    /// <summary>Starts decoding step by step over encoder states.</summary>
    public DecodingState Start(Tape tape, Variable states, SequenceOffsets sources)
    {
        DecodingState state = new(sources);
        foreach (Block block in _blocks)
        {
            (Tensor keys, Tensor values) = block.CrossAttention.Project(tape, states);
            state.Add(keys, values, new KeyValueCache(_config.AttentionWidth, _backend));
        }
        return state;
    }

    /// <summary>States [B, H] of the next position of every sequence, of embeddings [B, H].</summary>
    public Variable Step(Tape tape, Variable y, DecodingState state)
    {
        DecodingStep step = state.Advance(_backend);
        PositionBiasVariable bias = _position.For(step.Keys.Longest);
        for (int i = 0; i < _blocks.Length; i++)
        {
            (Tensor keys, Tensor values, KeyValueCache cache) = state[i];
            y = _blocks[i].SelfAttention.Step(tape, y, cache, step, bias);
            y = _blocks[i].CrossAttention.Step(tape, y, keys, values, step, state.Sources);
            y = _blocks[i].FeedForward.Forward(tape, y);
        }
        return _finalNorm.Forward(tape, y);
    }

    public void Dispose() => _position.Dispose();

    private sealed record Block(T5SelfAttention SelfAttention, T5CrossAttention CrossAttention, T5FeedForward FeedForward);
}
