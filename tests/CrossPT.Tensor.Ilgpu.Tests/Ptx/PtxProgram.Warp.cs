using System.Globalization;

namespace CrossPT.Tensors.Ilgpu.Tests.Ptx;

/// <content>Instructions of a whole warp, with the fragments as the PTX manual lays them out.</content>
internal sealed partial class PtxProgram
{
    /// <summary>
    /// mma.m16n8k16 of bf16: lane l has, with g = l / 4 and t = 2 · (l mod 4), of A rows g and g + 8 at columns t, t + 1 and t + 8, t + 9; of B rows
    /// t, t + 1 and t + 8, t + 9 at column g; of C rows g and g + 8 at columns t, t + 1.
    /// </summary>
    private Action<PtxLane[]> Mma(string[] operands)
    {
        int[] d = Vector(operands[0]), a = Vector(operands[1]), b = Vector(operands[2]), c = Vector(operands[3]);
        return warp =>
        {
            float[,] left = new float[16, 16], right = new float[16, 8];
            foreach (PtxLane lane in warp)
            {
                int l = lane.Index % 32, g = l / 4, t = 2 * (l % 4);
                for (int half = 0; half < 2; half++)
                {
                    (left[g, t + half], left[g + 8, t + half]) = (Half(lane.R[a[0]], half), Half(lane.R[a[1]], half));
                    (left[g, t + 8 + half], left[g + 8, t + 8 + half]) = (Half(lane.R[a[2]], half), Half(lane.R[a[3]], half));
                    (right[t + half, g], right[t + 8 + half, g]) = (Half(lane.R[b[0]], half), Half(lane.R[b[1]], half));
                }
            }
            foreach (PtxLane lane in warp)
            {
                int l = lane.Index % 32, g = l / 4, t = 2 * (l % 4);
                ulong[] sums = new ulong[4];
                for (int i = 0; i < 4; i++)
                {
                    double sum = Single(lane.R[c[i]]);
                    for (int k = 0; k < 16; k++) sum += (double)left[g + (i / 2 * 8), k] * right[k, t + (i % 2)];
                    sums[i] = Bits((float)sum);
                }
                for (int i = 0; i < 4; i++) lane.R[d[i]] = sums[i];
            }
        };
    }

    /// <summary>
    /// ldmatrix.x4: lane l names row l mod 8 of matrix l / 8, 16 bytes; of each matrix a lane receives elements 2 · (l mod 4) and the next of row l / 4,
    /// or, transposed, of column l / 4.
    /// </summary>
    private Action<PtxLane[]> LoadMatrices(string[] name, string[] operands)
    {
        int[] targets = Vector(operands[0]);
        (int register, int offset) = Address(operands[1]);
        bool transposed = name.Contains("trans");
        return warp =>
        {
            ushort[,,] matrices = new ushort[4, 8, 8];
            foreach (PtxLane lane in warp)
            {
                int l = lane.Index % 32;
                ulong address = lane.R[register] + (ulong)offset;
                CheckVector(address, 16);
                for (int i = 0; i < 8; i++) matrices[l / 8, l % 8, i] = lane.Machine.Shared.Read<ushort>(address + (2 * (ulong)i), lane.Index);
            }
            foreach (PtxLane lane in warp)
            {
                int l = lane.Index % 32, g = l / 4, t = 2 * (l % 4);
                for (int m = 0; m < 4; m++)
                {
                    (ushort low, ushort high) = transposed ? (matrices[m, t, g], matrices[m, t + 1, g]) : (matrices[m, g, t], matrices[m, g, t + 1]);
                    lane.R[targets[m]] = low | ((ulong)high << 16);
                }
            }
        };
    }

    /// <summary>shfl.sync: idx, bfly, down and up within the whole warp, and with ILGPU's clamps for parts of it.</summary>
    private Action<PtxLane[]> Shuffle(string[] name, string[] operands)
    {
        string kind = name[2];
        string[] results = operands[0].Split('|');
        int d = Operand(results[0]), a = Operand(operands[1]), b = Operand(operands[2]), c = Operand(operands[3]);
        int found = results.Length > 1 ? Operand(results[1]) : -1;
        return warp =>
        {
            ulong[] values = [.. warp.Select(lane => lane.R[a])];
            for (int l = 0; l < warp.Length; l++)
            {
                PtxLane lane = warp[l];
                int mask = (int)(lane.R[c] >> 8) & 31, clamp = (int)lane.R[c] & 31, operand = (int)lane.R[b] & 31, first = l & mask, last = first | (clamp & ~mask);
                int source = kind switch
                {
                    "bfly" => l ^ operand,
                    "down" => l + operand,
                    "up" => l - operand,
                    "idx" => first | (operand & ~mask),
                    _ => throw new NotSupportedException(string.Create(CultureInfo.InvariantCulture, $"PTX: shfl.{kind}.")),
                };
                bool inside = kind == "up" ? source >= last : source <= last;
                lane.R[d] = values[inside ? source : l];
                if (found >= 0) lane.R[found] = inside ? 1ul : 0;
            }
        };
    }

    /// <summary>bar.red: whether one, or every, lane of the group has its predicate set.</summary>
    private static Action<PtxLane[]> Vote(string kind, int d, int a) => lanes =>
    {
        bool result = kind == "or" ? lanes.Any(lane => lane.R[a] != 0) : lanes.All(lane => lane.R[a] != 0);
        foreach (PtxLane lane in lanes) lane.R[d] = result ? 1ul : 0;
    };

    private static float Half(ulong register, int half) => BitConverter.UInt32BitsToSingle((uint)(register >> (16 * half)) << 16);
}
