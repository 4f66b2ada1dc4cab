using CrossPT.Autograd;
using CrossPT.Autograd.Optimization;
using CrossPT.Tensors;
using CrossPT.Tensors.Cuda;
using CrossPT.TestKit.Cuda;

namespace CrossPT.Transformer.Tests.T5;

/// <summary>The kernels that a training step launches on a CUDA device.</summary>
public sealed class StepLaunchTests
{
    [Theory]
    [InlineData("t5-small", 0)]
    [InlineData("t5-small", 0.1)]
    [InlineData("t5-v1_1-small", 0)]
    [InlineData("t5-v1_1-small", 0.1)]
    public void Step_OnTensorCores_LaunchesNoKernelThatOnlyRounds(string preset, double dropout)
        => Assert.DoesNotContain("RoundingKernel.Round", Step(Narrow(T5Config.Preset(preset)), dropout));

    [Fact]
    public void Step_OfT5Small_IsAtMost300Launches()
        => Assert.InRange(Step(Narrow(T5Config.Preset("t5-small")), dropout: 0).Count, 200, 300);

    /// <summary>As many layers, and splits of sums, but less memory.</summary>
    private static T5Config Narrow(T5Config config) => config with { VocabularySize = 64, HeadWidth = 16 };

    private static List<string> Step(T5Config config, double dropout)
    {
        const int prompt = 100, source = 64, batch = 8;
        using CudaBackend backend = LaunchNames.OpenIdle(MatrixPrecision.BFloat16, out List<string> launches);
        using T5Model model = T5Model.Random(config, backend, seed: 1);
        using Variable rows = Variable.Parameter(Tensor.Allocate(backend, prompt, config.ModelWidth));
        ParameterGroup group = new("prompt", [new NamedParameter("prompt", rows)], learningRate: 0.3);
        using AdamW optimizer = new([group]);
        SequenceOffsets offsets = SequenceOffsets.FromLengths([.. Enumerable.Repeat(prompt + source, batch)]);
        int[] ids = new int[offsets.Rows];
        int[] indices = [.. ids.Select(static (_, i) => i % (prompt + source) < prompt ? i % (prompt + source) : -1)];
        int[][] targets = [.. Enumerable.Repeat<int[]>([5, 6, 7, 1], batch)];
        // The first step makes the optimizer's moments.
        for (int i = 0; i < 2; i++)
        {
            launches.Clear();
            using TensorScope scope = new();
            using Tape tape = new(backend);
            TrainingDropout? drop = dropout > 0 ? new TrainingDropout(dropout, seed: 1, step: i) : null;
            Variable states = model.Encode(tape, model.Embed(tape, ids, rows, indices), offsets, drop);
            tape.Backward(model.Loss(tape, TargetBatch.Create(config, targets), states, offsets, dropout: drop));
            optimizer.Step();
        }
        return launches;
    }
}
