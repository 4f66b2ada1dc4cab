using System.Runtime.InteropServices;
using CrossPT.Tensors;

namespace CrossPT.Runner.Bench.Kernels;

/// <summary>Operands of one kernel on one back end, the same numbers on every one; freed together.</summary>
internal sealed class KernelOperands(IBackend backend) : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private readonly RandomNumbers _random = new(stream: 7);

    public IBackend Backend => backend;

    /// <summary>[rows, columns] in [−1, 1).</summary>
    public Tensor Random(int rows, int columns)
    {
        Tensor tensor = Empty(rows, columns);
        for (int row = 0; row < rows; row++)
        {
            using Tensor line = tensor.Slice(row, 1);
            backend.CopyFromHost(_random.Next(columns), line);
        }
        return tensor;
    }

    /// <summary>[length] in [−1, 1).</summary>
    public Tensor RandomVector(int length)
    {
        Tensor tensor = Own(Tensor.Allocate(backend, length));
        backend.CopyFromHost(_random.Next(length), tensor);
        return tensor;
    }

    public Tensor Empty(int rows, int columns) => Own(Tensor.Allocate(backend, rows, columns));

    public Tensor EmptyVector(int length) => Own(Tensor.Allocate(backend, length));

    /// <summary>[rows, columns] of zeros.</summary>
    public Tensor Zeros(int rows, int columns)
    {
        Tensor tensor = Empty(rows, columns);
        backend.Elementwise.Fill(tensor, 0);
        return tensor;
    }

    /// <summary>Ids below a bound, spread over it.</summary>
    public Tensor Ids(int count, int bound)
    {
        int[] ids = new int[count];
        for (int i = 0; i < count; i++) ids[i] = (int)(i * 7919L % bound);
        return Integers(ids);
    }

    public Tensor Integers(int[] values)
    {
        Tensor tensor = Own(Tensor.Allocate(backend, new Shape(values.Length), DType.Int32));
        backend.CopyFromHost(MemoryMarshal.AsBytes<int>(values), tensor);
        return tensor;
    }

    /// <summary>A bit an element, all clear.</summary>
    public Tensor Bits(int rows, int columns)
    {
        Tensor tensor = Own(Tensor.Allocate(backend, new Shape(rows, (columns + 31) / 32 * 4), DType.UInt8));
        backend.CopyFromHost(new byte[tensor.Length], tensor);
        return tensor;
    }

    /// <summary>A frozen weight [outputs, inputs], of a size that keeps sums near 1.</summary>
    public IPackedMatrix Weight(int outputs, int inputs)
    {
        IPackedMatrix weight = backend.Matrix.CreatePacked(1, outputs, inputs);
        _owned.Add(weight);
        float scale = 1 / MathF.Sqrt(inputs);
        float[] row = new float[inputs];
        for (int i = 0; i < outputs; i++)
        {
            MemoryMarshal.Cast<byte, float>(_random.Next(inputs)).CopyTo(row);
            for (int k = 0; k < inputs; k++) row[k] *= scale;
            backend.Matrix.Pack(MemoryMarshal.AsBytes<float>(row), DType.Float32, i, weight);
        }
        return weight;
    }

    public void Dispose()
    {
        foreach (IDisposable owned in _owned) owned.Dispose();
    }

    private Tensor Own(Tensor tensor)
    {
        _owned.Add(tensor);
        return tensor;
    }
}
