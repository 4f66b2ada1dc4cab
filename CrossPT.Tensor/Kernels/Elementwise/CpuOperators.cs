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

/// <summary>σ((noise + z) · scale), see <see cref="IElementwiseKernels.RelaxedBernoulli"/>.</summary>
internal readonly struct ConcreteOperator(float scale) : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<TSimd, V>(V logit, V noise)
        where TSimd : struct, ISimd<V>
        where V : unmanaged
    {
        V z = TSimd.Min(TSimd.Create(ConcreteLimits.Logit), TSimd.Max(TSimd.Create(-ConcreteLimits.Logit), logit));
        V y = VectorMath<TSimd, V>.Sigmoid(TSimd.Multiply(TSimd.Add(noise, z), TSimd.Create(scale)));
        return TSimd.Min(TSimd.Create(ConcreteLimits.Largest), TSimd.Max(TSimd.Create(ConcreteLimits.Least), y));
    }
}

/// <summary>y (1 − y) · scale, or 0 at a limit.</summary>
internal readonly struct ConcreteSlopeOperator(float scale) : IBinaryOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<TSimd, V>(V y, V logit)
        where TSimd : struct, ISimd<V>
        where V : unmanaged
    {
        V slope = TSimd.Multiply(TSimd.Multiply(y, TSimd.Subtract(TSimd.Create(1), y)), TSimd.Create(scale));
        V magnitude = TSimd.Max(logit, TSimd.Subtract(TSimd.Zero, logit));
        slope = TSimd.Select(TSimd.Greater(TSimd.Create(ConcreteLimits.Logit), magnitude), slope, TSimd.Zero);
        slope = TSimd.Select(TSimd.Greater(y, TSimd.Create(ConcreteLimits.Least)), slope, TSimd.Zero);
        return TSimd.Select(TSimd.Greater(TSimd.Create(ConcreteLimits.Largest), y), slope, TSimd.Zero);
    }
}
