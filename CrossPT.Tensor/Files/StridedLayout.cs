using System.Runtime.InteropServices;

namespace CrossPT.Tensors.Files;

/// <summary>
/// A tensor whose neighbours do not lie side by side in the file: a transposed matrix, some columns. Counts are in
/// elements.
/// </summary>
internal sealed class StridedLayout(int[] sizes, long[] strides, long offset)
{
    /// <summary>
    /// Whether the elements lie end to end in row-major order; a dimension of one entry may have any stride.
    /// </summary>
    public static bool IsRowMajor(ReadOnlySpan<int> sizes, ReadOnlySpan<long> strides)
    {
        if (sizes.Contains(0)) return true;
        long expected = 1;
        for (int d = sizes.Length - 1; d >= 0; d--)
        {
            if (sizes[d] != 1 && strides[d] != expected) return false;
            expected *= sizes[d];
        }
        return true;
    }

    /// <summary>
    /// One more than the last element's place, or nothing when it overflows. Sizes and strides are not negative.
    /// </summary>
    public static long? End(ReadOnlySpan<int> sizes, ReadOnlySpan<long> strides, long offset)
    {
        Int128 last = offset;
        for (int d = 0; d < sizes.Length; d++)
        {
            if (sizes[d] == 0) return offset;
            last += (Int128)(sizes[d] - 1) * strides[d];
        }
        return last < long.MaxValue ? (long)last + 1 : null;
    }

    /// <summary>Copies elements from number <paramref name="first"/> (row-major) on.</summary>
    public void Gather(ReadOnlySpan<byte> storage, int elementSize, long first, Span<byte> destination)
    {
        switch (elementSize)
        {
            case 1:
                Gather(storage, first, destination);
                break;
            case 2:
                Gather(MemoryMarshal.Cast<byte, ushort>(storage), first, MemoryMarshal.Cast<byte, ushort>(destination));
                break;
            case 4:
                Gather(MemoryMarshal.Cast<byte, uint>(storage), first, MemoryMarshal.Cast<byte, uint>(destination));
                break;
            default:
                Gather(MemoryMarshal.Cast<byte, ulong>(storage), first, MemoryMarshal.Cast<byte, ulong>(destination));
                break;
        }
    }

    private void Gather<T>(ReadOnlySpan<T> storage, long first, Span<T> destination)
        where T : unmanaged
    {
        int inner = sizes.Length - 1;
        Span<int> index = stackalloc int[sizes.Length];
        long position = offset;
        for (int d = inner; d >= 0; d--)
        {
            index[d] = (int)(first % sizes[d]);
            first /= sizes[d];
            position += index[d] * strides[d];
        }
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = storage[(int)position];
            position += strides[inner];
            index[inner]++;
            for (int d = inner; d > 0 && index[d] == sizes[d]; d--)
            {
                position += strides[d - 1] - (sizes[d] * strides[d]);
                index[d] = 0;
                index[d - 1]++;
            }
        }
    }
}
