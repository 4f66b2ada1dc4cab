namespace CrossPT.Tensors;

/// <summary>Losses together with their gradients.</summary>
public interface ILossKernels
{
    /// <summary>
    /// losses[i] = −log softmax(logits[i])[labels[i]], 0 where labels[i] is negative (ignored): logits [R, V], labels
    /// Int32 [R], losses [R]. With <paramref name="logitsGradient"/> (which may be the logits themselves), it receives
    /// (softmax − one-hot) · scales[i], 0 in ignored rows; <paramref name="scales"/> [R] null counts as 1.
    /// </summary>
    void CrossEntropy(Tensor logits, Tensor labels, Tensor losses, Tensor? scales, Tensor? logitsGradient);
}
