namespace CrossPT.Tensors.Cpu;

/// <summary>Cross-entropy with its gradient, a row at a time.</summary>
internal sealed unsafe class CpuLoss<TSimd, V>(WorkerPool pool) : ILossKernels
    where TSimd : struct, ISimd<V>
    where V : unmanaged
{
    public void CrossEntropy(Tensor logits, Tensor labels, Tensor losses, Tensor? scales, Tensor? logitsGradient)
    {
        KernelChecks.CrossEntropy(logits, labels, losses, scales, logitsGradient);
        IndexRange.Check(labels, int.MinValue, logits.Columns);
        int columns = logits.Columns;
        float* source = (float*)logits.Address, loss = (float*)losses.Address;
        float* scale = scales is null ? null : (float*)scales.Address;
        float* gradient = logitsGradient is null ? null : (float*)logitsGradient.Address;
        int* label = (int*)labels.Address;
        pool.Run(logits.Rows, (row, _) =>
        {
            float* from = source + ((nint)row * columns);
            float* to = gradient == null ? null : gradient + ((nint)row * columns);
            if (label[row] < 0)
            {
                loss[row] = 0;
                if (to != null) new Span<float>(to, columns).Clear();
                return;
            }
            float largest = RowMath<TSimd, V>.Max(from, columns), chosen = from[label[row]];
            float sum = RowMath<TSimd, V>.ExpSum(from, to, columns, 1, -largest);
            loss[row] = largest - chosen + MathF.Log(sum);
            if (to == null) return;
            float factor = scale == null ? 1 : scale[row];
            RowMath<TSimd, V>.Scale(to, columns, factor / sum);
            to[label[row]] -= factor;
        });
    }
}
