using System.Runtime.CompilerServices;

namespace CrossPT.Tensors.Cpu;

/// <summary>An activation function with its derivative, given once and used at every vector width.</summary>
internal interface IActivation
{
    static abstract V Value<TSimd, V>(V x)
        where TSimd : struct, ISimd<V>
        where V : unmanaged;

    static abstract V Value<TSimd, V>(V x, out V derivative)
        where TSimd : struct, ISimd<V>
        where V : unmanaged;
}

internal readonly struct ReluActivation : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<TSimd, V>(V x)
        where TSimd : struct, ISimd<V>
        where V : unmanaged => TSimd.Max(TSimd.Zero, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<TSimd, V>(V x, out V derivative)
        where TSimd : struct, ISimd<V>
        where V : unmanaged
    {
        derivative = TSimd.Select(TSimd.Greater(x, TSimd.Zero), TSimd.Create(1), TSimd.Zero);
        return TSimd.Max(TSimd.Zero, x);
    }
}

/// <summary>x/2 · (1 + tanh u), u = √(2/π)(x + 0.044715 x³).</summary>
internal readonly struct GeluTanhActivation : IActivation
{
    private const float RootTwoOverPi = 0.7978845608f;
    private const float Cubic = 0.044715f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<TSimd, V>(V x)
        where TSimd : struct, ISimd<V>
        where V : unmanaged => Gelu<TSimd, V>(x, out _);

    /// <summary>Derivative (1 + tanh u)/2 + x/2 · (1 − tanh² u) · √(2/π)(1 + 3 · 0.044715 x²).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<TSimd, V>(V x, out V derivative)
        where TSimd : struct, ISimd<V>
        where V : unmanaged
    {
        V gelu = Gelu<TSimd, V>(x, out V tanh);
        V one = TSimd.Create(1);
        V slope = TSimd.Fma(TSimd.Create(3 * Cubic), TSimd.Multiply(x, x), one);
        V du = TSimd.Multiply(TSimd.Create(RootTwoOverPi), slope);
        V sech2 = TSimd.Subtract(one, TSimd.Multiply(tanh, tanh));
        V twice = TSimd.Fma(TSimd.Multiply(x, sech2), du, TSimd.Add(one, tanh));
        derivative = TSimd.Multiply(TSimd.Create(0.5f), twice);
        return gelu;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Gelu<TSimd, V>(V x, out V tanh)
        where TSimd : struct, ISimd<V>
        where V : unmanaged
    {
        V cubic = TSimd.Fma(TSimd.Create(Cubic), TSimd.Multiply(x, x), TSimd.Create(1));
        tanh = VectorMath<TSimd, V>.Tanh(TSimd.Multiply(TSimd.Multiply(TSimd.Create(RootTwoOverPi), x), cubic));
        return TSimd.Multiply(TSimd.Multiply(TSimd.Create(0.5f), x), TSimd.Add(TSimd.Create(1), tanh));
    }
}

/// <summary>x · Φ(x); its derivative is Φ(x) + x · φ(x), with the normal density φ.</summary>
internal readonly struct GeluActivation : IActivation
{
    private const float InverseRootOfTwoPi = 0.3989422804f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<TSimd, V>(V x)
        where TSimd : struct, ISimd<V>
        where V : unmanaged => TSimd.Multiply(x, VectorMath<TSimd, V>.Normal(x, out _));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<TSimd, V>(V x, out V derivative)
        where TSimd : struct, ISimd<V>
        where V : unmanaged
    {
        V normal = VectorMath<TSimd, V>.Normal(x, out V exponential);
        V density = TSimd.Multiply(exponential, TSimd.Create(InverseRootOfTwoPi));
        derivative = TSimd.Fma(x, density, normal);
        return TSimd.Multiply(x, normal);
    }
}

/// <summary>x · σ(x); its derivative is σ(x) · (1 + x · (1 − σ(x))).</summary>
internal readonly struct SiluActivation : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<TSimd, V>(V x)
        where TSimd : struct, ISimd<V>
        where V : unmanaged => TSimd.Multiply(x, VectorMath<TSimd, V>.Sigmoid(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<TSimd, V>(V x, out V derivative)
        where TSimd : struct, ISimd<V>
        where V : unmanaged
    {
        V one = TSimd.Create(1);
        V sigmoid = VectorMath<TSimd, V>.Sigmoid(x);
        derivative = TSimd.Multiply(sigmoid, TSimd.Fma(x, TSimd.Subtract(one, sigmoid), one));
        return TSimd.Multiply(x, sigmoid);
    }
}

/// <summary>σ(x); its derivative is σ(x) · (1 − σ(x)).</summary>
internal readonly struct SigmoidActivation : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<TSimd, V>(V x)
        where TSimd : struct, ISimd<V>
        where V : unmanaged => VectorMath<TSimd, V>.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<TSimd, V>(V x, out V derivative)
        where TSimd : struct, ISimd<V>
        where V : unmanaged
    {
        V sigmoid = VectorMath<TSimd, V>.Sigmoid(x);
        derivative = TSimd.Multiply(sigmoid, TSimd.Subtract(TSimd.Create(1), sigmoid));
        return sigmoid;
    }
}

internal readonly struct ActivationOperator<TActivation> : IUnaryOperator
    where TActivation : struct, IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<TSimd, V>(V x)
        where TSimd : struct, ISimd<V>
        where V : unmanaged => TActivation.Value<TSimd, V>(x);
}

/// <summary>dy · f′(x).</summary>
internal readonly struct ActivationGradientOperator<TActivation> : IBinaryOperator
    where TActivation : struct, IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<TSimd, V>(V dy, V x)
        where TSimd : struct, ISimd<V>
        where V : unmanaged
    {
        TActivation.Value<TSimd, V>(x, out V derivative);
        return TSimd.Multiply(dy, derivative);
    }
}

/// <summary>f(gate) · linear.</summary>
internal readonly struct GatedOperator<TActivation> : IBinaryOperator
    where TActivation : struct, IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<TSimd, V>(V gate, V linear)
        where TSimd : struct, ISimd<V>
        where V : unmanaged => TSimd.Multiply(TActivation.Value<TSimd, V>(gate), linear);
}
