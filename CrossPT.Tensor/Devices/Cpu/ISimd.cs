using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace CrossPT.Tensors.Cpu;

/// <summary>How wide the vectors of the CPU kernels are.</summary>
public enum SimdWidth
{
    /// <summary>One float32 at a time.</summary>
    Scalar = 1,
    /// <summary>Four: SSE, Arm.</summary>
    Vector128 = 4,
    /// <summary>Eight: AVX2.</summary>
    Vector256 = 8,
    /// <summary>Sixteen: AVX-512.</summary>
    Vector512 = 16,
}

/// <summary>
/// The vector operations kernels are written with, once for every width: a kernel is generic over (TSimd, V), and the
/// compiler makes one straight version of it per pair. V is the register type itself, so that it lives in registers.
/// </summary>
internal unsafe interface ISimd<V>
    where V : unmanaged
{
    /// <summary>Elements in a vector.</summary>
    static abstract int Width { get; }

    /// <summary>
    /// Rows of the matrix product's register block: as many as the registers hold next to two vectors of the right
    /// operand.
    /// </summary>
    static abstract int TileRows { get; }

    static abstract V Zero { get; }
    static abstract V Create(float value);
    static abstract V Load(float* source);
    static abstract void Store(float* destination, V value);
    static abstract V Add(V a, V b);
    static abstract V Subtract(V a, V b);
    static abstract V Multiply(V a, V b);
    static abstract V Divide(V a, V b);

    /// <summary>a · b + c with one rounding.</summary>
    static abstract V Fma(V a, V b, V c);
    static abstract V Max(V a, V b);
    static abstract V Min(V a, V b);
    static abstract V Sqrt(V a);

    /// <summary>Natural logarithm.</summary>
    static abstract V Log(V a);
    static abstract V Round(V a);

    /// <summary>2^n for a vector of whole numbers −126 … 127.</summary>
    static abstract V PowerOfTwo(V n);

    /// <summary>Elements with all bits where a &gt; b, else 0.</summary>
    static abstract V Greater(V a, V b);

    /// <summary>whenSet where the mask's bits are set, else whenClear.</summary>
    static abstract V Select(V mask, V whenSet, V whenClear);

    /// <summary>One bit an element of a mask, the first lowest.</summary>
    static abstract uint Bits(V mask);

    /// <summary>A mask from the lowest bits of a number.</summary>
    static abstract V FromBits(uint bits);

    /// <summary>
    /// All bits where the elements of a row from <paramref name="column"/> stay under dropout: see
    /// <see cref="DropoutHash"/>.
    /// </summary>
    static abstract V Kept(uint column, uint key0, uint key1, int threshold);

    /// <summary>The same of one column of several rows, whose keys are the bits of two vectors.</summary>
    static abstract V KeptOfRows(uint column, V key0, V key1, int threshold);

    /// <summary>The sum of the elements, in a fixed order.</summary>
    static abstract float Sum(V a);
    static abstract float MaxElement(V a);
}

