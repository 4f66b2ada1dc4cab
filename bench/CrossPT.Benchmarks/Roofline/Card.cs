namespace CrossPT.Benchmarks.Roofline;

/// <summary>
/// A card's published peaks. Tensor cores: dense bf16 with sums in float32; <c>mma.sync</c>, which ILGPU's PTX for
/// sm_80 is limited to, reaches <see cref="SyncShare"/> of it.
/// </summary>
internal sealed record Card(
    string Name, double GigabytesPerSecond, double SingleTeraflops, double HalfTeraflops, double SyncShare)
{
    public static readonly Card[] All =
    [
        new("A100 80 GB", 2039, 19.5, 312, 1), new("H100 SXM", 3350, 66.9, 989, 0.62),
        new("H200", 4800, 66.9, 989, 0.62), new("RTX 4090", 1008, 82.6, 165, 1),
    ];

    /// <summary>Shares of the peaks that kernels reach.</summary>
    public const double MemoryShare = 0.85, SingleShare = 0.75, HalfShare = 0.70;

    /// <summary>Seconds of a kernel that does next to nothing, and of the host for a launch.</summary>
    public const double LeastSeconds = 2e-6, HostSeconds = 5e-6;

    /// <summary>
    /// Seconds of a step: its kernels one after the other, but no less than the host needs to launch them.
    /// </summary>
    public double Seconds(IEnumerable<Work> step, bool withSync)
    {
        double device = 0;
        int launches = 0;
        foreach (Work work in step)
        {
            device += Seconds(work, withSync);
            launches++;
        }
        return Math.Max(device, launches * HostSeconds);
    }

    public double Seconds(Work work, bool withSync)
    {
        double peak = work.OnTensorCores
            ? HalfTeraflops * HalfShare * (withSync ? SyncShare : 1)
            : SingleTeraflops * SingleShare;
        double computing = work.Operations / (peak * 1e12);
        double moving = work.Bytes / (GigabytesPerSecond * 1e9 * MemoryShare);
        return Math.Max(LeastSeconds, Math.Max(computing, moving));
    }
}
