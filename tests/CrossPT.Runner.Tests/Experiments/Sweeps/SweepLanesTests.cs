using CrossPT.Prompting.Configuration;
using CrossPT.Runner.Experiments.Sweeps;
using CrossPT.Transformer;

namespace CrossPT.Runner.Tests.Experiments.Sweeps;

public sealed class SweepLanesTests
{
    [Theory]
    [InlineData(5, 2, "3 2")]
    [InlineData(2, 2, "1 1")]
    [InlineData(2, 3, "1 1 1")]
    [InlineData(8, 1, "8")]
    public void Share_IsEven_AndOneAtLeast(int threads, int lanes, string expected) =>
        Assert.Equal(expected, string.Join(' ', LocalEngine.Share(threads, lanes)));

    [Fact]
    public void Fit_IsBoundByThreadsRunsAndMemory()
    {
        using TempFolder folder = new();
        RunConfiguration configuration = RunConfiguration.Load(TinyRun.WriteConfiguration(folder));
        RunConfiguration[] six = [.. Enumerable.Repeat(configuration, 6)];
        T5Config model = T5Config.Load(configuration.Model);
        long each = RunMemory.Of(configuration, model), weights = RunMemory.Weights(model);
        Assert.Equal(4, SweepLanes.Fit(six, 4, long.MaxValue));
        Assert.Equal(6, SweepLanes.Fit(six, 16, long.MaxValue));
        Assert.Equal(3, SweepLanes.Fit(six, 16, weights + (3 * each) + 1));
        Assert.Equal(1, SweepLanes.Fit(six, 16, 0));
    }

    [Fact]
    public void AReckonedRun_IsNoSmallerThanAMeasuredOne()
    {
        using TempFolder folder = new();
        string config = TinyRun.WriteConfiguration(folder);
        long reckoned = RunMemory.Of(
            RunConfiguration.Load(config), T5Config.Load(Path.Combine(folder.FullName, "model")));
        double reserved = CliRun.Of(
            "train", config, "--out", Path.Combine(folder.FullName, "run"), "--threads", "1", "--json", "--quiet").Json
                .GetProperty("reserved_mb_last").GetDouble();
        Assert.InRange(reserved, 1, reckoned / (double)(1 << 20));
    }
}
