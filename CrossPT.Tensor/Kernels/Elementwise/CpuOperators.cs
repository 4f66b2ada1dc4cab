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
