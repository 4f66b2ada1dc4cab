using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// One attention call as its kernels see it. Fields go from the widest to the narrowest; views that are not used are
/// empty.
/// </summary>
internal struct AttentionCall
{
    public ArrayView<float> Query;
    public ArrayView<float> Key;
    public ArrayView<float> Value;
    public ArrayView<float> OutputGradient;

    /// <summary>The kernel's result: the output, or a gradient.</summary>
    public ArrayView<float> Result;

    /// <summary>
    /// The result in bf16, two elements a word, of the kernels for tensor cores; rows as far apart as the result's. May
    /// be empty.
    /// </summary>
    public ArrayView<int> Rounded;

    /// <summary>[Rq, N].</summary>
    public ArrayView<float> LogSumExp;

    /// <summary>[Rq, N]: Σ P·dP of each row and head.</summary>
    public ArrayView<float> Delta;

    /// <summary>Bias table [buckets, N]; empty for no bias.</summary>
    public ArrayView<float> Table;

    public ArrayView<int> Buckets;

    /// <summary>First rows of the sequences of queries and of keys, [B + 1].</summary>
    public ArrayView<int> QueryStarts;
    public ArrayView<int> KeyStarts;

    /// <summary>Of the mask; a threshold of 0 for no dropout.</summary>
    public CudaDropoutKeys Dropout;

    public int QueryStride;
    public int KeyStride;
    public int ValueStride;
    public int OutputGradientStride;
    public int ResultStride;

    /// <summary>1 where the head of every row begins on a 16-byte boundary.</summary>
    public int QueryVectors;
    public int KeyVectors;
    public int ValueVectors;
    public int OutputGradientVectors;
    public int ResultVectors;

    public int Heads;
    public int Width;

    /// <summary>Blocks of the longest sequence: of queries, or of keys where a kernel goes by keys.</summary>
    public int Blocks;

    /// <summary>Distances the bias covers each way.</summary>
    public int Reach;

    /// <summary>1 where a query sees no later key; 1 where a gradient is added to what is there.</summary>
    public int Causal;
    public int Accumulate;
}
