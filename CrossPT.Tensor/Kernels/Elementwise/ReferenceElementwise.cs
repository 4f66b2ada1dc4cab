namespace CrossPT.Tensors.Reference;

/// <summary>Element by element, in the words of <see cref="IElementwiseKernels"/>.</summary>
internal sealed class ReferenceElementwise : IElementwiseKernels
{
    public void Fill(Tensor y, double value)
    {
        KernelChecks.Fill(y);
        y.Elements().Fill(value);
    }

    public void Copy(Tensor x, Tensor y)
    {
        KernelChecks.Copy(x, y);
        for (int r = 0; r < y.Rows; r++) x.Row(r).CopyTo(y.Row(r));
    }

    public void Add(Tensor a, Tensor b, Tensor y, double alpha = 1, double beta = 1)
    {
        KernelChecks.Add(a, b, y);
        for (int r = 0; r < y.Rows; r++)
        {
            Span<double> ar = a.Row(r), br = b.Row(r), yr = y.Row(r);
            for (int c = 0; c < yr.Length; c++) yr[c] = (alpha * ar[c]) + (beta * br[c]);
        }
    }

    public void Scale(Tensor x, Tensor y, double alpha)
    {
        KernelChecks.Scale(x, y);
        for (int r = 0; r < y.Rows; r++)
        {
            Span<double> xr = x.Row(r), yr = y.Row(r);
            for (int c = 0; c < yr.Length; c++) yr[c] = alpha * xr[c];
        }
    }

    public void Multiply(Tensor a, Tensor b, Tensor y, bool accumulate = false)
    {
        KernelChecks.Multiply(a, b, y);
        Span<double> ae = a.Elements(), be = b.Elements(), ye = y.Elements();
        for (int i = 0; i < ye.Length; i++) ye[i] = (accumulate ? ye[i] : 0) + (ae[i] * be[i]);
    }

    public void Relu(Tensor x, Tensor y, Tensor? positive)
    {
        KernelChecks.Relu(x, y, positive);
        for (int r = 0; r < y.Rows; r++)
        {
            Span<double> xr = x.Row(r), yr = y.Row(r);
            if (positive is not null) KeepBits(xr, positive.Bits(r));
            for (int c = 0; c < yr.Length; c++) yr[c] = Math.Max(xr[c], 0);
        }
    }

    public void ReluBackward(Tensor dy, Tensor positive, Tensor dx)
    {
        KernelChecks.ReluBackward(dy, positive, dx);
        for (int r = 0; r < dx.Rows; r++)
        {
            Span<double> dyr = dy.Row(r), dxr = dx.Row(r);
            ReadOnlySpan<byte> bits = positive.Bits(r);
            for (int c = 0; c < dxr.Length; c++) dxr[c] = HostRows.IsSet(bits, c) ? dyr[c] : 0;
        }
    }

    public void Activate(Tensor x, Tensor y, Activation activation)
    {
        KernelChecks.Activate(x, y);
        for (int r = 0; r < y.Rows; r++)
        {
            Span<double> xr = x.Row(r), yr = y.Row(r);
            for (int c = 0; c < yr.Length; c++) yr[c] = ReferenceActivation.Value(activation, xr[c]);
        }
    }

    public void ActivateBackward(Tensor dy, Tensor x, Tensor dx, Activation activation)
    {
        KernelChecks.ActivateBackward(dy, x, dx);
        for (int r = 0; r < dx.Rows; r++)
        {
            Span<double> dyr = dy.Row(r), xr = x.Row(r), dxr = dx.Row(r);
            for (int c = 0; c < dxr.Length; c++) dxr[c] = dyr[c] * ReferenceActivation.Derivative(activation, xr[c]);
        }
    }

    public void Gated(Tensor gate, Tensor linear, Tensor y, Activation activation)
    {
        KernelChecks.Gated(gate, linear, y);
        for (int r = 0; r < y.Rows; r++)
        {
            Span<double> gr = gate.Row(r), lr = linear.Row(r), yr = y.Row(r);
            for (int c = 0; c < yr.Length; c++) yr[c] = ReferenceActivation.Value(activation, gr[c]) * lr[c];
        }
    }

    public void GatedBackward(
        Tensor dy, Tensor gate, Tensor linear, Tensor dGate, Tensor dLinear, Activation activation)
    {
        KernelChecks.GatedBackward(dy, gate, linear, dGate, dLinear);
        for (int r = 0; r < dy.Rows; r++)
        {
            Span<double> dyr = dy.Row(r);
            Span<double> gr = gate.Row(r);
            Span<double> lr = linear.Row(r);
            Span<double> dgr = dGate.Row(r);
            Span<double> dlr = dLinear.Row(r);
            for (int c = 0; c < dyr.Length; c++)
            {
                // Both before either is written: an output may be an input.
                double dGateValue = dyr[c] * lr[c] * ReferenceActivation.Derivative(activation, gr[c]);
                double dLinearValue = dyr[c] * ReferenceActivation.Value(activation, gr[c]);
                dgr[c] = dGateValue;
                dlr[c] = dLinearValue;
            }
        }
    }

    public void RelaxedBernoulli(Tensor logits, Tensor noise, Tensor y, double temperature)
    {
        KernelChecks.RelaxedBernoulli(logits, noise, y);
        for (int r = 0; r < y.Rows; r++)
        {
            Span<double> zr = logits.Row(r), nr = noise.Row(r), yr = y.Row(r);
            for (int c = 0; c < yr.Length; c++)
            {
                double z = Math.Clamp(zr[c], -ConcreteLimits.Logit, ConcreteLimits.Logit);
                double sample = ReferenceActivation.Sigmoid((nr[c] + z) / temperature);
                yr[c] = Math.Clamp(sample, ConcreteLimits.Least, ConcreteLimits.Largest);
            }
        }
    }

    public void RelaxedBernoulliSlope(Tensor y, Tensor logits, Tensor slope, double temperature)
    {
        KernelChecks.RelaxedBernoulliSlope(y, logits, slope);
        for (int r = 0; r < y.Rows; r++)
        {
            Span<double> yr = y.Row(r), zr = logits.Row(r), sr = slope.Row(r);
            for (int c = 0; c < yr.Length; c++)
            {
                bool free = yr[c] > ConcreteLimits.Least && yr[c] < ConcreteLimits.Largest
                    && Math.Abs(zr[c]) < ConcreteLimits.Logit;
                sr[c] = free ? yr[c] * (1 - yr[c]) / temperature : 0;
            }
        }
    }

    public void Dropout(Tensor x, Tensor y, DropoutMask mask, Tensor? rows)
    {
        KernelChecks.Dropout(x, y, mask, rows);
        for (int r = 0; r < x.Rows; r++)
        {
            Span<double> xr = x.Row(r), yr = y.Row(r);
            int row = rows is null ? r : rows.Indices()[r];
            for (int c = 0; c < yr.Length; c++) yr[c] = mask.Keeps(row, c) ? xr[c] * mask.Scale : 0;
        }
    }

    /// <summary>Bit c set where x[c] &gt; 0; the bits that fill the last group of 32 are clear.</summary>
    internal static void KeepBits(ReadOnlySpan<double> x, Span<byte> bits)
    {
        bits.Clear();
        for (int c = 0; c < x.Length; c++)
        {
            if (x[c] > 0) HostRows.Set(bits, c);
        }
    }
}
