using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CrossPT.Tensors.Cuda;

/// <summary>Four neighbouring floats: one 16-byte access of a kernel.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct Float4(float x, float y, float z, float w)
{
    public float X = x, Y = y, Z = z, W = w;

    /// <summary>x + y + (z + w).</summary>
    public readonly float Sum
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => X + Y + (Z + W);
    }

    /// <summary>A bit for each positive element.</summary>
    public readonly int PositiveBits
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (X > 0 ? 1 : 0) | (Y > 0 ? 2 : 0) | (Z > 0 ? 4 : 0) | (W > 0 ? 8 : 0);
    }

    /// <summary>The elements whose bit is set, 0 for the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Float4 Where(int bits) =>
        new((bits & 1) != 0 ? X : 0, (bits & 2) != 0 ? Y : 0, (bits & 4) != 0 ? Z : 0, (bits & 8) != 0 ? W : 0);

    /// <summary>a · b + c, each element rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Fma(float a, Float4 b, Float4 c)
        => new(
            Intrinsics.Fma(a, b.X, c.X), Intrinsics.Fma(a, b.Y, c.Y), Intrinsics.Fma(a, b.Z, c.Z),
            Intrinsics.Fma(a, b.W, c.W));

    /// <summary>sum + Σ a · b, rounded once an element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Dot(Float4 a, Float4 b, float sum)
        => Intrinsics.Fma(a.W, b.W, Intrinsics.Fma(a.Z, b.Z, Intrinsics.Fma(a.Y, b.Y, Intrinsics.Fma(a.X, b.X, sum))));

    public static Float4 operator +(Float4 a, Float4 b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z, a.W + b.W);

    public static Float4 operator -(Float4 a, Float4 b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z, a.W - b.W);

    public static Float4 operator -(Float4 a, float b) => new(a.X - b, a.Y - b, a.Z - b, a.W - b);

    public static Float4 operator *(Float4 a, float b) => new(a.X * b, a.Y * b, a.Z * b, a.W * b);

    public static Float4 operator *(Float4 a, Float4 b) => new(a.X * b.X, a.Y * b.Y, a.Z * b.Z, a.W * b.W);
}
