using CrossPT.Tensors;

namespace CrossPT.Prompting;

/// <summary>Tensors from numbers that the host has in float64.</summary>
internal static class HostTensor
{
    /// <summary>A tensor of the back end's compute type from float64 values.</summary>
    public static Tensor Create(IBackend backend, double[] values, params ReadOnlySpan<int> sizes)
    {
        Tensor tensor = Tensor.Allocate(backend, sizes);
        if (tensor.DType == DType.Float64) tensor.CopyFrom(values);
        else tensor.CopyFrom(Array.ConvertAll(values, static value => (float)value));
        return tensor;
    }
}
