using System.Runtime.CompilerServices;

namespace CrossPT.Tensors.Cpu;

/// <summary>Functions of vectors, the same polynomial at every width.</summary>
internal static unsafe class VectorMath<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : unmanaged
{
    /// <summary>
    /// e^x within 2 units in the last place on [−87.3, 88.3], clamped outside, NaN for NaN: x = n·ln 2 + r, a degree-6
    /// polynomial in r (Cephes, expf), times 2^n.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp(V x)
    {
        // The operand that may be NaN comes second: the native minimum and maximum return it then.
        x = TSimd.Min(TSimd.Create(88.3f), TSimd.Max(TSimd.Create(-87.3f), x));
        V n = TSimd.Round(TSimd.Multiply(x, TSimd.Create(1.44269504f)));
        V r = TSimd.Fma(n, TSimd.Create(-0.693359375f), x);
        r = TSimd.Fma(n, TSimd.Create(2.12194440e-4f), r);
        V p = TSimd.Create(1.9875691500e-4f);
        p = TSimd.Fma(p, r, TSimd.Create(1.3981999507e-3f));
        p = TSimd.Fma(p, r, TSimd.Create(8.3334519073e-3f));
        p = TSimd.Fma(p, r, TSimd.Create(4.1665795894e-2f));
        p = TSimd.Fma(p, r, TSimd.Create(1.6666665459e-1f));
        p = TSimd.Fma(p, r, TSimd.Create(5.0000001201e-1f));
        p = TSimd.Fma(p, TSimd.Multiply(r, r), TSimd.Add(r, TSimd.Create(1)));
        return TSimd.Multiply(p, TSimd.PowerOfTwo(n));
    }

    /// <summary>σ(x) = 1 / (1 + e^−x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid(V x)
    {
        V one = TSimd.Create(1);
        return TSimd.Divide(one, TSimd.Add(one, Exp(TSimd.Subtract(TSimd.Zero, x))));
    }

    /// <summary>tanh x = 1 − 2 / (e^2x + 1), within 2e-7 of the exact value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh(V x)
    {
        V one = TSimd.Create(1);
        return TSimd.Subtract(one, TSimd.Divide(TSimd.Create(2), TSimd.Add(Exp(TSimd.Add(x, x)), one)));
    }

    /// <summary>
    /// The normal distribution function Φ(x) and e^(−x²/2), both within 1e-6 of their size while x² &lt; 100: with
    /// t = 1 / (1 + 0.21 |x|), Φ(−|x|) · e^(x²/2) is a polynomial in t (weighted least squares, 2e-8 of its size).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Normal(V x, out V exponential)
    {
        V one = TSimd.Create(1);
        V magnitude = TSimd.Max(x, TSimd.Subtract(TSimd.Zero, x));
        V t = TSimd.Divide(one, TSimd.Fma(TSimd.Create(0.21f), magnitude, one));
        V p = TSimd.Create(-0.07165627775f);
        p = TSimd.Fma(p, t, TSimd.Create(0.28358841916f));
        p = TSimd.Fma(p, t, TSimd.Create(-0.33025308901f));
        p = TSimd.Fma(p, t, TSimd.Create(0.34940068355f));
        p = TSimd.Fma(p, t, TSimd.Create(-0.09392499209f));
        p = TSimd.Fma(p, t, TSimd.Create(0.12487264127f));
        p = TSimd.Fma(p, t, TSimd.Create(0.06919219062f));
        p = TSimd.Fma(p, t, TSimd.Create(0.08506885527f));
        p = TSimd.Fma(p, t, TSimd.Create(0.08371157580f));
        exponential = Exp(TSimd.Multiply(TSimd.Create(-0.5f), TSimd.Multiply(x, x)));
        V tail = TSimd.Multiply(exponential, TSimd.Multiply(p, t));
        return TSimd.Select(TSimd.Greater(x, TSimd.Zero), TSimd.Subtract(one, tail), tail);
    }
}
