using CrossPT.Runner.Models;
using CrossPT.Runner.Verify;
using CrossPT.Tensors.Files;
using CrossPT.Tensors.Ilgpu.Tests.Kit;
using CrossPT.Transformer;

namespace CrossPT.Tensors.Ilgpu.Tests;

/// <summary>Whole models against the values of the reference implementation, forward, backward and generation, as <c>crosspt verify</c> compares them.</summary>
public sealed class FixtureTests
{
    [Theory]
    [InlineData("tiny_v10")]
    [InlineData("tiny_v11")]
    public void Golden_OnSimulator_IsMatched(string fixture)
    {
        IBackend backend = Devices.Simulator.Take();
        Verify(fixture, backend);
        Devices.Simulator.Return(backend);
    }

    [CudaTheory]
    [InlineData("tiny_v10")]
    [InlineData("tiny_v10_fp16")]
    [InlineData("tiny_v10_long")]
    [InlineData("tiny_v11")]
    [InlineData("tiny_v11_sharded")]
    public void Golden_OnCuda_IsMatched(string fixture) => Verify(fixture, Cuda.Backend);

    /// <summary>What rounding to bf16 alone costs must fit what <c>verify</c> allows of it, or no device could pass.</summary>
    [Theory]
    [InlineData("tiny_v10")]
    [InlineData("tiny_v11")]
    public void Golden_OnRoundedCpu_IsMatchedAsBFloat16(string fixture)
    {
        using RoundedBackend backend = new();
        Verify(fixture, backend, GoldenTolerance.BFloat16);
    }

    private static void Verify(string fixture, IBackend backend) => Verify(fixture, backend, new GoldenTolerance(5e-5));

    private static void Verify(string fixture, IBackend backend, GoldenTolerance tolerance)
    {
        string folder = Path.Combine(Fixtures(), fixture);
        using ITensorSource golden = TensorFiles.Open(Path.Combine(folder, "golden.safetensors"));
        using T5Model model = ModelFolder.Load(folder, backend);
        List<GoldenResult> results = new GoldenFile(golden, model, tolerance).Compare();
        Assert.NotEmpty(results);
        Assert.All(results, result => Assert.True(result.Passed, $"{result.Name}: {result.Difference}"));
    }

    internal static string Fixtures()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string fixtures = Path.Combine(folder.FullName, "tests", "fixtures");
            if (Directory.Exists(fixtures)) return fixtures;
        }
        throw new InvalidOperationException("There is no folder tests/fixtures above the tests.");
    }
}
