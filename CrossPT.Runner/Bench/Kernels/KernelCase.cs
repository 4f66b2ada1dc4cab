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
