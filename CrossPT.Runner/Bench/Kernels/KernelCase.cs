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
