using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Benchmarks;

/// <summary>The back end under measurement and random operands on it.</summary>
/// <param name="threads">Threads; 0 for all processors.</param>
/// <param name="width">Vector width; null for the widest the processor has.</param>
public sealed class OperandSet(int threads = 0, SimdWidth? width = null) : IDisposable
{
    private readonly CounterRandom _random = new(1);

    /// <summary>The CPU back end.</summary>
    public CpuBackend Backend { get; } = new(threads, width);

    /// <summary>Uniform numbers in [−½, ½).</summary>
    public Tensor Random(params int[] sizes)
    {
        Tensor tensor = Tensor.Allocate(Backend, sizes);
        float[] values = new float[tensor.Length];
        for (int i = 0; i < values.Length; i++) values[i] = _random.NextSingle() - 0.5f;
        tensor.CopyFrom(values);
        return tensor;
    }

    /// <summary>A packed weight of G groups [N, K].</summary>
    public IPackedMatrix Weight(int outputs, int inputs, int groups = 1)
    {
        IPackedMatrix packed = Backend.Matrix.CreatePacked(groups, outputs, inputs);
        using Tensor rows = Random(groups * outputs, inputs);
        Backend.Matrix.Pack(rows, 0, packed);
        return packed;
    }

    /// <inheritdoc/>
    public void Dispose() => Backend.Dispose();
}
