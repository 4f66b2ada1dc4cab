using System.Text.Json;

namespace CrossPT.Runner.Tests.Commands;

public sealed class BenchGemmCommandTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Json_HasTheKeysOfTheSpecification(bool transposed)
    {
        string[] args = ["bench", "gemm", "--m", "37", "--n", "65", "--k", "100", "--threads", "1", "--json"];
        CliRun run = CliRun.Of(transposed ? [.. args, "--transposed"] : args);
        Assert.Equal(0, run.Code);
        JsonElement json = run.Json;
        Assert.Equal(["gflops_median", "gflops_max", "threads"], json.EnumerateObject().Select(member => member.Name));
        Assert.InRange(
            json.GetProperty("gflops_median").GetDouble(), 0.001, json.GetProperty("gflops_max").GetDouble());
        Assert.Equal(1, json.GetProperty("threads").GetInt32());
    }

    [Theory]
    [InlineData("0", "--m")]
    [InlineData("-5", "--m")]
    [InlineData("1.5", "--m")]
    [InlineData("16777217", "--m")]
    [InlineData("9999999999999999999", "--m")]
    public void Size_OutOfRange_IsRefused(string m, string option) =>
        CliRun.Of("bench", "gemm", "--m", m, "--n", "1", "--k", "1").AssertBadInput(option, $"'{m}'");

    [Fact]
    public void Sizes_BeyondTheMemory_AreRefused() =>
        CliRun.Of("bench", "gemm", "--m", "16777216", "--n", "16777216", "--k", "16777216")
            .AssertBadInput("takes", "MB available");
}
