using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace CrossPT.Tensors.Cpu;

/// <summary>
/// What a register tile asks of the memory while it computes: the operand the next tiles will read, a little at every
/// step of the sum, so that it waits in the second-level cache when they come to it. The processor's own prefetching
/// follows one stream at a time and stops at pages.
/// </summary>
/// <param name="Address">First address to ask for; null asks for nothing.</param>
/// <param name="Step">Elements further at every step of the sum.</param>
/// <param name="Jump">Elements further after every 32 steps.</param>
internal readonly unsafe record struct Ahead(nint Address, nint Step, nint Jump = 0)
{
    /// <summary>Steps the right operand is asked for in advance, into the first-level cache.</summary>
    public const int Distance = 8;

    /// <summary>Asks for the cache line of an address, to be read next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Near(float* address)
    {
        if (Sse.IsSupported) Sse.Prefetch0(address);
    }

    /// <summary>Asks for the cache line of an address, to be read by a later tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Far(float* address)
    {
        if (Sse.IsSupported) Sse.Prefetch1(address);
    }

    /// <summary>The same, for a tile that was told of nothing to ask for: lines that are there already.</summary>
    public Ahead Or(float* here) => Address == 0 ? new Ahead((nint)here, 0) : this;
}
