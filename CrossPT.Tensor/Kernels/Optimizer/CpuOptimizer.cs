namespace CrossPT.Tensors.Cpu;

/// <summary>
/// Optimizer updates. Element-wise ones are vectorised by the compiler's width; sums are in double, in order.
/// </summary>
internal sealed unsafe class CpuOptimizer<TSimd, V>(WorkerPool pool) : IOptimizerKernels
    where TSimd : struct, ISimd<V>
    where V : unmanaged
{
    private const int Chunk = 8192;

    public void AdamW(
        Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment, in AdamWOptions options)
    {
        KernelChecks.AdamW(parameter, gradient, firstMoment, secondMoment);
        float* p = (float*)parameter.Address;
        float* g = (float*)gradient.Address;
        float* m = (float*)firstMoment.Address;
        float* v = (float*)secondMoment.Address;
        float beta1 = (float)options.Beta1, beta2 = (float)options.Beta2, epsilon = (float)options.Epsilon;
        float rate = (float)(options.LearningRate / (1 - Math.Pow(options.Beta1, options.Step)));
        float correction = (float)(1 / (1 - Math.Pow(options.Beta2, options.Step)));
        float keep = (float)(1 - (options.LearningRate * options.WeightDecay));
        float rest1 = (float)(1 - options.Beta1), rest2 = (float)(1 - options.Beta2);
        long length = parameter.Length;
        pool.Run((int)((length + Chunk - 1) / Chunk), (chunk, _) =>
        {
            long i = (long)chunk * Chunk, end = Math.Min(length, i + Chunk);
            for (; i + TSimd.Width <= end; i += TSimd.Width) Step<TSimd, V>(i);
            for (; i < end; i++) Step<SimdScalar, float>(i);
        });

        void Step<TS, T>(long i)
            where TS : struct, ISimd<T>
            where T : unmanaged
        {
            T gradientNow = TS.Load(g + i);
            T first = TS.Fma(TS.Create(rest1), gradientNow, TS.Multiply(TS.Create(beta1), TS.Load(m + i)));
            T second = TS.Fma(
                TS.Multiply(TS.Create(rest2), gradientNow), gradientNow, TS.Multiply(TS.Create(beta2), TS.Load(v + i)));
            TS.Store(m + i, first);
            TS.Store(v + i, second);
            T root = TS.Add(TS.Sqrt(TS.Multiply(second, TS.Create(correction))), TS.Create(epsilon));
            T step = TS.Divide(TS.Multiply(TS.Create(rate), first), root);
            TS.Store(p + i, TS.Subtract(TS.Multiply(TS.Load(p + i), TS.Create(keep)), step));
        }
    }

    public void AdafactorMoments(Tensor gradient, Tensor rowMoment, Tensor columnMoment, double decay, double epsilon)
    {
        KernelChecks.AdafactorMoments(gradient, rowMoment, columnMoment);
        int rows = gradient.Rows, columns = gradient.Columns;
        float* g = (float*)gradient.Address, r = (float*)rowMoment.Address, c = (float*)columnMoment.Address;
        double[] sums = new double[columns];
        for (int row = 0; row < rows; row++)
        {
            double sum = 0;
            for (int column = 0; column < columns; column++)
            {
                double square =
                    ((double)g[((nint)row * columns) + column] * g[((nint)row * columns) + column]) + epsilon;
                sum += square;
                sums[column] += square;
            }
            r[row] = (float)((decay * r[row]) + ((1 - decay) * sum / columns));
        }
        for (int column = 0; column < columns; column++)
            c[column] = (float)((decay * c[column]) + ((1 - decay) * sums[column] / rows));
    }

    public void AdafactorUpdate(Tensor gradient, Tensor rowMoment, Tensor columnMoment, Tensor update)
    {
        KernelChecks.AdafactorUpdate(gradient, rowMoment, columnMoment, update);
        int rows = gradient.Rows, columns = gradient.Columns;
        float* g = (float*)gradient.Address;
        float* r = (float*)rowMoment.Address;
        float* c = (float*)columnMoment.Address;
        float* u = (float*)update.Address;
        double mean = 0;
        for (int row = 0; row < rows; row++) mean += r[row];
        mean /= rows;
        pool.Run(rows, (row, _) =>
        {
            double scale = mean / r[row];
            for (int column = 0; column < columns; column++)
                u[((nint)row * columns) + column] =
                    (float)(g[((nint)row * columns) + column] * Math.Sqrt(scale / c[column]));
        });
    }

    public void AdafactorVectorUpdate(Tensor gradient, Tensor moment, Tensor update, double decay, double epsilon)
    {
        KernelChecks.AdafactorVectorUpdate(gradient, moment, update);
        float* g = (float*)gradient.Address, m = (float*)moment.Address, u = (float*)update.Address;
        for (long i = 0; i < gradient.Length; i++)
        {
            m[i] = (float)((decay * m[i]) + ((1 - decay) * (((double)g[i] * g[i]) + epsilon)));
            u[i] = (float)(g[i] / Math.Sqrt(m[i]));
        }
    }
}
