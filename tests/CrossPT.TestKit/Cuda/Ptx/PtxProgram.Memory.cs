using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CrossPT.TestKit.Cuda.Ptx;

/// <content>Loads, stores and asynchronous copies.</content>
internal sealed partial class PtxProgram
{
    /// <summary>Set in generic addresses of shared memory; those of global memory are the host's own.</summary>
    private const ulong GenericShared = 1ul << 62;

    private Action<PtxWarp> Access(string[] name, string[] operands) => (name[0], name[1], Width(name[^1])) switch
    {
        ("ld", "param", 8) => LoadParameter<ulong>(operands),
        ("ld", "param", 4) => LoadParameter<uint>(operands),
        ("ld", "param", 2) => LoadParameter<ushort>(operands),
        ("ld", "param", 1) => LoadParameter<byte>(operands),
        ("ld", _, 8) => Load<ulong>(name[1], operands),
        ("ld", _, 4) => Load<uint>(name[1], operands),
        ("ld", _, 2) => Load<ushort>(name[1], operands),
        ("ld", _, 1) => Load<byte>(name[1], operands),
        ("st", _, 8) => Store<ulong>(name[1], operands),
        ("st", _, 4) => Store<uint>(name[1], operands),
        ("st", _, 2) => Store<ushort>(name[1], operands),
        ("st", _, 1) => Store<byte>(name[1], operands),
        _ => throw Unknown(name),
    };

    private Action<PtxWarp> LoadParameter<T>(string[] operands)
        where T : unmanaged
    {
        string[] place = operands[1].Trim('[', ']').Split('+');
        int d = Register<T>(operands[0]);
        int at =
            _parameters[place[0].Trim()] + (place.Length > 1 ? int.Parse(place[1], CultureInfo.InvariantCulture) : 0);
        return warp =>
        {
            T value = MemoryMarshal.Read<T>(warp.Machine.Parameters.AsSpan(at));
            for (uint left = warp.Active; left != 0; left &= left - 1)
                Set(warp, d, BitOperations.TrailingZeroCount(left), value);
        };
    }

    private Action<PtxWarp> Load<T>(string space, string[] operands)
        where T : unmanaged
    {
        int[] targets = Registers<T>(operands[0]);
        (int register, long offset) = Address<ulong>(operands[1]);
        bool isShared = space == "shared", isGlobal = space == "global";
        int bytes = targets.Length * Unsafe.SizeOf<T>();
        return warp =>
        {
            (PtxShared shared, PtxGlobal global) = (warp.Machine.Shared, warp.Machine.Global);
            ref ulong addresses = ref warp.Register<ulong>(register);
            for (uint left = warp.Active; left != 0; left &= left - 1)
            {
                int lane = BitOperations.TrailingZeroCount(left);
                ulong address = Unsafe.Add(ref addresses, lane) + (ulong)offset;
                ref readonly byte source = ref isShared || (!isGlobal && (address & GenericShared) != 0)
                    ? ref shared.Read(address & ~GenericShared, bytes, warp.First + lane)
                    : ref global.At(address, bytes);
                for (int i = 0; i < targets.Length; i++)
                    Set(
                        warp, targets[i], lane,
                        Unsafe.ReadUnaligned<T>(in Unsafe.Add(ref Unsafe.AsRef(in source), i * Unsafe.SizeOf<T>())));
            }
        };
    }

    private Action<PtxWarp> Store<T>(string space, string[] operands)
        where T : unmanaged
    {
        int[] sources = Registers<T>(operands[1]);
        (int register, long offset) = Address<ulong>(operands[0]);
        bool isShared = space == "shared", isGlobal = space == "global";
        int bytes = sources.Length * Unsafe.SizeOf<T>();
        return warp =>
        {
            (PtxShared shared, PtxGlobal global) = (warp.Machine.Shared, warp.Machine.Global);
            ref ulong addresses = ref warp.Register<ulong>(register);
            for (uint left = warp.Active; left != 0; left &= left - 1)
            {
                int lane = BitOperations.TrailingZeroCount(left);
                ulong address = Unsafe.Add(ref addresses, lane) + (ulong)offset;
                ref byte target = ref isShared || (!isGlobal && (address & GenericShared) != 0)
                    ? ref shared.Write(address & ~GenericShared, bytes, warp.First + lane)
                    : ref global.At(address, bytes);
                for (int i = 0; i < sources.Length; i++)
                {
                    T value = Unsafe.SizeOf<T>() == 8
                        ? Unsafe.As<ulong, T>(ref Unsafe.Add(ref warp.Register<ulong>(sources[i]), lane))
                        : Unsafe.As<uint, T>(ref Unsafe.Add(ref warp.Register<uint>(sources[i]), lane));
                    Unsafe.WriteUnaligned(ref Unsafe.Add(ref target, i * Unsafe.SizeOf<T>()), value);
                }
            }
        };
    }

