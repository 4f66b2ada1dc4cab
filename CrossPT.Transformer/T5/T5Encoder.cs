using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>The encoder: blocks of self-attention and feed-forward, then a norm. One bias table, in block 0, serves all blocks.</summary>
internal sealed class T5Encoder : IDisposable
{
    private readonly (T5SelfAttention Attention, T5FeedForward FeedForward)[] _blocks;
    private readonly T5LayerNorm _finalNorm;
    private readonly RelativePosition _position;

    public T5Encoder(T5Config config, T5Weights weights, IBackend backend)
    {
        Variable table = weights.Plain(
            "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", new Shape(config.RelativeBuckets, config.Heads), config.InitializerFactor / Math.Sqrt(config.ModelWidth));
        _position = new RelativePosition(config, table, bidirectional: true, backend);
        _blocks = new (T5SelfAttention, T5FeedForward)[config.EncoderLayers];
        for (int i = 0; i < _blocks.Length; i++)
            _blocks[i] = (new T5SelfAttention(config, weights, $"encoder.block.{i}.layer.0"), new T5FeedForward(config, weights, $"encoder.block.{i}.layer.1"));
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
