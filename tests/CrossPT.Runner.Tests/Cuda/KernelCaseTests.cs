using CrossPT.Runner.Bench.Kernels;
using CrossPT.Tensors.Cpu;
using CrossPT.TestKit.Cuda;

namespace CrossPT.Runner.Tests.Cuda;

/// <summary>
/// Products, attention and whatever else a step consists of at t5-base's sizes, on a CUDA device against the CPU: one
/// row, a tail, and 945.
/// </summary>
public sealed class KernelCaseTests
{
    [CudaTheory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(945)]
    public void Cases_OnCuda_AgreeWithTheCpuAndRepeat(int rows)
    {
        using CpuBackend cpu = new();
        foreach (KernelCase kernel in KernelCases.Of(
            KernelSizes.All.Single(static size => size.Name == "t5-base"), rows))
        {
            KernelComparison result = KernelComparison.Of(kernel, CudaCard.Backend, cpu);
            Assert.True(
                result is { IsRepeatable: true, Difference: <= 5e-5 }, $"{kernel.Kernel}, {kernel.Shape}: {result}");
        }
    }
}