    private Action<PtxWarp> AtomicAdd(string[] name, string[] operands)
    {
        if (!name.Contains("add") || name[^1] is not ("u32" or "s32")) throw Unknown(name);
        int target = Register<uint>(operands[0]), added = Register<uint>(operands[2]);
        (int register, long offset) = Address<ulong>(operands[1]);
        return warp => EachLane(warp, lane =>
        {
            ulong address = Unsafe.Add(ref warp.Register<ulong>(register), lane) + (ulong)offset;
            ref uint value = ref Unsafe.As<byte, uint>(ref warp.Machine.Global.At(address, sizeof(uint)));
            uint before = value;
            value = before + Unsafe.Add(ref warp.Register<uint>(added), lane);
            Set(warp, target, lane, before);
        });
    }

    /// <summary>cp.async: the bytes arrive when the lane waits for their group, not before.</summary>
    private Action<PtxWarp> Copy(string[] name, string[] operands)
    {
        if (name[2] == "commit_group") return static warp => EachLane(warp, warp.CloseCopies);
        if (name[2] == "wait_group")
        {
            int pending = int.Parse(operands[0], CultureInfo.InvariantCulture);
            return warp => EachLane(warp, lane => Arrive(warp, lane, pending));
        }
        (int target, long targetOffset) = Address<uint>(operands[0]);
        (int source, long sourceOffset) = Address<ulong>(operands[1]);
        int size = int.Parse(operands[2], CultureInfo.InvariantCulture), count = Register<int>(operands[3]);
        return warp => EachLane(warp, lane =>
        {
            ulong to = Unsafe.Add(ref warp.Register<uint>(target), lane) + (ulong)targetOffset;
            ulong from = Unsafe.Add(ref warp.Register<ulong>(source), lane) + (ulong)sourceOffset;
            int bytes = Unsafe.Add(ref warp.Register<int>(count), lane);
            if (bytes > 0) warp.Machine.Global.Check(from, size);
            _ = warp.Machine.Shared.Write(to, size, warp.First + lane);
            warp.BeginCopy(lane, to, from, bytes);
        });
    }

    private static unsafe void Arrive(PtxWarp warp, int lane, int pending)
    {
        while (warp.TryEndCopy(lane, pending, out (ulong Target, ulong Source, int Bytes) copy))
        {
            Span<byte> target = MemoryMarshal.CreateSpan(
                ref warp.Machine.Shared.Write(copy.Target, 16, warp.First + lane), 16);
            target.Clear();
            new ReadOnlySpan<byte>((byte*)copy.Source, copy.Bytes).CopyTo(target);
        }
    }

    private static void EachLane(PtxWarp warp, Action<int> action)
    {
        for (uint left = warp.Active; left != 0; left &= left - 1) action(BitOperations.TrailingZeroCount(left));
    }

    private static void Set<T>(PtxWarp warp, int register, int lane, T value)
        where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() == 8) Unsafe.Add(ref warp.Register<T>(register), lane) = value;
        else
        {
            Unsafe.Add(ref warp.Register<uint>(register), lane) = Unsafe.SizeOf<T>() == 4
                ? Unsafe.BitCast<T, uint>(value)
                : Unsafe.SizeOf<T>() == 2 ? Unsafe.BitCast<T, ushort>(value) : Unsafe.BitCast<T, byte>(value);
        }
    }

    private int[] Registers<T>(string text)
        where T : unmanaged => [.. text.Trim('{', '}').Split(',').Select(Register<T>)];

    private (int Register, long Offset) Address<T>(string text)
        where T : unmanaged
    {
        string[] place = text.Trim('[', ']', ' ').Split('+');
        return (Register<T>(place[0]), place.Length > 1 ? int.Parse(place[1], CultureInfo.InvariantCulture) : 0);
    }
}
