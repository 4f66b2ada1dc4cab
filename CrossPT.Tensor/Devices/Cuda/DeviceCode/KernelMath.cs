using System.Runtime.CompilerServices;
using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Functions of kernels, the same polynomials as the CPU's vectors have: ILGPU's tanh is an approximation of the
/// hardware's, and its exp and log need another package.
/// </summary>
internal static class KernelMath
{
    /// <summary>
    /// e^x within 2 units in the last place on [−87.3, 88.3], clamped outside, NaN for NaN: x = n·ln 2 + r, a degree-6
    /// polynomial in r (Cephes, expf), times 2^n.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exp(float x)
    {
        // Comparisons, since the device's minimum and maximum drop NaN.
        x = x < -87.3f ? -87.3f : x;
        x = x > 88.3f ? 88.3f : x;
        float n = MathF.Floor(Intrinsics.Fma(x, 1.44269504f, 0.5f));
        float r = Intrinsics.Fma(n, -0.693359375f, x);
        r = Intrinsics.Fma(n, 2.12194440e-4f, r);
        float p = 1.9875691500e-4f;
        p = Intrinsics.Fma(p, r, 1.3981999507e-3f);
        p = Intrinsics.Fma(p, r, 8.3334519073e-3f);
        p = Intrinsics.Fma(p, r, 4.1665795894e-2f);
        p = Intrinsics.Fma(p, r, 1.6666665459e-1f);
        p = Intrinsics.Fma(p, r, 5.0000001201e-1f);
        p = Intrinsics.Fma(p, r * r, r + 1);
        return p * Interop.IntAsFloat((uint)((int)n + 127) << 23);
    }

    /// <summary>tanh x = 1 − 2 / (e^2x + 1), within 2e-7 of the exact value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Tanh(float x) => 1 - (2 / (Exp(x + x) + 1));

    /// <summary>
    /// ln x of a positive, normal x, within 2 units in the last place; NaN for NaN: x = 2^n · m, √½ ≤ m &lt; √2, a
    /// degree-9 polynomial in m − 1 (Cephes, logf).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Log(float x)
    {
        if (float.IsNaN(x)) return x;
        uint bits = Interop.FloatAsInt(x);
        int n = (int)(bits >> 23) - 126;
        float m = Interop.IntAsFloat((bits & 0x007FFFFF) | 0x3F000000);
        if (m < 0.707106781f)
        {
            n--;
            m += m;
        }
        m -= 1;
        float e = n, z = m * m;
        float p = 7.0376836292e-2f;
        p = Intrinsics.Fma(p, m, -1.1514610310e-1f);
        p = Intrinsics.Fma(p, m, 1.1676998740e-1f);
        p = Intrinsics.Fma(p, m, -1.2420140846e-1f);
        p = Intrinsics.Fma(p, m, 1.4249322787e-1f);
        p = Intrinsics.Fma(p, m, -1.6668057665e-1f);
        p = Intrinsics.Fma(p, m, 2.0000714765e-1f);
        p = Intrinsics.Fma(p, m, -2.4999993993e-1f);
        p = Intrinsics.Fma(p, m, 3.3333331174e-1f);
        float y = p * m * z;
        y = Intrinsics.Fma(e, -2.12194440e-4f, y);
        y = Intrinsics.Fma(-0.5f, z, y);
        return Intrinsics.Fma(e, 0.693359375f, m + y);
    }

    /// <summary>
    /// The normal distribution function Φ(x) and e^(−x²/2), by the polynomial of the CPU's
    /// <see cref="Cpu.VectorMath{TSimd, V}.Normal"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Normal(float x, out float exponential)
    {
        float t = 1 / Intrinsics.Fma(0.21f, x > 0 ? x : -x, 1);
        float p = -0.07165627775f;
        p = Intrinsics.Fma(p, t, 0.28358841916f);
        p = Intrinsics.Fma(p, t, -0.33025308901f);
        p = Intrinsics.Fma(p, t, 0.34940068355f);
        p = Intrinsics.Fma(p, t, -0.09392499209f);
        p = Intrinsics.Fma(p, t, 0.12487264127f);
        p = Intrinsics.Fma(p, t, 0.06919219062f);
        p = Intrinsics.Fma(p, t, 0.08506885527f);
        p = Intrinsics.Fma(p, t, 0.08371157580f);
        exponential = Exp(-0.5f * (x * x));
        float tail = exponential * (p * t);
        return x > 0 ? 1 - tail : tail;
    }
}
