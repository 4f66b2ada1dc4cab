using System.Runtime.CompilerServices;

namespace CrossPT.Tensors.Cpu;

/// <summary>Softmax over a row of contiguous floats.</summary>
internal static unsafe class RowMath<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : unmanaged
{
    /// <summary>The largest element; −∞ of none.</summary>
    public static float Max(float* x, int count)
    {
        float largest = float.NegativeInfinity;
        int i = 0;
        if (count >= TSimd.Width)
        {
            V most = TSimd.Load(x);
            for (i = TSimd.Width; i + TSimd.Width <= count; i += TSimd.Width) most = TSimd.Max(most, TSimd.Load(x + i));
            largest = TSimd.MaxElement(most);
        }
        for (; i < count; i++) largest = MathF.Max(largest, x[i]);
        return largest;
    }

    /// <summary>y = e^(x · scale + shift), kept where y is not null; returns Σ y.</summary>
    public static float ExpSum(float* x, float* y, int count, float scale, float shift)
    {
        V factor = TSimd.Create(scale), offset = TSimd.Create(shift), sum = TSimd.Zero;
        int i = 0;
        for (; i + TSimd.Width <= count; i += TSimd.Width)
        {
            V value = VectorMath<TSimd, V>.Exp(TSimd.Fma(TSimd.Load(x + i), factor, offset));
            if (y != null) TSimd.Store(y + i, value);
            sum = TSimd.Add(sum, value);
        }
        float total = TSimd.Sum(sum);
        for (; i < count; i++)
        {
            float value = VectorMath<SimdScalar, float>.Exp(MathF.FusedMultiplyAdd(x[i], scale, shift));
            if (y != null) y[i] = value;
            total += value;
        }
        return total;
    }

    /// <summary>x = x · factor.</summary>
    public static void Scale(float* x, int count, float factor)
    {
        V v = TSimd.Create(factor);
        int i = 0;
        for (; i + TSimd.Width <= count; i += TSimd.Width) TSimd.Store(x + i, TSimd.Multiply(TSimd.Load(x + i), v));
        for (; i < count; i++) x[i] *= factor;
    }
}
