using System.Runtime.CompilerServices;

namespace CrossPT.Tensors.Cuda;

/// <summary>A function of two elements and two numbers, used for single elements and for four at a time; one of one element ignores the second.</summary>
internal interface IOperator
{
    static abstract float Invoke(float a, float b, float alpha, float beta);
}

internal readonly struct CopyOperator : IOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Invoke(float a, float b, float alpha, float beta) => a;
}

internal readonly struct ScaleOperator : IOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Invoke(float a, float b, float alpha, float beta) => a * alpha;
}

internal readonly struct AddOperator : IOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Invoke(float a, float b, float alpha, float beta) => Intrinsics.Fma(a, alpha, b * beta);
}

internal readonly struct MultiplyOperator : IOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Invoke(float a, float b, float alpha, float beta) => a * b;
}
