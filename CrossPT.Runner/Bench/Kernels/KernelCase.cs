using System.Runtime.InteropServices;
using CrossPT.Tensors;

namespace CrossPT.Runner.Bench.Kernels;

/// <summary>
/// One call of one kernel: how to make it on any back end, and what it costs. Correctness and speed are measured on the
/// same declaration.
/// </summary>
/// <param name="Kernel">Its name, with what is special.</param>
/// <param name="Shape">Its sizes, for people.</param>
/// <param name="Operations">Floating-point operations, a fused multiply-add counting two; 0 where memory alone
/// decides.</param>
/// <param name="Bytes">Bytes of its operands, each read or written once.</param>
/// <param name="Make">Makes the operands: what to call, and what it writes.</param>
internal sealed record KernelCase(
    string Kernel, string Shape, double Operations, double Bytes, Func<KernelOperands, KernelCall> Make)
{
    /// <summary>Seconds of a call, the median; on a device many are launched before it is waited for.</summary>
    public double Time(IBackend backend)
    {
        const int calls = 20;
        using KernelOperands operands = new(backend);
        KernelCall call = Make(operands);
        int count = backend.IsHostMemory ? 1 : calls;
        Benchmark benchmark = new(() =>
        {
            for (int i = 0; i < count; i++) call.Run();
            backend.Synchronize();
        });
        return benchmark.MedianSeconds / count;
    }
}

/// <summary>A call made ready.</summary>
internal sealed record KernelCall(Action Run, params Tensor[] Outputs)
{
    /// <summary>Puts back what a call in place has changed, so that it can be made again.</summary>
    public Action Reset { get; init; } = static () => { };
}

/// <summary>The sizes of a T5 that decide how fast its kernels are.</summary>
/// <param name="Name">As <c>--preset</c> has it.</param>
/// <param name="Width">H.</param>
/// <param name="FeedForward">F.</param>
/// <param name="Heads">N, of width 64 each.</param>
internal sealed record KernelSizes(string Name, int Width, int FeedForward, int Heads)
{
    /// <summary>D.</summary>
    public const int HeadWidth = 64;

    /// <summary>V.</summary>
    public const int Vocabulary = 32128;

    public static KernelSizes[] All { get; } =
    [
        new("t5-small", 512, 2048, 8), new("t5-base", 768, 3072, 12), new("t5-large", 1024, 4096, 16),
    ];
}

/// <summary>
/// How far a kernel's results on one back end lie from those on another, and whether a second call gives the same bits.
/// </summary>
/// <param name="Difference">Largest absolute difference over the largest absolute value.</param>
/// <param name="IsRepeatable">Whether two calls on the tested back end agreed bit by bit.</param>
internal readonly record struct KernelComparison(double Difference, bool IsRepeatable)
{
    public static KernelComparison Of(KernelCase kernel, IBackend tested, IBackend reference)
    {
        using KernelOperands ours = new(tested), theirs = new(reference);
        KernelCall call = kernel.Make(ours), expected = kernel.Make(theirs);
        expected.Run();
        call.Run();
        float[][] first = [.. call.Outputs.Select(static output => output.ToSingles())];
        call.Reset();
        call.Run();
        double worst = 0;
        bool repeatable = true;
        for (int i = 0; i < first.Length; i++)
        {
            worst = Math.Max(worst, Verify.Difference.Of(first[i], expected.Outputs[i].ToSingles()).MaxRelative);
            repeatable &= first[i].AsSpan().SequenceEqual(call.Outputs[i].ToSingles());
        }
        return new KernelComparison(worst, repeatable);
    }
}

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
