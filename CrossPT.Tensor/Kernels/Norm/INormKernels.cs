namespace CrossPT.Tensors;

/// <summary>Root-mean-square norm without mean or bias (Zhang and Sennrich 2019), T5's layer norm.</summary>
public interface INormKernels
{
    /// <summary>
    /// y = x · r · weight with r = 1 / √(mean(x²) + epsilon) per row: x, y [R, H], weight [H]; r is kept in
    /// <paramref name="inverseRms"/> [R].
    /// </summary>
    void RmsNorm(Tensor x, Tensor weight, Tensor y, Tensor inverseRms, double epsilon);

    /// <summary>
    /// dx = r · (dy·weight − x · r² · mean(dy·weight·x)) per row; with <paramref name="accumulate"/>, added to dx
    /// (where the gradient of the residual branch already is).
    /// </summary>
    void RmsNormBackward(Tensor dy, Tensor x, Tensor weight, Tensor inverseRms, Tensor dx, bool accumulate = false);

    /// <summary>dWeight [H] = Σ over rows of dy · x · r; with <paramref name="accumulate"/>, added.</summary>
    void RmsNormWeightBackward(Tensor dy, Tensor x, Tensor inverseRms, Tensor dWeight, bool accumulate = false);
}
