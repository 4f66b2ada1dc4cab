using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>Optimizer updates.</summary>
internal sealed partial class CudaOptimizer(Launcher launcher) : IOptimizerKernels
{
    private readonly CudaColumnSums<SquareTerm> _columnMoments = new(launcher);
    private readonly Kernel<AdamWArgs> _adamW = new(launcher, AdamW);
    private readonly Kernel<RowMomentArgs> _rowMoments = new(launcher, RowMoment);
    private readonly Kernel<MeanArgs> _mean = new(launcher, Mean);
    private readonly Kernel<FactoredArgs> _update = new(launcher, FactoredUpdate);
    private readonly Kernel<VectorArgs> _vectorUpdate = new(launcher, VectorUpdate);

    public void AdamW(
        Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment, in AdamWOptions options)
    {
        KernelChecks.AdamW(parameter, gradient, firstMoment, secondMoment);
        if (parameter.Length == 0) return;
        Extent extent = Extent.Of(parameter, gradient, firstMoment, secondMoment);
        AdamWArgs args = new(
            launcher.Matrix(parameter), launcher.Matrix(gradient), launcher.Matrix(firstMoment),
            launcher.Matrix(secondMoment),
            extent, new AdamWStep(options));
        _adamW.Launch(launcher.Over(extent), args);
    }

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

    internal readonly record struct AdamWArgs(
        MatrixView Parameter, MatrixView Gradient, MatrixView FirstMoment, MatrixView SecondMoment, Extent Extent,
        AdamWStep Step);

    internal readonly record struct RowMomentArgs(
        ArrayView<float> Gradient, ArrayView<float> Moment, int Columns, FactoredDecay Decay);

    internal readonly record struct MeanArgs(ArrayView<float> X, ArrayView<float> Mean, int Count);

    internal readonly record struct FactoredArgs(
        ArrayView<float> Gradient, ArrayView<float> RowMoment, ArrayView<float> ColumnMoment, ArrayView<float> Mean,
        ArrayView<float> Update, int Rows, int Columns);

    internal readonly record struct VectorArgs(
        ArrayView<float> Gradient, ArrayView<float> Moment, ArrayView<float> Update, long Length, FactoredDecay Decay);
}
