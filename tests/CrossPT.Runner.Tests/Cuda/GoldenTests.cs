using CrossPT.Runner.Verify;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;
using CrossPT.TestKit.Cuda;
using CrossPT.Transformer;

namespace CrossPT.Runner.Tests.Cuda;

/// <summary>
/// Whole models against the values of the reference implementation, forward, backward and generation, as <c>crosspt
/// verify</c> compares them.
/// </summary>
public sealed class GoldenTests
{
    [Theory]
    [InlineData("tiny_v10")]
    [InlineData("tiny_v11")]
    public void Golden_OnPtx_IsMatched(string fixture)
    {
        IBackend backend = TestDevices.Ptx.Take();
        Verify(fixture, backend);
        TestDevices.Ptx.Return(backend);
    }

    [CudaTheory]
    [InlineData("tiny_v10")]
    [InlineData("tiny_v10_fp16")]
    [InlineData("tiny_v10_long")]
    [InlineData("tiny_v11")]
    [InlineData("tiny_v11_sharded")]
    public void Golden_OnCuda_IsMatched(string fixture) => Verify(fixture, CudaCard.Backend);

    /// <summary>
    /// What rounding to bf16 alone costs must fit what <c>verify</c> allows of it, or no device could pass.
    /// </summary>
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
        string folder = RepositoryFolder.PathOf($"tests/fixtures/{fixture}");
        using ITensorSource golden = TensorFiles.Open(Path.Combine(folder, "golden.safetensors"));
        using T5Model model = T5Model.Load(folder, backend);
        List<GoldenResult> results = new GoldenFile(golden, model, tolerance).Compare();
        Assert.NotEmpty(results);
        Assert.All(results, result => Assert.True(result.Passed, $"{result.Name}: {result.Difference}"));
    }
}
