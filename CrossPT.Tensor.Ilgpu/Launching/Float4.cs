using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CrossPT.Tensors.Ilgpu;

/// <summary>Four neighbouring floats: one 16-byte access of a kernel.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct Float4(float x, float y, float z, float w)
{
    public float X = x, Y = y, Z = z, W = w;

    /// <summary>a · b + c, each element rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Fma(float a, Float4 b, Float4 c)
        => new(Intrinsics.Fma(a, b.X, c.X), Intrinsics.Fma(a, b.Y, c.Y), Intrinsics.Fma(a, b.Z, c.Z), Intrinsics.Fma(a, b.W, c.W));

    public static Float4 operator +(Float4 a, Float4 b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z, a.W + b.W);

    public static Float4 operator *(Float4 a, float b) => new(a.X * b, a.Y * b, a.Z * b, a.W * b);
}
