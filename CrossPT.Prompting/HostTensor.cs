using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Prompting;

/// <summary>
/// Small operations computed by the host in float64: a router's few scores cost less there than a launch, and every back end has them at once.
/// </summary>
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

    /// <summary>Adds a gradient computed by the host to that of an input.</summary>
    public static void Add(Tape tape, Variable input, double[] gradient)
    {
        if (input.RequiresGradient) tape.Add(input, Create(tape.Backend, gradient, input.Shape.Sizes));
    }
}
