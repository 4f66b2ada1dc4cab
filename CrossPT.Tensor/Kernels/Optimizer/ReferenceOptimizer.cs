namespace CrossPT.Tensors.Reference;

/// <summary>Optimizer steps, in the words of <see cref="IOptimizerKernels"/>.</summary>
internal sealed class ReferenceOptimizer : IOptimizerKernels
{
    public void AdamW(
        Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment, in AdamWOptions options)
    {
        KernelChecks.AdamW(parameter, gradient, firstMoment, secondMoment);
        Span<double> p = parameter.Elements();
        Span<double> g = gradient.Elements();
        Span<double> m = firstMoment.Elements();
        Span<double> v = secondMoment.Elements();
        double correction1 = 1 - Math.Pow(options.Beta1, options.Step);
        double correction2 = 1 - Math.Pow(options.Beta2, options.Step);
        for (int i = 0; i < p.Length; i++)
        {
            p[i] *= 1 - (options.LearningRate * options.WeightDecay);
            m[i] = (options.Beta1 * m[i]) + ((1 - options.Beta1) * g[i]);
            v[i] = (options.Beta2 * v[i]) + ((1 - options.Beta2) * g[i] * g[i]);
            p[i] -= options.LearningRate * (m[i] / correction1) / (Math.Sqrt(v[i] / correction2) + options.Epsilon);
        }
    }

    public void AdafactorMoments(Tensor gradient, Tensor rowMoment, Tensor columnMoment, double decay, double epsilon)
    {
        KernelChecks.AdafactorMoments(gradient, rowMoment, columnMoment);
        int rows = gradient.Rows, columns = gradient.Columns;
        double[] rowMeans = new double[rows], columnMeans = new double[columns];
        for (int r = 0; r < rows; r++)
        {
            Span<double> g = gradient.Row(r);
            for (int c = 0; c < columns; c++)
            {
                double square = (g[c] * g[c]) + epsilon;
                rowMeans[r] += square / columns;
                columnMeans[c] += square / rows;
            }
        }
        Blend(rowMoment.Elements(), rowMeans, decay);
        Blend(columnMoment.Elements(), columnMeans, decay);
    }

    public void AdafactorUpdate(Tensor gradient, Tensor rowMoment, Tensor columnMoment, Tensor update)
    {
        KernelChecks.AdafactorUpdate(gradient, rowMoment, columnMoment, update);
        Span<double> rowMoments = rowMoment.Elements(), columnMoments = columnMoment.Elements();
        double mean = 0;
        foreach (double value in rowMoments) mean += value / rowMoments.Length;
        for (int r = 0; r < rowMoments.Length; r++)
        {
            Span<double> g = gradient.Row(r), u = update.Row(r);
            for (int c = 0; c < columnMoments.Length; c++)
                u[c] = g[c] / Math.Sqrt(rowMoments[r] * columnMoments[c] / mean);
        }
    }

    public void AdafactorVectorUpdate(Tensor gradient, Tensor moment, Tensor update, double decay, double epsilon)
    {
        KernelChecks.AdafactorVectorUpdate(gradient, moment, update);
        Span<double> g = gradient.Elements(), m = moment.Elements(), u = update.Elements();
        for (int i = 0; i < g.Length; i++)
        {
            m[i] = (decay * m[i]) + ((1 - decay) * ((g[i] * g[i]) + epsilon));
            u[i] = g[i] / Math.Sqrt(m[i]);
        }
    }

    private static void Blend(Span<double> moment, ReadOnlySpan<double> mean, double decay)
    {
        for (int i = 0; i < moment.Length; i++) moment[i] = (decay * moment[i]) + ((1 - decay) * mean[i]);
    }
}