/// <summary>Sixteen at a time.</summary>
internal readonly unsafe struct Simd512 : ISimd<Vector512<float>>
{
    public static int Width => 16;
    public static int TileRows => 12;
    public static Vector512<float> Zero => Vector512<float>.Zero;
    private static Vector512<int> LaneBits
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Create(float value) => Vector512.Create(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source) => Vector512.Load(source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* destination, Vector512<float> value) => value.Store(destination);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> a, Vector512<float> b) => a + b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Subtract(Vector512<float> a, Vector512<float> b) => a - b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Multiply(Vector512<float> a, Vector512<float> b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Divide(Vector512<float> a, Vector512<float> b) => a / b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Fma(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        Vector512.FusedMultiplyAdd(a, b, c);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Max(Vector512<float> a, Vector512<float> b) => Vector512.MaxNative(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Min(Vector512<float> a, Vector512<float> b) => Vector512.MinNative(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sqrt(Vector512<float> a) => Vector512.Sqrt(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Log(Vector512<float> a) => Vector512.Log(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Round(Vector512<float> a) => Vector512.Round(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> PowerOfTwo(Vector512<float> n) =>
        Vector512.ShiftLeft(Vector512.ConvertToInt32Native(n) + Vector512.Create(127), 23).AsSingle();
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Greater(Vector512<float> a, Vector512<float> b) => Vector512.GreaterThan(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Select(
        Vector512<float> mask, Vector512<float> whenSet, Vector512<float> whenClear) =>
            Vector512.ConditionalSelect(mask, whenSet, whenClear);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Bits(Vector512<float> mask) => (uint)Vector512.ExtractMostSignificantBits(mask);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> FromBits(uint bits) =>
        (~Vector512.Equals(Vector512.Create((int)bits) & LaneBits, Vector512<int>.Zero)).AsSingle();
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Kept(uint column, uint key0, uint key1, int threshold) =>
        DropoutHash.Kept(
            ((Vector512.Create(column) + Vector512<uint>.Indices) * DropoutMask.Spread) + Vector512.Create(key0),
            Vector512.Create(key1), threshold);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> KeptOfRows(
        uint column, Vector512<float> key0, Vector512<float> key1, int threshold) =>
            DropoutHash.Kept(
                Vector512.Create(unchecked(column * DropoutMask.Spread)) + key0.AsUInt32(), key1.AsUInt32(), threshold);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Sum(Vector512<float> a) => Vector512.Sum(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float MaxElement(Vector512<float> a)
    {
        Vector256<float> half = Vector256.MaxNative(a.GetLower(), a.GetUpper());
        return Simd256.MaxElement(half);
    }
}

/// <summary>Eight at a time.</summary>
internal readonly unsafe struct Simd256 : ISimd<Vector256<float>>
{
    public static int Width => 8;
    public static int TileRows => 6;
    public static Vector256<float> Zero => Vector256<float>.Zero;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Create(float value) => Vector256.Create(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* source) => Vector256.Load(source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* destination, Vector256<float> value) => value.Store(destination);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(Vector256<float> a, Vector256<float> b) => a + b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Subtract(Vector256<float> a, Vector256<float> b) => a - b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Multiply(Vector256<float> a, Vector256<float> b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Divide(Vector256<float> a, Vector256<float> b) => a / b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Fma(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        Vector256.FusedMultiplyAdd(a, b, c);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Max(Vector256<float> a, Vector256<float> b) => Vector256.MaxNative(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Min(Vector256<float> a, Vector256<float> b) => Vector256.MinNative(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Sqrt(Vector256<float> a) => Vector256.Sqrt(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Log(Vector256<float> a) => Vector256.Log(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Round(Vector256<float> a) => Vector256.Round(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> PowerOfTwo(Vector256<float> n) =>
        Vector256.ShiftLeft(Vector256.ConvertToInt32Native(n) + Vector256.Create(127), 23).AsSingle();
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Greater(Vector256<float> a, Vector256<float> b) => Vector256.GreaterThan(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Select(
        Vector256<float> mask, Vector256<float> whenSet, Vector256<float> whenClear) =>
            Vector256.ConditionalSelect(mask, whenSet, whenClear);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Bits(Vector256<float> mask) => Vector256.ExtractMostSignificantBits(mask);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> FromBits(uint bits) =>
        (~Vector256.Equals(
            Vector256.Create((int)bits) & Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128), Vector256<int>.Zero))
                .AsSingle();
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Kept(uint column, uint key0, uint key1, int threshold) =>
        DropoutHash.Kept(
            ((Vector256.Create(column) + Vector256<uint>.Indices) * DropoutMask.Spread) + Vector256.Create(key0),
            Vector256.Create(key1), threshold);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> KeptOfRows(
        uint column, Vector256<float> key0, Vector256<float> key1, int threshold) =>
            DropoutHash.Kept(
                Vector256.Create(unchecked(column * DropoutMask.Spread)) + key0.AsUInt32(), key1.AsUInt32(), threshold);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Sum(Vector256<float> a) => Vector256.Sum(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxElement(Vector256<float> a) =>
        Simd128.MaxElement(Vector128.MaxNative(a.GetLower(), a.GetUpper()));
}

/// <summary>Four at a time.</summary>
internal readonly unsafe struct Simd128 : ISimd<Vector128<float>>
{
    public static int Width => 4;
    public static int TileRows => 6;
    public static Vector128<float> Zero => Vector128<float>.Zero;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Create(float value) => Vector128.Create(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(float* source) => Vector128.Load(source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* destination, Vector128<float> value) => value.Store(destination);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Add(Vector128<float> a, Vector128<float> b) => a + b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Subtract(Vector128<float> a, Vector128<float> b) => a - b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Multiply(Vector128<float> a, Vector128<float> b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Divide(Vector128<float> a, Vector128<float> b) => a / b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Fma(Vector128<float> a, Vector128<float> b, Vector128<float> c) =>
        Vector128.FusedMultiplyAdd(a, b, c);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Max(Vector128<float> a, Vector128<float> b) => Vector128.MaxNative(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Min(Vector128<float> a, Vector128<float> b) => Vector128.MinNative(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sqrt(Vector128<float> a) => Vector128.Sqrt(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Log(Vector128<float> a) => Vector128.Log(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Round(Vector128<float> a) => Vector128.Round(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> PowerOfTwo(Vector128<float> n) =>
        Vector128.ShiftLeft(Vector128.ConvertToInt32Native(n) + Vector128.Create(127), 23).AsSingle();
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Greater(Vector128<float> a, Vector128<float> b) => Vector128.GreaterThan(a, b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Select(
        Vector128<float> mask, Vector128<float> whenSet, Vector128<float> whenClear) =>
            Vector128.ConditionalSelect(mask, whenSet, whenClear);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Bits(Vector128<float> mask) => Vector128.ExtractMostSignificantBits(mask);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> FromBits(uint bits) =>
        (~Vector128.Equals(Vector128.Create((int)bits) & Vector128.Create(1, 2, 4, 8), Vector128<int>.Zero)).AsSingle();
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Kept(uint column, uint key0, uint key1, int threshold) =>
        DropoutHash.Kept(
            ((Vector128.Create(column) + Vector128<uint>.Indices) * DropoutMask.Spread) + Vector128.Create(key0),
            Vector128.Create(key1), threshold);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> KeptOfRows(
        uint column, Vector128<float> key0, Vector128<float> key1, int threshold) =>
            DropoutHash.Kept(
                Vector128.Create(unchecked(column * DropoutMask.Spread)) + key0.AsUInt32(), key1.AsUInt32(), threshold);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Sum(Vector128<float> a) => Vector128.Sum(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxElement(Vector128<float> a) => MathF.Max(MathF.Max(a[0], a[1]), MathF.Max(a[2], a[3]));
}

/// <summary>One at a time: for processors without vectors, and to check the others.</summary>
internal readonly unsafe struct SimdScalar : ISimd<float>
{
    public static int Width => 1;
    public static int TileRows => 6;
    public static float Zero => 0;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Create(float value) => value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Load(float* source) => *source;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* destination, float value) => *destination = value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Add(float a, float b) => a + b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Subtract(float a, float b) => a - b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Multiply(float a, float b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Divide(float a, float b) => a / b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Fma(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Max(float a, float b) => a > b ? a : b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Min(float a, float b) => a < b ? a : b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Sqrt(float a) => MathF.Sqrt(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Log(float a) => MathF.Log(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Round(float a) => MathF.Round(a);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float PowerOfTwo(float n) => BitConverter.Int32BitsToSingle(((int)n + 127) << 23);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Greater(float a, float b) => a > b ? BitConverter.Int32BitsToSingle(-1) : 0;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Select(float mask, float whenSet, float whenClear) =>
        BitConverter.SingleToInt32Bits(mask) != 0 ? whenSet : whenClear;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Bits(float mask) => BitConverter.SingleToUInt32Bits(mask) >> 31;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float FromBits(uint bits) => (bits & 1) != 0 ? BitConverter.Int32BitsToSingle(-1) : 0;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Kept(uint column, uint key0, uint key1, int threshold) =>
        DropoutHash.Kept(column, key0, key1, threshold);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float KeptOfRows(uint column, float key0, float key1, int threshold) =>
        DropoutHash.Kept(
            column, BitConverter.SingleToUInt32Bits(key0), BitConverter.SingleToUInt32Bits(key1), threshold);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Sum(float a) => a;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float MaxElement(float a) => a;
}
