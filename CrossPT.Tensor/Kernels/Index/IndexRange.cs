using System.Runtime.CompilerServices;

namespace CrossPT.Tensors.Cpu;

/// <summary>Checks every index on the host, before a kernel reads.</summary>
internal static class IndexRange
{
    /// <summary>Refuses an index below <paramref name="least"/> or not below <paramref name="bound"/>.</summary>
    public static void Check(Tensor indices, int least, int bound, [CallerMemberName] string kernel = "")
    {
        ReadOnlySpan<int> all = indices.HostSpan<int>();
        for (int i = 0; i < all.Length; i++)
            if (all[i] < least || all[i] >= bound)
                throw new ArgumentException(
                    $"{kernel}: index {all[i]} at {i}, expected less than "
                        + $"{bound}{(least == 0 ? " and not negative" : "")}.");
    }
}
