using System.Globalization;
using System.Runtime.InteropServices;

namespace CrossPT.Tensors.Ilgpu.Tests.Ptx;

/// <content>Loads, stores and asynchronous copies.</content>
internal sealed partial class PtxProgram
{
    /// <summary>Set in generic addresses of shared memory; those of global memory are the host's own.</summary>
    private const ulong GenericShared = 1ul << 62;

    private Action<PtxLane> LoadParameter(string[] name, string[] operands)
    {
        int d = Operand(operands[0]), width = Width(name[^1]);
        string[] place = operands[1].Trim('[', ']').Split('+');
        int at = _parameters[place[0].Trim()] + (place.Length > 1 ? int.Parse(place[1], CultureInfo.InvariantCulture) : 0);
        return lane =>
        {
            ulong value = 0;
            lane.Machine.Parameters.AsSpan(at, width).CopyTo(MemoryMarshal.AsBytes(new Span<ulong>(ref value)));
            lane.R[d] = value;
        };
    }

    private Action<PtxLane> Load(string[] name, string[] operands)
    {
        int[] targets = Vector(operands[0]);
        (int register, int offset) = Address(operands[1]);
        int width = Width(name[^1]);
        bool isShared = name[1] == "shared", isGlobal = name[1] == "global";
        return lane =>
        {
            ulong address = lane.R[register] + (ulong)offset;
            bool shared = isShared || (!isGlobal && (address & GenericShared) != 0);
            if (shared) address &= ~GenericShared;
            CheckVector(address, targets.Length * width);
            for (int i = 0; i < targets.Length; i++, address += (ulong)width)
            {
                lane.R[targets[i]] = width switch
                {
                    1 => shared ? lane.Machine.Shared.Read<byte>(address, lane.Index) : lane.Machine.Global.Read<byte>(address),
                    2 => shared ? lane.Machine.Shared.Read<ushort>(address, lane.Index) : lane.Machine.Global.Read<ushort>(address),
                    4 => shared ? lane.Machine.Shared.Read<uint>(address, lane.Index) : lane.Machine.Global.Read<uint>(address),
                    _ => shared ? lane.Machine.Shared.Read<ulong>(address, lane.Index) : lane.Machine.Global.Read<ulong>(address),
                };
            }
        };
    }

    private Action<PtxLane> Store(string[] name, string[] operands)
    {
        int[] sources = Vector(operands[1]);
        (int register, int offset) = Address(operands[0]);
        int width = Width(name[^1]);
        bool isShared = name[1] == "shared", isGlobal = name[1] == "global";
        return lane =>
        {
            ulong address = lane.R[register] + (ulong)offset;
            bool shared = isShared || (!isGlobal && (address & GenericShared) != 0);
            if (shared) address &= ~GenericShared;
            CheckVector(address, sources.Length * width);
            for (int i = 0; i < sources.Length; i++, address += (ulong)width)
            {
                ulong value = lane.R[sources[i]];
                switch (width)
                {
                    case 1 when shared: lane.Machine.Shared.Write(address, (byte)value, lane.Index); break;
                    case 1: lane.Machine.Global.Write(address, (byte)value); break;
                    case 2 when shared: lane.Machine.Shared.Write(address, (ushort)value, lane.Index); break;
                    case 2: lane.Machine.Global.Write(address, (ushort)value); break;
                    case 4 when shared: lane.Machine.Shared.Write(address, (uint)value, lane.Index); break;
                    case 4: lane.Machine.Global.Write(address, (uint)value); break;
                    default: throw new NotSupportedException($"PTX: a store of {width} bytes.");
                }
            }
        };
    }

    /// <summary>cp.async: the bytes arrive when the lane waits for their group, not before.</summary>
    private Action<PtxLane> Copy(string[] name, string[] operands)
    {
        switch (name[2])
        {
            case "commit_group":
                return lane => lane.Copies.Add([]);
            case "wait_group":
                int pending = int.Parse(operands[0], CultureInfo.InvariantCulture);
                return lane => Arrive(lane, pending);
            default:
                (int target, int targetOffset) = Address(operands[0]);
                (int source, int sourceOffset) = Address(operands[1]);
                int size = int.Parse(operands[2], CultureInfo.InvariantCulture), count = Operand(operands[3]);
                return lane =>
                {
                    ulong to = lane.R[target] + (ulong)targetOffset, from = lane.R[source] + (ulong)sourceOffset;
                    int bytes = (int)(uint)lane.R[count];
                    CheckVector(to, size);
                    if (bytes > 0) lane.Machine.Global.Check(from, size);
                    lane.Machine.Shared.Claim(to, size, lane.Index);
                    lane.Copies[^1].Add((to, from, bytes));
                };
        }
    }

    private static unsafe void Arrive(PtxLane lane, int pending)
    {
        while (lane.Copies.Count - 1 > pending)
        {
            foreach ((ulong target, ulong source, int bytes) in lane.Copies[0])
            {
                for (int i = 0; i < 16; i += 4)
                    lane.Machine.Shared.Write(target + (ulong)i, i < bytes ? *(uint*)(source + (ulong)i) : 0u, lane.Index);
            }
            lane.Copies.RemoveAt(0);
        }
    }

    private int[] Vector(string text) => [.. text.Trim('{', '}').Split(',').Select(part => Operand(part))];

    private (int Register, int Offset) Address(string text)
    {
        string[] place = text.Trim('[', ']', ' ').Split('+');
        return (Operand(place[0]), place.Length > 1 ? int.Parse(place[1], CultureInfo.InvariantCulture) : 0);
    }

    private static void CheckVector(ulong address, int bytes)
    {
        if (address % (ulong)bytes != 0) throw new InvalidOperationException($"Address {address:X} of {bytes} bytes is not aligned.");
    }
}
