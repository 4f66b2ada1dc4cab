using System.Runtime.CompilerServices;

namespace CrossPT.Tensors.Cpu;

/// <summary>A function of one element, given once and used at every vector width.</summary>
internal interface IUnaryOperator
{
    V Invoke<TSimd, V>(V x)
        where TSimd : struct, ISimd<V>
        where V : unmanaged;
}

/// <summary>A function of two elements.</summary>
internal interface IBinaryOperator
{
    V Invoke<TSimd, V>(V a, V b)
        where TSimd : struct, ISimd<V>
        where V : unmanaged;
}

internal readonly struct ScaleOperator(float alpha) : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<TSimd, V>(V x)
        where TSimd : struct, ISimd<V>
        where V : unmanaged => TSimd.Multiply(x, TSimd.Create(alpha));
}

internal readonly struct CopyOperator : IUnaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<TSimd, V>(V x)
        where TSimd : struct, ISimd<V>
        where V : unmanaged => x;
}

internal readonly struct AddOperator(float alpha, float beta) : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<TSimd, V>(V a, V b)
        where TSimd : struct, ISimd<V>
        where V : unmanaged => TSimd.Fma(a, TSimd.Create(alpha), TSimd.Multiply(b, TSimd.Create(beta)));
}

internal readonly struct MultiplyOperator : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<TSimd, V>(V a, V b)
        where TSimd : struct, ISimd<V>
        where V : unmanaged => TSimd.Multiply(a, b);
}

/// <summary>gelu(gate) · linear, and the pieces its gradient needs.</summary>
internal readonly struct GatedGeluOperator : IBinaryOperator
{
    private const float RootTwoOverPi = 0.7978845608f;
    private const float Cubic = 0.044715f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<TSimd, V>(V gate, V linear)
        where TSimd : struct, ISimd<V>
        where V : unmanaged => TSimd.Multiply(Gelu<TSimd, V>(gate, out _), linear);

    /// <summary>gelu(x) = x/2 · (1 + tanh u), u = √(2/π)(x + 0.044715 x³).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gelu<TSimd, V>(V x, out V tanh)
        where TSimd : struct, ISimd<V>
        where V : unmanaged
    {
        V x2 = TSimd.Multiply(x, x);
        V u = TSimd.Multiply(TSimd.Multiply(TSimd.Create(RootTwoOverPi), x), TSimd.Fma(TSimd.Create(Cubic), x2, TSimd.Create(1)));
        tanh = VectorMath<TSimd, V>.Tanh(u);
        return TSimd.Multiply(TSimd.Multiply(TSimd.Create(0.5f), x), TSimd.Add(TSimd.Create(1), tanh));
    }

    /// <summary>gelu′(x) = (1 + tanh u)/2 + x/2 · (1 − tanh² u) · √(2/π)(1 + 3 · 0.044715 x²).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V GeluDerivative<TSimd, V>(V x, V tanh)
        where TSimd : struct, ISimd<V>
        where V : unmanaged
    {
        V one = TSimd.Create(1), half = TSimd.Create(0.5f);
        V du = TSimd.Multiply(TSimd.Create(RootTwoOverPi), TSimd.Fma(TSimd.Create(3 * Cubic), TSimd.Multiply(x, x), one));
        V sech2 = TSimd.Subtract(one, TSimd.Multiply(tanh, tanh));
        return TSimd.Multiply(half, TSimd.Fma(TSimd.Multiply(x, sech2), du, TSimd.Add(one, tanh)));
    }
}
