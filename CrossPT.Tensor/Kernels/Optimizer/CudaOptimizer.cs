using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>Optimizer updates.</summary>
internal sealed partial class CudaOptimizer(CudaBackend backend, Launcher launcher) : IOptimizerKernels
{
    private readonly CudaColumnSums<SquareTerm> _columnMoments = new(launcher);
    private readonly Kernel<AdamWArgs> _adamW = new(launcher, AdamW);
    private readonly Kernel<RowMomentArgs> _rowMoments = new(launcher, RowMoment);
    private readonly Kernel<MeanArgs> _mean = new(launcher, Mean);
    private readonly Kernel<FactoredArgs> _update = new(launcher, FactoredUpdate);
    private readonly Kernel<VectorArgs> _vectorUpdate = new(launcher, VectorUpdate);

    public void AdamW(
        Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment, in AdamWOptions options)
        => AdamW([new AdamWUpdate(parameter, gradient, firstMoment, secondMoment, options)]);

    /// <remarks>
    /// One launch: a table in device memory says where the tensors of each parameter lie, counted from the first of
    /// all.
    /// </remarks>
    public void AdamW(IReadOnlyList<AdamWUpdate> updates)
    {
        nint first = nint.MaxValue, end = 0;
        long longest = 0;
        foreach (AdamWUpdate update in updates)
        {
            KernelChecks.AdamW(update.Parameter, update.Gradient, update.FirstMoment, update.SecondMoment);
            foreach (Tensor tensor in Tensors(update))
            {
                // Its elements change: a copy in bf16 is given up.
                launcher.Floats(tensor);
                first = Math.Min(first, tensor.Address);
                end = Math.Max(end, tensor.Address + ((nint)tensor.Length * sizeof(float)));
            }
            longest = Math.Max(longest, update.Parameter.Length);
        }
        if (longest == 0) return;
        // Elements of one view begin on 16-byte boundaries where their tensors do.
        first -= first % 16;
        AdamWEntry[] entries = [.. updates.Select(update => new AdamWEntry(update, first))];
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes<AdamWEntry>(entries);
        // A view begins at a multiple of its elements' size.
        int size = bytes.Length / entries.Length;
        Storage table = launcher.Memory.Allocate(bytes.Length + size);
        nint address = (table.Address + size - 1) / size * size;
        backend.Upload(bytes, address);
        AdamWArgs args = new(
            launcher.At<float>(first, (end - first) / sizeof(float)),
            launcher.At<AdamWEntry>(address, entries.Length));
        _adamW.Launch(launcher.Over(entries.Length, (longest + 3) / 4), args);
        table.Release();
    }

    private static Tensor[] Tensors(AdamWUpdate update)
        => [update.Parameter, update.Gradient, update.FirstMoment, update.SecondMoment];

    public void AdafactorMoments(Tensor gradient, Tensor rowMoment, Tensor columnMoment, double decay, double epsilon)
    {
        KernelChecks.AdafactorMoments(gradient, rowMoment, columnMoment);
        if (gradient.Length == 0) return;
        RowMomentArgs args = new(
            launcher.Floats(gradient), launcher.Floats(rowMoment), gradient.Columns, new FactoredDecay(decay, epsilon));
        _rowMoments.Launch(launcher.PerRow(gradient.Rows, gradient.Columns), args);
        float scale = (float)((1 - decay) / gradient.Rows);
        _columnMoments.Run(gradient, gradient, gradient, columnMoment, (float)epsilon, scale, (float)decay);
    }

    public void AdafactorUpdate(Tensor gradient, Tensor rowMoment, Tensor columnMoment, Tensor update)
    {
        KernelChecks.AdafactorUpdate(gradient, rowMoment, columnMoment, update);
        if (gradient.Length == 0) return;
        Storage scratch = launcher.Memory.Allocate(sizeof(float));
        ArrayView<float> mean = launcher.At<float>(scratch.Address, 1);
        _mean.Launch(launcher.PerRow(1, gradient.Rows), new(launcher.Floats(rowMoment), mean, gradient.Rows));
        FactoredArgs args = new(
            launcher.Floats(gradient), launcher.Floats(rowMoment), launcher.Floats(columnMoment), mean,
            launcher.Floats(update),
            gradient.Rows, gradient.Columns);
        _update.Launch(launcher.Over(gradient.Rows, gradient.Columns), args);
        scratch.Release();
    }

    public void AdafactorVectorUpdate(Tensor gradient, Tensor moment, Tensor update, double decay, double epsilon)
    {
        KernelChecks.AdafactorVectorUpdate(gradient, moment, update);
        if (gradient.Length == 0) return;
        VectorArgs args = new(
            launcher.Floats(gradient), launcher.Floats(moment), launcher.Floats(update), gradient.Length,
            new FactoredDecay(decay, epsilon));
        _vectorUpdate.Launch(launcher.Over(1, gradient.Length), args);
    }

    /// <summary>The numbers of one AdamW step.</summary>
    internal readonly struct AdamWStep(in AdamWOptions options)
    {
        public readonly float Beta1 = (float)options.Beta1;
        public readonly float Beta2 = (float)options.Beta2;
        public readonly float Rest1 = (float)(1 - options.Beta1);
        public readonly float Rest2 = (float)(1 - options.Beta2);
        public readonly float Epsilon = (float)options.Epsilon;
        public readonly float Keep = (float)(1 - (options.LearningRate * options.WeightDecay));
        public readonly float Rate = (float)(options.LearningRate / (1 - Math.Pow(options.Beta1, options.Step)));
        public readonly float Correction = (float)(1 / (1 - Math.Pow(options.Beta2, options.Step)));
    }

    /// <summary>How Adafactor's moments forget.</summary>
    internal readonly struct FactoredDecay(double decay, double epsilon)
    {
        public readonly float Decay = (float)decay;
        public readonly float Rest = (float)(1 - decay);
        public readonly float Epsilon = (float)epsilon;
    }

    /// <summary>Where the tensors of a parameter begin in a view of all, and how it moves.</summary>
    internal readonly struct AdamWEntry(AdamWUpdate update, nint first)
    {
        public readonly long Parameter = (update.Parameter.Address - first) / sizeof(float);
        public readonly long Gradient = (update.Gradient.Address - first) / sizeof(float);
        public readonly long FirstMoment = (update.FirstMoment.Address - first) / sizeof(float);
        public readonly long SecondMoment = (update.SecondMoment.Address - first) / sizeof(float);
        public readonly long Length = update.Parameter.Length;
        public readonly AdamWStep Step = new(update.Options);

        /// <summary>1 where all of them begin on a 16-byte boundary.</summary>
        public readonly int Vectors = Launcher.FlatVectors(Tensors(update));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Line Line(ArrayView<float> all, long start) => new(all, start, Length, Vectors);
    }

    internal readonly record struct AdamWArgs(ArrayView<float> All, ArrayView<AdamWEntry> Entries);

    internal readonly record struct RowMomentArgs(
        ArrayView<float> Gradient, ArrayView<float> Moment, int Columns, FactoredDecay Decay);

    internal readonly record struct MeanArgs(ArrayView<float> X, ArrayView<float> Mean, int Count);

    internal readonly record struct FactoredArgs(
        ArrayView<float> Gradient, ArrayView<float> RowMoment, ArrayView<float> ColumnMoment, ArrayView<float> Mean,
        ArrayView<float> Update, int Rows, int Columns);

    internal readonly record struct VectorArgs(
        ArrayView<float> Gradient, ArrayView<float> Moment, ArrayView<float> Update, long Length, FactoredDecay Decay);
}
