using System.Runtime.CompilerServices;
using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// A function of two elements and two numbers, used for single elements and for four at a time; one of one element
/// ignores the second.
/// </summary>
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

/// <summary>σ((noise + z) · alpha), see <see cref="IElementwiseKernels.RelaxedBernoulli"/>.</summary>
internal readonly struct ConcreteOperator : IOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Invoke(float logit, float noise, float alpha, float beta)
    {
        float z = IntrinsicMath.Clamp(logit, -ConcreteLimits.Logit, ConcreteLimits.Logit);
        float y = SigmoidActivation.Value((noise + z) * alpha);
        return IntrinsicMath.Clamp(y, ConcreteLimits.Least, ConcreteLimits.Largest);
    }
}

/// <summary>y (1 − y) · alpha, or 0 at a limit.</summary>
internal readonly struct ConcreteSlopeOperator : IOperator
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Invoke(float y, float logit, float alpha, float beta)
    {
        float slope = y * (1 - y) * alpha;
        if (y <= ConcreteLimits.Least || y >= ConcreteLimits.Largest) slope = 0f;
        return logit <= -ConcreteLimits.Logit || logit >= ConcreteLimits.Logit ? 0f : slope;
    }
}
