using CrossPT.Autograd;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Cuda;
using CrossPT.TestKit.Cuda;
using CrossPT.TestKit.Cuda.Ptx;

namespace CrossPT.Transformer.Tests.T5;

/// <summary>
/// A small T5 whose every kernel is the PTX that a device would run: a prompt-tuning step from embeddings to the
/// gradient of the prompt.
/// </summary>
public sealed class T5OnPtxTests
{
    private static readonly int[][] s_sources = [[5, 9, 22, 1], [7, 1], [30, 31, 32, 33, 34, 35, 36, 1]];
    private static readonly int[][] s_targets = [[4, 1], [6, 8, 1], [3, 1]];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Step_InSinglePrecision_IsTheCpus(bool isGated)
    {
        using CpuBackend cpu = new(1);
        using CudaBackend ptx = PtxLoader.Open();
        Compare(Step(cpu, isGated), Step(ptx, isGated), 5e-5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Step_OfSplitOperands_IsTheCpus(bool isGated)
    {
        using CpuBackend cpu = new(1);
        using CudaBackend ptx = PtxLoader.Open(MatrixPrecision.SplitFloat32);
        Compare(Step(cpu, isGated), Step(ptx, isGated), 5e-4);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Step_OnTensorCores_IsTheCpusOnRoundedOperands(bool isGated)
    {
        using RoundedBackend rounded = new();
        using CudaBackend ptx = PtxLoader.Open(MatrixPrecision.BFloat16);
        Compare(Step(rounded, isGated), Step(ptx, isGated), 1e-2);
    }

    /// <summary>States, loss and gradient of the prompt.</summary>
    private static float[][] Step(IBackend backend, bool isGated)
    {
        T5Config config = new()
        {
            VocabularySize = 40, ModelWidth = 32, HeadWidth = 16, Heads = 2, FeedForwardWidth = 48, EncoderLayers = 2,
            DecoderLayers = 1, RelativeBuckets = 8,
            RelativeMaxDistance = 16, IsGated = isGated, TieWordEmbeddings = !isGated,
        };
        const int rows = 3;
        using TensorScope scope = new();
        using T5Model model = T5Model.Random(config, backend, seed: 3);
        CounterRandom random = new(5);
        float[] values = new float[rows * config.ModelWidth];
        for (int i = 0; i < values.Length; i++) values[i] = (float)random.NextGaussian();
        using Variable prompt = Variable.Parameter(TensorData.FromSingles(backend, values, rows, config.ModelWidth));

        SequenceOffsets offsets = SequenceOffsets.FromLengths(
            Array.ConvertAll(s_sources, static source => rows + source.Length));
        int[] ids = new int[offsets.Rows], indices = new int[offsets.Rows];
        Array.Fill(indices, -1);
        for (int b = 0; b < s_sources.Length; b++)
        {
            s_sources[b].CopyTo(ids, offsets[b] + rows);
            for (int i = 0; i < rows; i++) indices[offsets[b] + i] = i;
        }
        using Tape tape = new(backend);
        Variable states = model.Encode(tape, model.Embed(tape, ids, prompt, indices), offsets);
        float[] encoded = states.Value.ToSingles();
        Variable loss = model.Loss(tape, TargetBatch.Create(config, s_targets), states, offsets);
        float[] total = loss.Value.ToSingles();
        tape.Backward(loss);
        return [encoded, total, prompt.Gradient!.ToSingles()];
    }

    private static void Compare(float[][] expected, float[][] actual, double tolerance)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            double sum = 0, size = 0;
            for (int j = 0; j < expected[i].Length; j++)
            {
                sum += Math.Pow((double)actual[i][j] - expected[i][j], 2);
                size += Math.Pow(expected[i][j], 2);
            }
            Assert.True(
                size > 0 && Math.Sqrt(sum / size) <= tolerance, $"result {i}: relative L2 {Math.Sqrt(sum / size):G3}");
        }
    }
}
