using CrossPT.Tensors;

namespace CrossPT.Runner.Bench.Kernels;

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
