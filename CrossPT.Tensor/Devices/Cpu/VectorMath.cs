using System.Runtime.CompilerServices;

namespace CrossPT.Tensors.Cpu;

/// <summary>Functions of vectors, the same polynomial at every width.</summary>
internal static unsafe class VectorMath<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : unmanaged
{
    /// <summary>
    /// e^x within 2 units in the last place on [−87.3, 88.3], clamped outside, NaN for NaN: x = n·ln 2 + r, a degree-6 polynomial in r
    /// (Cephes, expf), times 2^n.
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

    /// <summary>tanh x = 1 − 2 / (e^2x + 1), within 2e-7 of the exact value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh(V x)
    {
        V one = TSimd.Create(1);
        return TSimd.Subtract(one, TSimd.Divide(TSimd.Create(2), TSimd.Add(Exp(TSimd.Add(x, x)), one)));
    }
}
