namespace CrossPT.Tensors.Reference;

/// <summary>RMS norm, in the words of <see cref="INormKernels"/>.</summary>
internal sealed class ReferenceNorm : INormKernels
{
    public void RmsNorm(Tensor x, Tensor weight, Tensor y, Tensor inverseRms, double epsilon)
    {
        KernelChecks.RmsNorm(x, weight, y, inverseRms);
        Span<double> w = weight.Elements(), kept = inverseRms.Elements();
        for (int r = 0; r < x.Rows; r++)
        {
            Span<double> xr = x.Row(r), yr = y.Row(r);
            double squares = 0;
            foreach (double value in xr) squares += value * value;
            double inverse = 1 / Math.Sqrt((squares / xr.Length) + epsilon);
            kept[r] = inverse;
            for (int c = 0; c < xr.Length; c++) yr[c] = xr[c] * inverse * w[c];
        }
    }

    public void RmsNormBackward(
        Tensor dy, Tensor x, Tensor weight, Tensor inverseRms, Tensor dx, bool accumulate = false)
    {
        KernelChecks.RmsNormBackward(dy, x, weight, inverseRms, dx);
        Span<double> w = weight.Elements(), kept = inverseRms.Elements();
        for (int r = 0; r < x.Rows; r++)
        {
            Span<double> dyr = dy.Row(r), xr = x.Row(r), dxr = dx.Row(r);
            double mean = 0, inverse = kept[r];
            for (int c = 0; c < xr.Length; c++) mean += dyr[c] * w[c] * xr[c] / xr.Length;
            for (int c = 0; c < xr.Length; c++)
                dxr[c] = (accumulate ? dxr[c] : 0) + (inverse * ((dyr[c] * w[c]) - (xr[c] * inverse * inverse * mean)));
        }
    }

    public void RmsNormWeightBackward(Tensor dy, Tensor x, Tensor inverseRms, Tensor dWeight, bool accumulate = false)
    {
        KernelChecks.RmsNormWeightBackward(dy, x, inverseRms, dWeight);
        Span<double> kept = inverseRms.Elements(), dw = dWeight.Elements();
        if (!accumulate) dw.Clear();
        for (int r = 0; r < x.Rows; r++)
        {
            Span<double> dyr = dy.Row(r), xr = x.Row(r);
            for (int c = 0; c < xr.Length; c++) dw[c] += dyr[c] * xr[c] * kept[r];
        }
    }
}
