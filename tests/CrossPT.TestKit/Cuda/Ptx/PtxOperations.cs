using System.Numerics;

namespace CrossPT.TestKit.Cuda.Ptx;

/// <summary>An operation on several lanes at once.</summary>
internal interface IPtxVector
{
    static abstract Vector<T> Of<T>(Vector<T> x, Vector<T> y);
}

internal readonly struct Sum : IPtxVector
{
    public static Vector<T> Of<T>(Vector<T> x, Vector<T> y) => x + y;
}

internal readonly struct Difference : IPtxVector
{
    public static Vector<T> Of<T>(Vector<T> x, Vector<T> y) => x - y;
}

internal readonly struct Multiple : IPtxVector
{
    public static Vector<T> Of<T>(Vector<T> x, Vector<T> y) => x * y;
}

internal readonly struct Both : IPtxVector
{
    public static Vector<T> Of<T>(Vector<T> x, Vector<T> y) => x & y;
}

internal readonly struct Either : IPtxVector
{
    public static Vector<T> Of<T>(Vector<T> x, Vector<T> y) => x | y;
}

internal readonly struct OneOnly : IPtxVector
{
    public static Vector<T> Of<T>(Vector<T> x, Vector<T> y) => x ^ y;
}

/// <summary>The first operand.</summary>
internal readonly struct Same : IPtxVector
{
    public static Vector<T> Of<T>(Vector<T> x, Vector<T> y) => x;
}

/// <summary>A comparison; those of floating-point numbers are false beside a NaN.</summary>
internal interface IPtxComparison
{
    static abstract bool Of<T>(T x, T y)
        where T : INumber<T>;
}

internal readonly struct IsEqual : IPtxComparison
{
    public static bool Of<T>(T x, T y)
        where T : INumber<T> => x == y;
}

internal readonly struct IsLess : IPtxComparison
{
    public static bool Of<T>(T x, T y)
        where T : INumber<T> => x < y;
}

internal readonly struct IsLessOrEqual : IPtxComparison
{
    public static bool Of<T>(T x, T y)
        where T : INumber<T> => x <= y;
}

/// <summary>Less or greater: not so beside a NaN.</summary>
internal readonly struct IsOther : IPtxComparison
{
    public static bool Of<T>(T x, T y)
        where T : INumber<T> => x < y || x > y;
}
