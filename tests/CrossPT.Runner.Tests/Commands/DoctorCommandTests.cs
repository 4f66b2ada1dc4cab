using System.Text.Json;

namespace CrossPT.Runner.Tests.Commands;

public sealed class DoctorCommandTests
{
    [Fact]
    public void Json_HoldsWhatItSaysOfTheMachine()
    {
        JsonElement json = CliRun.Of("doctor", "--json").Json;
        Assert.Equal("cpu", json.GetProperty("backends")[0].GetString());
        Assert.Equal("cpu", json.GetProperty("devices")[0].GetProperty("name").GetString());
        Assert.Equal(Environment.ProcessorCount, json.GetProperty("threads").GetInt32());
        Assert.True(
            json.GetProperty("memory_available_mb").GetInt64() <= json.GetProperty("memory_total_mb").GetInt64());
        Assert.StartsWith(".NET", json.GetProperty("runtime").GetString());
        Assert.NotEqual("", json.GetProperty("simd").GetString());
    }

    [Fact]
    public void Text_NamesTheSameThings()
    {
        CliRun run = CliRun.Of("doctor");
        Assert.Equal(0, run.Code);
        foreach (string word in new[] { "crosspt", ".NET", "back ends", "SIMD", "threads", "memory" })
            Assert.Contains(word, run.Output);
    }

    [Fact]
    public void Kernels_WithoutACard_AreCompiledAndHashed()
    {
        JsonElement json = CliRun.Of("doctor", "--kernels", "--json").Json;
        Assert.Equal("sm_80", json.GetProperty("target").GetString());
        Dictionary<string, string> hashes = json.GetProperty("kernels").EnumerateArray().ToDictionary(
            static kernel => kernel.GetProperty("name").GetString()!,
            static kernel => kernel.GetProperty("sha256").GetString()!);
        Assert.All(hashes.Values, static hash => Assert.Matches("^[0-9a-f]{16}$", hash));
        Assert.Contains("CudaNorm.Forward", hashes.Keys);
        Assert.Contains("TensorCoreKernel.Multiply<InnerLines, Rounded>", hashes.Keys);
    }

    [Fact]
    public void Kernels_TargetUnknown_IsBadInput()
        => CliRun.Of("doctor", "--kernels", "--target", "sm_90").AssertBadInput("--target", "sm_90");
}
