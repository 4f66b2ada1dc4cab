using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>
/// What a run takes beside the shared model, reckoned without running it: the activations that the way back needs, at
/// the longest texts the configuration lets through. So it is more than most runs come to, never a promise.
/// </summary>
internal static class RunMemory
{
    /// <summary>What a back end and a run's data take however small the run.</summary>
    private const long Least = 64L << 20;

    /// <summary>Bytes of a run beside the weights it shares.</summary>
    public static long Of(RunConfiguration configuration, T5Config model)
    {
        int prompt = configuration.TrainsModel ? 0 : configuration.Prompt.Length ?? 10;
        int tasks = configuration.Training.Batching == Batching.Together ? configuration.Tasks.Count : 1;
        long examples = (long)configuration.Training.Batch * tasks;
        long rows = examples * (configuration.Data.SourceLength + prompt);
        long attention = (long)model.Heads * model.HeadWidth;
        // Kept of a block: its input twice (as it is and normed) for both halves, queries, keys, values and the
        // attention's result, the hidden layer.
        // Of that, ReLU keeps a bit an element before the activation, other functions the element.
        long hidden = model.IsGated ? 3 : model.Activation == Activation.Relu ? 1 : 2;
        long block = (4L * model.ModelWidth) + (4 * attention) + (hidden * model.FeedForwardWidth);
        long activations =
            rows * sizeof(float) * ((block * model.EncoderLayers) + (2 * attention * model.DecoderLayers));
        // The head's logits and their gradient over a few label tokens an example.
        long logits = examples * 4 * 2 * model.VocabularySize * sizeof(float);
        // Weights that are trained: themselves, gradient, two moments, the last good ones.
        return Least + activations + logits + (configuration.TrainsModel ? 5 * Weights(model) : 0);
    }

    /// <summary>Bytes of a model's weights.</summary>
    public static long Weights(T5Config model)
    {
        long attention = 4L * model.ModelWidth * model.Heads * model.HeadWidth;
        long feedForward = (model.IsGated ? 3L : 2L) * model.ModelWidth * model.FeedForwardWidth;
        long embeddings = (model.TieWordEmbeddings ? 1L : 2L) * model.VocabularySize * model.ModelWidth;
        return sizeof(float)
            * (embeddings + (model.EncoderLayers * (attention + feedForward))
                + (model.DecoderLayers * ((2 * attention) + feedForward)));
    }
}
