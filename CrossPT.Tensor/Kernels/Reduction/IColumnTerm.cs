using System.Runtime.CompilerServices;

namespace CrossPT.Tensors.Cuda;

/// <summary>What is summed over the rows of a matrix, from an element of one or two matrices and the row's number.</summary>
internal interface IColumnTerm
{
    static abstract float Of(float a, float b, float row, float constant);
}

/// <summary>a: the sum of rows.</summary>
internal readonly struct PlainTerm : IColumnTerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Of(float a, float b, float row, float constant) => a;
}

/// <summary>dy · x · r: the gradient of a norm's weight.</summary>
internal readonly struct NormTerm : IColumnTerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Of(float a, float b, float row, float constant) => a * b * row;
}

/// <summary>g² + epsilon: Adafactor's column moment.</summary>
internal readonly struct SquareTerm : IColumnTerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Of(float a, float b, float row, float constant) => Intrinsics.Fma(a, a, constant);
}
