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

/// <summary>gelu(gate) · linear, and the pieces its gradient needs.</summary>
internal readonly struct GatedGeluOperator : IOperator
{
    private const float RootTwoOverPi = 0.7978845608f;
    private const float Cubic = 0.044715f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Invoke(float gate, float linear, float alpha, float beta) => Gelu(gate, Tanh(gate)) * linear;

    /// <summary>tanh u, u = √(2/π)(x + 0.044715 x³).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Tanh(float x) => KernelMath.Tanh(RootTwoOverPi * x * Intrinsics.Fma(Cubic, x * x, 1));

    /// <summary>gelu(x) = x/2 · (1 + tanh u).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Gelu(float x, float tanh) => 0.5f * x * (1 + tanh);

    /// <summary>gelu′(x) = (1 + tanh u)/2 + x/2 · (1 − tanh² u) · √(2/π)(1 + 3 · 0.044715 x²).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float GeluDerivative(float x, float tanh)
    {
        float du = RootTwoOverPi * Intrinsics.Fma(3 * Cubic, x * x, 1);
        return 0.5f * Intrinsics.Fma(x * Intrinsics.Fma(-tanh, tanh, 1), du, 1 + tanh);
    }
}
