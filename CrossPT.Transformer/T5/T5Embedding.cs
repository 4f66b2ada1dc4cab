using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>
/// The shared embedding [V, H] and the head. Frozen and tied (v1.0), both are one packed matrix: gathered by rows here, multiplied there.
/// </summary>
internal sealed class T5Embedding
{
    private readonly T5Config _config;
    private readonly T5Linear _shared;
    private readonly T5Linear? _head;

    public T5Embedding(T5Config config, T5Weights weights)
    {
        _config = config;
        // A head that is the embedding itself has to be what products want, rounded where they round; beside a head of its own an embedding loses nothing.
        _shared = config.TieWordEmbeddings
            ? weights.Linear(config.ModelWidth, 1, config.InitializerFactor, ("shared.weight", config.VocabularySize))
            : weights.Table(config.ModelWidth, config.InitializerFactor, "shared.weight", config.VocabularySize);
        if (!config.TieWordEmbeddings) _head = weights.Linear(config.ModelWidth, 1, config.InitializerFactor, ("lm_head.weight", config.VocabularySize));
    }

    /// <summary>Embeddings [R, H] of token ids.</summary>
    public Variable Forward(Tape tape, ReadOnlySpan<int> ids)
    {
        Check(ids);
        Tensor indices = TensorData.FromInt32(tape.Backend, ids, ids.Length);
        if (_shared.Trained is not null) return tape.GatherRows(_shared.Trained, indices);
        return Variable.Constant(Gather(tape, indices));
    }

    /// <summary>The same with rows of a variable (a prompt) where <paramref name="rowIndices"/> is not negative; the ids there do not matter.</summary>
    public Variable Forward(Tape tape, ReadOnlySpan<int> ids, Variable rows, ReadOnlySpan<int> rowIndices)
    {
        if (rowIndices.Length != ids.Length) throw new ArgumentException($"Embed: {rowIndices.Length} row indices for {ids.Length} ids.");
        if (_shared.Frozen is null) throw new ArgumentException("Embed: prompt rows need a frozen embedding, and this model trains its own.");
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
                throw new ArgumentException($"Embed: token id {ids[i]} at position {i}, expected 0 to {_config.VocabularySize - 1}.");
    }
}
