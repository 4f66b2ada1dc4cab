using System.Numerics;
using System.Runtime.CompilerServices;

namespace CrossPT.TestKit.Cuda.Ptx;

/// <content>Operations on the active lanes of a warp: what most instructions are, several lanes at once; the rest one
/// by one.</content>
internal sealed partial class PtxProgram
{
    private Action<PtxWarp> Vectors<T, TOperation>(string target, string left, string right)
        where T : unmanaged
        where TOperation : struct, IPtxVector
    {
        int d = Register<T>(target), a = Register<T>(left), b = Register<T>(right);
        return warp =>
        {
            ref T x = ref warp.Register<T>(a);
            ref T y = ref warp.Register<T>(b);
            ref T z = ref warp.Register<T>(d);
            ref T mask = ref warp.Mask<T>();
            for (nuint i = 0; i < PtxWarp.Lanes; i += (nuint)Vector<T>.Count)
            {
                Vector<T> result = TOperation.Of(Vector.LoadUnsafe(ref x, i), Vector.LoadUnsafe(ref y, i));
                Vector.ConditionalSelect(Vector.LoadUnsafe(ref mask, i), result, Vector.LoadUnsafe(ref z, i))
                    .StoreUnsafe(ref z, i);
            }
        };
    }

    private Action<PtxWarp> Fused(string[] operands)
    {
        int d = Register<float>(operands[0]);
        int a = Register<float>(operands[1]);
        int b = Register<float>(operands[2]);
        int c = Register<float>(operands[3]);
        return warp =>
        {
            ref float x = ref warp.Register<float>(a), y = ref warp.Register<float>(b), w = ref warp.Register<float>(c);
            ref float z = ref warp.Register<float>(d), mask = ref warp.Mask<float>();
            for (nuint i = 0; i < PtxWarp.Lanes; i += (nuint)Vector<float>.Count)
            {
                Vector<float> result = Vector.FusedMultiplyAdd(
                    Vector.LoadUnsafe(ref x, i), Vector.LoadUnsafe(ref y, i), Vector.LoadUnsafe(ref w, i));
                Vector.ConditionalSelect(Vector.LoadUnsafe(ref mask, i), result, Vector.LoadUnsafe(ref z, i))
                    .StoreUnsafe(ref z, i);
            }
        };
    }

    private Action<PtxWarp> MultiplyAdd<T>(string[] operands)
        where T : unmanaged, INumber<T>
    {
        int d = Register<T>(operands[0]);
        int a = Register<T>(operands[1]);
        int b = Register<T>(operands[2]);
        int c = Register<T>(operands[3]);
        return warp =>
        {
            ref T x = ref warp.Register<T>(a);
            ref T y = ref warp.Register<T>(b);
            ref T w = ref warp.Register<T>(c);
            ref T z = ref warp.Register<T>(d);
            for (uint left = warp.Active; left != 0; left &= left - 1)
            {
                int lane = BitOperations.TrailingZeroCount(left);
                Unsafe.Add(ref z, lane) = (Unsafe.Add(ref x, lane) * Unsafe.Add(ref y, lane)) + Unsafe.Add(ref w, lane);
            }
        };
    }

    private Action<PtxWarp> Select<T>(string[] operands)
        where T : unmanaged
    {
        int d = Register<T>(operands[0]);
        int a = Register<T>(operands[1]);
        int b = Register<T>(operands[2]);
        int c = Register<uint>(operands[3]);
        return warp =>
        {
            ref T x = ref warp.Register<T>(a), y = ref warp.Register<T>(b), z = ref warp.Register<T>(d);
            ref uint first = ref warp.Register<uint>(c);
            for (uint left = warp.Active; left != 0; left &= left - 1)
            {
                int lane = BitOperations.TrailingZeroCount(left);
                Unsafe.Add(ref z, lane) = Unsafe.Add(ref first, lane) != 0
                    ? Unsafe.Add(ref x, lane)
                    : Unsafe.Add(ref y, lane);
            }
        };
    }

    /// <summary>Those ending in u are also true beside a NaN: what their opposite is false for.</summary>
    private Action<PtxWarp> Compare<T>(string kind, string[] operands)
        where T : unmanaged, INumber<T>
    {
        (string a, string b) = (operands[1], operands[2]);
        return kind switch
        {
            "eq" => Compare<T, IsEqual>(operands[0], a, b, 1),
            "ne" => Compare<T, IsOther>(operands[0], a, b, 1),
            "neu" => Compare<T, IsEqual>(operands[0], a, b, 0),
            "lt" or "lo" => Compare<T, IsLess>(operands[0], a, b, 1),
            "le" or "ls" => Compare<T, IsLessOrEqual>(operands[0], a, b, 1),
            "gt" or "hi" => Compare<T, IsLess>(operands[0], b, a, 1),
            "ge" or "hs" => Compare<T, IsLessOrEqual>(operands[0], b, a, 1),
            "ltu" => Compare<T, IsLessOrEqual>(operands[0], b, a, 0),
            "leu" => Compare<T, IsLess>(operands[0], b, a, 0),
            "gtu" => Compare<T, IsLessOrEqual>(operands[0], a, b, 0),
            "geu" => Compare<T, IsLess>(operands[0], a, b, 0),
            _ => throw new NotSupportedException($"PTX comparison {kind}."),
        };
    }

    private Action<PtxWarp> Compare<T, TComparison>(string target, string left, string right, uint set)
        where T : unmanaged, INumber<T>
        where TComparison : struct, IPtxComparison
    {
        int d = Register<uint>(target), a = Register<T>(left), b = Register<T>(right);
        return warp =>
        {
            ref T x = ref warp.Register<T>(a), y = ref warp.Register<T>(b);
            ref uint z = ref warp.Register<uint>(d);
            for (uint lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
            {
                int lane = BitOperations.TrailingZeroCount(lanes);
                Unsafe.Add(ref z, lane) = TComparison.Of(Unsafe.Add(ref x, lane), Unsafe.Add(ref y, lane))
                    ? set
                    : 1 - set;
            }
        };
    }

    private Action<PtxWarp> Map<T, TResult>(string[] operands, Func<T, TResult> operation)
        where T : unmanaged
        where TResult : unmanaged
    {
        int d = Register<TResult>(operands[0]), a = Register<T>(operands[1]);
        return warp =>
        {
            ref T x = ref warp.Register<T>(a);
            ref TResult z = ref warp.Register<TResult>(d);
            for (uint left = warp.Active; left != 0; left &= left - 1)
            {
                int lane = BitOperations.TrailingZeroCount(left);
                Unsafe.Add(ref z, lane) = operation(Unsafe.Add(ref x, lane));
            }
        };
    }

    private Action<PtxWarp> Map<T1, T2, TResult>(string[] operands, Func<T1, T2, TResult> operation)
        where T1 : unmanaged
        where T2 : unmanaged
        where TResult : unmanaged
    {
        int d = Register<TResult>(operands[0]), a = Register<T1>(operands[1]), b = Register<T2>(operands[2]);
        return warp =>
        {
            ref T1 x = ref warp.Register<T1>(a);
            ref T2 y = ref warp.Register<T2>(b);
            ref TResult z = ref warp.Register<TResult>(d);
            for (uint left = warp.Active; left != 0; left &= left - 1)
            {
                int lane = BitOperations.TrailingZeroCount(left);
                Unsafe.Add(ref z, lane) = operation(Unsafe.Add(ref x, lane), Unsafe.Add(ref y, lane));
            }
        };
    }
}
