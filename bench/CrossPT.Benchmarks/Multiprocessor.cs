namespace CrossPT.Benchmarks;

/// <summary>
/// What a multiprocessor has room for, by compute capability (CUDA C++ Programming Guide, "Technical Specifications per
/// Compute Capability"); 65,536 registers in all of them.
/// </summary>
/// <param name="Architecture">As <c>ptxas</c> calls it.</param>
/// <param name="Warps">Resident warps at most.</param>
/// <param name="Groups">Resident thread groups at most.</param>
/// <param name="SharedBytes">Shared memory, of which every group takes <see cref="ReservedBytes"/> for the
/// system.</param>
internal sealed record Multiprocessor(string Architecture, int Warps, int Groups, int SharedBytes)
{
    public static readonly Multiprocessor[] All =
    [
        new("sm_80", 64, 32, 164 << 10), new("sm_86", 48, 16, 100 << 10), new("sm_89", 48, 24, 100 << 10),
        new("sm_90", 64, 32, 228 << 10), new("sm_120", 48, 24, 100 << 10),
    ];

    private const int ReservedBytes = 1024;

    // Each of four schedulers has warps and a quarter of the registers of its own.
    private const int Schedulers = 4, RegistersOfScheduler = 65536 / Schedulers;

    // Registers are given to whole warps in units of 256, shared memory to groups in units of 128 bytes.
    private const int RegisterUnit = 256, SharedUnit = 128;

    /// <summary>Resident warps of a kernel, as a share of the most there can be.</summary>
    public double Occupancy(int threads, int registers, int sharedBytes)
    {
        int warps = (threads + 31) / 32;
        int byRegisters = RegistersOfScheduler / Ceiling(registers * 32, RegisterUnit) * Schedulers / warps;
        int byShared = SharedBytes / Ceiling(sharedBytes + ReservedBytes, SharedUnit);
        int groups = Math.Min(Math.Min(Groups, Warps / warps), Math.Min(byRegisters, byShared));
        return (double)groups * warps / Warps;
    }

    private static int Ceiling(int value, int unit) => (value + unit - 1) / unit * unit;
}
