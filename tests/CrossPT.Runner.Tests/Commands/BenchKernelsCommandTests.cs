using System.Text.Json;
using CrossPT.Runner.Bench.Kernels;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Runner.Tests.Commands;

public sealed class BenchKernelsCommandTests
{
    [Fact]
    public void Json_HasALineForEachKernel()
    {
        CliRun run = CliRun.Of(
            "bench", "kernels", "--preset", "t5-small", "--rows", "2", "--kernel", "gather", "--json", "--threads", "1",
            "--device", "cpu", "--quiet");
        Assert.Equal(0, run.Code);
        JsonElement kernel = Assert.Single(run.Json.GetProperty("kernels").EnumerateArray());
        Assert.Equal(
            ["preset", "kernel", "shape", "microseconds", "tflops", "gb_per_second"],
            kernel.EnumerateObject().Select(static member => member.Name));
        Assert.Equal("gather", kernel.GetProperty("kernel").GetString());
        Assert.True(kernel.GetProperty("microseconds").GetDouble() > 0);
    }

    [Theory]
    [InlineData("--rows 0", "--rows", "'0'")]
    [InlineData("--preset t5-tiny", "'t5-tiny'", "t5-small, t5-base, t5-large")]
    [InlineData("--kernel no-such", "--kernel", "'no-such'", "gather")]
    public void BadUsage_IsRefused(string options, params string[] words) =>
        CliRun.Of(["bench", "kernels", .. options.Split(' ')]).AssertBadInput(words);

    [Fact]
    public void EveryCase_OnAnotherWidthOfVectors_AgreesAndRepeats()
    {
        using CpuBackend tested = new(1), reference = new(1, SimdWidth.Scalar);
        foreach (KernelCase kernel in KernelCases.Of(new KernelSizes("tiny", 64, 96, 1), rows: 3))
        {
            KernelComparison result = KernelComparison.Of(kernel, tested, reference);
            Assert.True(result is { IsRepeatable: true, Difference: <= 5e-5 }, $"{kernel.Kernel}: {result}");
            Assert.True(kernel.Bytes > 0 && kernel.Operations >= 0, kernel.Kernel);
        }
    }

    [Fact]
    public void Comparison_OfWrongResults_Tells()
    {
        int calls = 0;
        KernelCase wrong = new("wrong", "1", 0, 4, on =>
        {
            Tensor y = on.Zeros(1, 1);
            return new KernelCall(() => on.Backend.Elementwise.Fill(y, ++calls), y);
        });
        using CpuBackend tested = new(1), reference = new(1);
        KernelComparison result = KernelComparison.Of(wrong, tested, reference);
        Assert.False(result.IsRepeatable);
        Assert.Equal(1, result.Difference);
    }
}
