using System.Runtime.Intrinsics.X86;

namespace CrossPT.Tensors.Cpu;

/// <summary>Sizes of the processor's caches.</summary>
internal static class CpuCaches
{
    private const int Leaf = unchecked((int)0x80000006);

    /// <summary>
    /// Bytes of a core's second-level cache: what an x86 processor says of itself (CPUID, function 8000_0006h, which a
    /// virtual machine passes on where it hides the operating system's list); 1 MB where nothing is said.
    /// </summary>
    public static int SecondLevel { get; } = Read() is > 0 and var bytes ? bytes : 1 << 20;

    private static int Read()
    {
        if (!X86Base.IsSupported) return 0;
        (int highest, _, _, _) = X86Base.CpuId(unchecked((int)0x80000000), 0);
        if ((uint)highest < unchecked((uint)Leaf)) return 0;
        (_, _, int ecx, _) = X86Base.CpuId(Leaf, 0);
        return (int)((uint)ecx >> 16) << 10;
    }
}
