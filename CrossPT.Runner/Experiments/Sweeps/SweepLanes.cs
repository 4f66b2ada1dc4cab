using CrossPT.Prompting.Configuration;
using CrossPT.Runner.Devices;
using CrossPT.Transformer;

namespace CrossPT.Runner.Experiments.Sweeps;

/// <summary>How many runs at a time.</summary>
internal static class SweepLanes
{
    /// <summary>As many as there are threads, runs, and room in the memory that is free now; one at least.</summary>
    /// <param name="configurations">The runs that are to be done.</param>
    /// <param name="threads">Threads in all.</param>
    /// <param name="availableBytes">Free memory.</param>
    public static int Fit(IReadOnlyList<RunConfiguration> configurations, int threads, long availableBytes)
    {
        Dictionary<string, T5Config> models = [];
        foreach (RunConfiguration one in configurations) models.TryAdd(one.Model, T5Model.ReadConfig(one.Model));
        long[] needed = [.. configurations.Select(one => RunMemory.Of(one, models[one.Model])).OrderDescending()];
        long left = availableBytes - models.Values.Sum(RunMemory.Weights);
        // The largest could come together.
        int lanes = needed.TakeWhile(bytes => (left -= bytes) >= 0).Count();
        return Math.Clamp(Math.Min(lanes, threads), 1, Math.Max(1, configurations.Count));
    }

    /// <summary>The same on this machine.</summary>
    public static int Fit(IReadOnlyList<RunConfiguration> configurations, int threads) =>
        Fit(configurations, threads, SystemMemory.Read().AvailableBytes);
}
