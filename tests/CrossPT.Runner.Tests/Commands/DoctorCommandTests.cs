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
        Assert.True(json.GetProperty("memory_available_mb").GetInt64() <= json.GetProperty("memory_total_mb").GetInt64());
        Assert.StartsWith(".NET", json.GetProperty("runtime").GetString());
        Assert.NotEqual("", json.GetProperty("simd").GetString());
    }

    [Fact]
    public void Text_NamesTheSameThings()
    {
        CliRun run = CliRun.Of("doctor");
        Assert.Equal(0, run.Code);
        foreach (string word in new[] { "crosspt", ".NET", "back ends", "SIMD", "threads", "memory" }) Assert.Contains(word, run.Output);
    }
}
