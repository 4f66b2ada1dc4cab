namespace CrossPT.Tensors.Cuda;

/// <summary>How a CUDA device multiplies with frozen weights.</summary>
public enum MatrixPrecision
{
    /// <summary>float32, without tensor cores.</summary>
    Float32,

    /// <summary>Tensor cores with both operands rounded to bf16; attention too.</summary>
    BFloat16,

    /// <summary>
    /// Tensor cores with each operand split into a sum of two bf16 numbers. A product is off by at most 2⁻¹⁵ of the
    /// product of its vectors' norms; attention is float32.
    /// </summary>
    SplitFloat32,
}

/// <summary>The names of precisions on the command line.</summary>
public static class MatrixPrecisions
{
    /// <summary>The value of <c>--precision</c>.</summary>
    public static string Name(this MatrixPrecision precision) => precision switch
    {
        MatrixPrecision.Float32 => "fp32",
        MatrixPrecision.BFloat16 => "bf16",
        _ => "fp32-split",
    };
}
