namespace CrossPT.Tensors.Reference;

/// <summary>Losses, in the words of <see cref="ILossKernels"/>.</summary>
internal sealed class ReferenceLoss : ILossKernels
{
    public void CrossEntropy(Tensor logits, Tensor labels, Tensor losses, Tensor? scales, Tensor? logitsGradient)
    {
        KernelChecks.CrossEntropy(logits, labels, losses, scales, logitsGradient);
        Span<int> label = labels.Indices();
        ReferenceIndex.CheckRange("CrossEntropy", label, logits.Columns, logits);
        Span<double> loss = losses.Elements();
        for (int i = 0; i < logits.Rows; i++)
        {
            Span<double> x = logits.Row(i);
            bool ignored = label[i] < 0;
            double logSum = ReferenceReduction.LogSumExp(x);
            loss[i] = ignored ? 0 : logSum - x[label[i]];
            if (logitsGradient is null) continue;
            Span<double> dx = logitsGradient.Row(i);
            double scale = scales is null ? 1 : scales.Elements()[i];
            for (int c = 0; c < x.Length; c++)
                dx[c] = ignored ? 0 : (Math.Exp(x[c] - logSum) - (c == label[i] ? 1 : 0)) * scale;
        }
    }
}
