using ILGPU;
using ILGPU.Runtime;
using Floats = ILGPU.ArrayView<float>;

namespace CrossPT.Tensors.Cuda;

/// <summary>Optimizer updates.</summary>
internal sealed partial class CudaOptimizer(Launcher launcher) : IOptimizerKernels
{
    private readonly CudaColumnSums<SquareTerm> _columnMoments = new(launcher);
    private Action<AcceleratorStream, KernelConfig, Floats, Floats, Floats, Floats, long, AdamWStep, int>? _adamW;
    private Action<AcceleratorStream, KernelConfig, Floats, Floats, int, FactoredDecay>? _rowMoments;
    private Action<AcceleratorStream, KernelConfig, Floats, Floats, int>? _mean;
    private Action<AcceleratorStream, KernelConfig, Floats, Floats, Floats, Floats, Floats, Grid2>? _update;
    private Action<AcceleratorStream, KernelConfig, Floats, Floats, Floats, long, FactoredDecay>? _vectorUpdate;

    public void AdamW(Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment, in AdamWOptions options)
    {
        KernelChecks.AdamW(parameter, gradient, firstMoment, secondMoment);
        if (parameter.Length == 0) return;
        (_adamW ??= launcher.Load<Floats, Floats, Floats, Floats, long, AdamWStep, int>(AdamWWords))(
            launcher.Stream, launcher.Over(1, (parameter.Length + 3) / 4), launcher.Floats(parameter), launcher.Floats(gradient), launcher.Floats(firstMoment),
            launcher.Floats(secondMoment), parameter.Length, new AdamWStep(options), Launcher.FlatVectors(parameter, gradient, firstMoment, secondMoment));
    }

    public void AdafactorMoments(Tensor gradient, Tensor rowMoment, Tensor columnMoment, double decay, double epsilon)
    {
        KernelChecks.AdafactorMoments(gradient, rowMoment, columnMoment);
        if (gradient.Length == 0) return;
        (_rowMoments ??= launcher.Load<Floats, Floats, int, FactoredDecay>(RowMoment))(
            launcher.Stream, launcher.PerRow(gradient.Rows, gradient.Columns), launcher.Floats(gradient), launcher.Floats(rowMoment), gradient.Columns,
            new FactoredDecay(decay, epsilon));
        _columnMoments.Run(gradient, gradient, gradient, columnMoment, (float)epsilon, (float)((1 - decay) / gradient.Rows), (float)decay);
    }

    public void AdafactorUpdate(Tensor gradient, Tensor rowMoment, Tensor columnMoment, Tensor update)
    {
        KernelChecks.AdafactorUpdate(gradient, rowMoment, columnMoment, update);
        if (gradient.Length == 0) return;
        Storage scratch = launcher.Memory.Allocate(sizeof(float));
        Floats mean = launcher.At<float>(scratch.Address, 1);
        (_mean ??= launcher.Load<Floats, Floats, int>(Mean))(
            launcher.Stream, launcher.PerRow(1, gradient.Rows), launcher.Floats(rowMoment), mean, gradient.Rows);
        (_update ??= launcher.Load<Floats, Floats, Floats, Floats, Floats, Grid2>(FactoredUpdate))(
            launcher.Stream, launcher.Over(gradient.Rows, gradient.Columns), launcher.Floats(gradient), launcher.Floats(rowMoment), launcher.Floats(columnMoment), mean,
            launcher.Floats(update), new Grid2(gradient.Rows, gradient.Columns, gradient.Columns, gradient.Columns));
        scratch.Release();
    }

    public void AdafactorVectorUpdate(Tensor gradient, Tensor moment, Tensor update, double decay, double epsilon)
    {
        KernelChecks.AdafactorVectorUpdate(gradient, moment, update);
        if (gradient.Length == 0) return;
        (_vectorUpdate ??= launcher.Load<Floats, Floats, Floats, long, FactoredDecay>(VectorUpdate))(
            launcher.Stream, launcher.Over(1, gradient.Length), launcher.Floats(gradient), launcher.Floats(moment), launcher.Floats(update), gradient.Length,
            new FactoredDecay(decay, epsilon));
    }

    /// <summary>The numbers of one AdamW step.</summary>
    internal readonly struct AdamWStep(in AdamWOptions options)
    {
        public readonly float Beta1 = (float)options.Beta1, Beta2 = (float)options.Beta2, Rest1 = (float)(1 - options.Beta1), Rest2 = (float)(1 - options.Beta2);
        public readonly float Epsilon = (float)options.Epsilon, Keep = (float)(1 - (options.LearningRate * options.WeightDecay));
        public readonly float Rate = (float)(options.LearningRate / (1 - Math.Pow(options.Beta1, options.Step)));
        public readonly float Correction = (float)(1 / (1 - Math.Pow(options.Beta2, options.Step)));
    }

    /// <summary>How Adafactor's moments forget.</summary>
    internal readonly struct FactoredDecay(double decay, double epsilon)
    {
        public readonly float Decay = (float)decay, Rest = (float)(1 - decay), Epsilon = (float)epsilon;
    }
}
