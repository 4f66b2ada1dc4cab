using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CrossPT.TestKit.Cuda.Ptx;

/// <content>Instructions of a whole warp, with the fragments as the PTX manual lays them out.</content>
internal sealed partial class PtxProgram
{
    /// <summary>
    /// mma.m16n8k16 of bf16: lane l has, with g = l / 4 and t = 2 · (l mod 4), of A rows g and g + 8 at columns t, t +
    /// 1 and t + 8, t + 9; of B rows t, t + 1 and t + 8, t + 9 at column g; of C rows g and g + 8 at columns t, t + 1.
    /// </summary>
    private Action<PtxWarp> Mma(string[] operands)
    {
        int[] d = Registers<float>(operands[0]);
        int[] a = Registers<uint>(operands[1]);
        int[] b = Registers<uint>(operands[2]);
        int[] c = Registers<float>(operands[3]);
        return warp =>
        {
            // Rows of A, columns of B.
            Span<double> left = stackalloc double[16 * 16], right = stackalloc double[8 * 16];
            for (int l = 0; l < PtxWarp.Lanes; l++)
            {
                int g = l / 4, t = 2 * (l % 4);
                for (int half = 0; half < 2; half++)
                {
                    left[(g * 16) + t + half] = Half(Of<uint>(warp, a[0], l), half);
                    left[((g + 8) * 16) + t + half] = Half(Of<uint>(warp, a[1], l), half);
                    left[(g * 16) + t + 8 + half] = Half(Of<uint>(warp, a[2], l), half);
                    left[((g + 8) * 16) + t + 8 + half] = Half(Of<uint>(warp, a[3], l), half);
                    right[(g * 16) + t + half] = Half(Of<uint>(warp, b[0], l), half);
                    right[(g * 16) + t + 8 + half] = Half(Of<uint>(warp, b[1], l), half);
                }
            }
            for (int l = 0; l < PtxWarp.Lanes; l++)
            {
                int g = l / 4, t = 2 * (l % 4);
                for (int i = 0; i < 4; i++)
                {
                    double sum = Of<float>(warp, c[i], l);
                    ReadOnlySpan<double> row = left.Slice((g + (i / 2 * 8)) * 16, 16);
                    ReadOnlySpan<double> column = right.Slice((t + (i % 2)) * 16, 16);
                    for (int k = 0; k < 16; k++) sum += row[k] * column[k];
                    Of<float>(warp, d[i], l) = (float)sum;
                }
            }
        };
    }

    /// <summary>
    /// ldmatrix.x4: lane l names row l mod 8 of matrix l / 8, 16 bytes; of each matrix a lane receives elements 2 · (l
    /// mod 4) and the next of row l / 4, or, transposed, of column l / 4.
    /// </summary>
    private Action<PtxWarp> LoadMatrices(string[] name, string[] operands)
    {
        int[] targets = Registers<uint>(operands[0]);
        (int register, long offset) = Address<uint>(operands[1]);
        bool transposed = name.Contains("trans");
        return warp =>
        {
            Span<ushort> matrices = stackalloc ushort[4 * 8 * 8];
            for (int l = 0; l < PtxWarp.Lanes; l++)
            {
                ulong address = Of<uint>(warp, register, l) + (ulong)offset;
                MemoryMarshal.Cast<byte, ushort>(
                    MemoryMarshal.CreateReadOnlySpan(in warp.Machine.Shared.Read(address, 16, warp.First + l), 16))
                        .CopyTo(matrices[(l * 8)..]);
            }
            for (int l = 0; l < PtxWarp.Lanes; l++)
            {
                int g = l / 4, t = 2 * (l % 4);
                for (int m = 0; m < 4; m++)
                {
                    ReadOnlySpan<ushort> matrix = matrices.Slice(m * 64, 64);
                    (ushort low, ushort high) = transposed
                        ? (matrix[(t * 8) + g], matrix[((t + 1) * 8) + g])
                        : (matrix[(g * 8) + t], matrix[(g * 8) + t + 1]);
                    Of<uint>(warp, targets[m], l) = low | ((uint)high << 16);
                }
            }
        };
    }

    /// <summary>
    /// shfl.sync: idx, bfly, down and up within the whole warp, and with ILGPU's clamps for parts of it.
    /// </summary>
    private Action<PtxWarp> Shuffle(string[] name, string[] operands)
    {
        string kind = name[2];
        string[] results = operands[0].Split('|');
        int d = Register<uint>(results[0]);
        int a = Register<uint>(operands[1]);
        int b = Register<uint>(operands[2]);
        int c = Register<uint>(operands[3]);
        int found = results.Length > 1 ? Register<uint>(results[1]) : -1;
        return warp =>
        {
            Span<uint> values = stackalloc uint[PtxWarp.Lanes];
            for (int l = 0; l < values.Length; l++) values[l] = Of<uint>(warp, a, l);
            for (int l = 0; l < values.Length; l++)
            {
                uint limits = Of<uint>(warp, c, l);
                int mask = (int)(limits >> 8) & 31;
                int clamp = (int)limits & 31;
                int operand = (int)Of<uint>(warp, b, l) & 31;
                int first = l & mask;
                int last = first | (clamp & ~mask);
                int source = kind switch
                {
                    "bfly" => l ^ operand,
                    "down" => l + operand,
                    "up" => l - operand,
                    "idx" => first | (operand & ~mask),
                    _ => throw new NotSupportedException(
                        string.Create(CultureInfo.InvariantCulture, $"PTX: shfl.{kind}.")),
                };
                bool inside = kind == "up" ? source >= last : source <= last;
                Of<uint>(warp, d, l) = values[inside ? source : l];
                if (found >= 0) Of<uint>(warp, found, l) = inside ? 1u : 0;
            }
        };
    }

    /// <summary>bar.red: whether one, or every, lane of the group has its predicate set.</summary>
    private static Action<PtxWarp[]> Vote(string kind, int d, int a) => warps =>
    {
        bool any = false, every = true;
        foreach (PtxWarp warp in warps)
        {
            for (int l = 0; l < PtxWarp.Lanes; l++)
            {
                if ((warp.AtBarrier >> l & 1) == 0) continue;
                any |= Of<uint>(warp, a, l) != 0;
                every &= Of<uint>(warp, a, l) != 0;
            }
        }
        foreach (PtxWarp warp in warps)
        {
            for (int l = 0; l < PtxWarp.Lanes; l++)
            {
                if ((warp.AtBarrier >> l & 1) != 0) Of<uint>(warp, d, l) = (kind == "or" ? any : every) ? 1u : 0;
            }
        }
    };

    private static ref T Of<T>(PtxWarp warp, int register, int lane)
        where T : unmanaged => ref Unsafe.Add(ref warp.Register<T>(register), lane);

    private static float Half(uint register, int half) =>
        BitConverter.UInt32BitsToSingle(register >> (16 * half) << 16);
}
