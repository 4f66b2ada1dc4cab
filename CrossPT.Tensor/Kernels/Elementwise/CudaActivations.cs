using System.Runtime.CompilerServices;

namespace CrossPT.Tensors.Cuda;

/// <summary>An activation function with its derivative.</summary>
internal interface IActivation
{
    static abstract float Value(float x);

    static abstract float Value(float x, out float derivative);
}

internal readonly struct ReluActivation : IActivation
{
    // Not the maximum, which would lose NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Value(float x) => x < 0 ? 0 : x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Value(float x, out float derivative)
    {
        // Of whole numbers ILGPU makes the bits of an integer.
        derivative = x > 0 ? 1f : 0f;
        return x < 0 ? 0 : x;
    }
}

/// <summary>x/2 · (1 + tanh u), u = √(2/π)(x + 0.044715 x³).</summary>
internal readonly struct GeluTanhActivation : IActivation
{
    private const float RootTwoOverPi = 0.7978845608f;
    private const float Cubic = 0.044715f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Value(float x) => 0.5f * x * (1 + Tanh(x));

    /// <summary>Derivative (1 + tanh u)/2 + x/2 · (1 − tanh² u) · √(2/π)(1 + 3 · 0.044715 x²).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Value(float x, out float derivative)
    {
        float tanh = Tanh(x);
        float du = RootTwoOverPi * Intrinsics.Fma(3 * Cubic, x * x, 1);
        derivative = 0.5f * Intrinsics.Fma(x * Intrinsics.Fma(-tanh, tanh, 1), du, 1 + tanh);
        return 0.5f * x * (1 + tanh);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Tanh(float x) => KernelMath.Tanh(RootTwoOverPi * x * Intrinsics.Fma(Cubic, x * x, 1));
}

/// <summary>x · Φ(x); its derivative is Φ(x) + x · φ(x), with the normal density φ.</summary>
internal readonly struct GeluActivation : IActivation
{
    private const float InverseRootOfTwoPi = 0.3989422804f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Value(float x) => x * KernelMath.Normal(x, out _);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Value(float x, out float derivative)
    {
        float normal = KernelMath.Normal(x, out float exponential);
        derivative = Intrinsics.Fma(x, exponential * InverseRootOfTwoPi, normal);
        return x * normal;
    }
}

/// <summary>x · σ(x); its derivative is σ(x) · (1 + x · (1 − σ(x))).</summary>
internal readonly struct SiluActivation : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Value(float x) => x * SigmoidActivation.Value(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Value(float x, out float derivative)
    {
        float sigmoid = SigmoidActivation.Value(x);
        derivative = sigmoid * Intrinsics.Fma(x, 1 - sigmoid, 1);
        return x * sigmoid;
    }
}

/// <summary>σ(x); its derivative is σ(x) · (1 − σ(x)).</summary>
internal readonly struct SigmoidActivation : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Value(float x) => 1 / (1 + KernelMath.Exp(-x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Value(float x, out float derivative)
    {
        float sigmoid = Value(x);
        derivative = sigmoid * (1 - sigmoid);
        return sigmoid;
    }
}

/// <summary>f(x).</summary>
internal readonly struct ActivationOperator<TActivation> : IOperator
    where TActivation : struct, IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Invoke(float x, float b, float alpha, float beta) => TActivation.Value(x);
}

/// <summary>dy · f′(x).</summary>
internal readonly struct ActivationGradientOperator<TActivation> : IOperator
    where TActivation : struct, IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Invoke(float dy, float x, float alpha, float beta)
    {
        TActivation.Value(x, out float derivative);
        return dy * derivative;
    }
}

/// <summary>f(gate) · linear.</summary>
internal readonly struct GatedOperator<TActivation> : IOperator
    where TActivation : struct, IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Invoke(float gate, float linear, float alpha, float beta) => TActivation.Value(gate) * linear;
}
