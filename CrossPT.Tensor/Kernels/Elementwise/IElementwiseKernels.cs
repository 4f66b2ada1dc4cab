namespace CrossPT.Tensors;

/// <summary>
/// Kernels that treat every element alike. All tensors of a call have the same shape; an output may be an input.
/// </summary>
public interface IElementwiseKernels
{
    /// <summary>y = value.</summary>
    void Fill(Tensor y, double value);

    /// <summary>y = x, element by element; rows.</summary>
    void Copy(Tensor x, Tensor y);

    /// <summary>y = alpha · a + beta · b; rows.</summary>
    void Add(Tensor a, Tensor b, Tensor y, double alpha = 1, double beta = 1);

    /// <summary>y = alpha · x; rows.</summary>
    void Scale(Tensor x, Tensor y, double alpha);

    /// <summary>y = a · b; with <paramref name="accumulate"/>, y += a · b.</summary>
    void Multiply(Tensor a, Tensor b, Tensor y, bool accumulate = false);

    /// <summary>
    /// y = max(x, 0). Keeps one bit an element: <paramref name="positive"/> is UInt8 [rows, ⌈columns / 32⌉ · 4], bit c
    /// mod 8 of byte c / 8 of a row set where x &gt; 0; null keeps none.
    /// </summary>
    void Relu(Tensor x, Tensor y, Tensor? positive);

    /// <summary>dx = dy where the bit of <see cref="Relu"/> is set, else 0.</summary>
    void ReluBackward(Tensor dy, Tensor positive, Tensor dx);

    /// <summary>y = f(x); rows.</summary>
    void Activate(Tensor x, Tensor y, Activation activation);

    /// <summary>dx = dy · f′(x); rows.</summary>
    void ActivateBackward(Tensor dy, Tensor x, Tensor dx, Activation activation);

    /// <summary>y = f(gate) · linear; rows.</summary>
    /// <remarks>Shazeer 2020, "GLU Variants Improve Transformer".</remarks>
    void Gated(Tensor gate, Tensor linear, Tensor y, Activation activation);

    /// <summary>
    /// Gradients of <see cref="Gated"/>: dGate = dy · linear · f′(gate), dLinear = dy · f(gate); rows.
    /// </summary>
    void GatedBackward(
        Tensor dy, Tensor gate, Tensor linear, Tensor dGate, Tensor dLinear, Activation activation);

    /// <summary>
    /// y = σ((noise + z) / temperature) of logits z limited to ±15.942385, y limited to [2⁻¹²⁶, 1 − 2⁻²³]: a sample of
    /// the binary Concrete distribution where the noise is log(u / (1 − u)) of uniform u; rows.
    /// </summary>
    /// <remarks>Maddison et al. 2017; the limits are those of PyTorch's RelaxedBernoulli in float32.</remarks>
    void RelaxedBernoulli(Tensor logits, Tensor noise, Tensor y, double temperature);

    /// <summary>slope = ∂y/∂z = y (1 − y) / temperature, or 0 where z or y is at a limit; rows.</summary>
    void RelaxedBernoulliSlope(Tensor y, Tensor logits, Tensor slope, double temperature);

    /// <summary>
    /// Inverted dropout: y = x / (1 − p) where <see cref="DropoutMask.Keeps"/> says so, else 0; so the backward pass is
    /// the same call on dy. Row i has the mask's row <paramref name="rows"/>[i], Int32, or i where there are none: then
    /// a gradient of some rows alone meets their masks; rows.
    /// </summary>
    void Dropout(Tensor x, Tensor y, DropoutMask mask, Tensor? rows = null);
}
