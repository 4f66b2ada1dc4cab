using System.Runtime.InteropServices;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Cuda;
using CrossPT.TestKit.Cuda;

namespace CrossPT.Tensors.Tests.Conformance;

/// <summary>
/// Against the CPU back end at the sizes of real models, which the conformance suite does not reach: t5-base's widths
/// and vocabulary, one row, tails, and a batch. The simulator takes small ones, so that the test itself is tested
/// without a device.
/// </summary>
public sealed class ShapeTests
{
    private readonly CounterRandom _random = new(7);

    [CudaTheory]
    [InlineData(1, 768, 32128)]
    [InlineData(17, 768, 32128)]
    [InlineData(945, 768, 32128)]
    [InlineData(945, 2048, 32100)]
    public void Kernels_OnCuda_AgreeWithTheCpu(int rows, int width, int vocabulary) =>
        Compare(CudaCard.Backend, rows, width, vocabulary);

    [Theory]
    [InlineData(4, 4)]
    [InlineData(8, 2)]
    [InlineData(32, 2)]
    public void Kernels_OnSimulator_AgreeWithTheCpu(int warpSize, int warps)
    {
        using CudaBackend simulator = CudaBackend.OpenSimulator(warpSize, warps);
        Compare(simulator, 3, 76, 1001);
        Compare(simulator, 3, 77, 404);
    }

    private void Compare(IBackend tested, int rows, int width, int vocabulary)
    {
        using CpuBackend cpu = new(2);
        float[] x = Numbers(rows * width);
        float[] dy = Numbers(rows * width);
        float[] weight = Numbers(width);
        float[] logits = Numbers(rows * vocabulary);
        int[] labels = [.. Enumerable.Range(0, rows).Select(_ => _random.NextInt32(vocabulary))];
        int[] places = [.. Enumerable.Range(0, rows).Select(i => i * 7 % rows)];

        Agree(
            "RmsNorm",
            on => Two(
                on, rows, width, rows, 1,
                (y, r) => on.Norm.RmsNorm(Of(on, x, rows, width), Of(on, weight, width), y, r, 1e-6)));
        Agree("RmsNormBackward", on => One(on, rows, width, dx =>
        {
            Tensor input = Of(on, x, rows, width);
            Tensor scale = Of(on, weight, width);
            Tensor y = Tensor.Allocate(on, rows, width);
            Tensor r = Tensor.Allocate(on, rows);
            on.Norm.RmsNorm(input, scale, y, r, 1e-6);
            on.Norm.RmsNormBackward(Of(on, dy, rows, width), input, scale, r, dx);
        }));
        Agree(
            "GatedGelu",
            on => One(
                on, rows, width,
                y => on.Elementwise.Gated(Of(on, x, rows, width), Of(on, dy, rows, width), y, Activation.GeluTanh)));
        Agree(
            "Dropout",
            on => One(
                on, rows, width, y => on.Elementwise.Dropout(Of(on, x, rows, width), y, new DropoutMask(0.1, 42, 3))),
                    0);
        Agree(
            "GatherRows",
            on => One(
                on, rows, width,
                y => on.Index.GatherRows(Of(on, x, rows, width), TensorData.FromInt32(on, places, rows), y)), 0);
        Agree("ScatterAddRows", on => One(on, rows, width, table =>
        {
            on.Elementwise.Fill(table, 0);
            on.Index.ScatterAddRows(
                Of(on, x, rows, width), TensorData.FromInt32(on, [.. places.Select(static place => place / 3)], rows),
                table);
        }), 0);
        Agree("CrossEntropy", on => Two(on, rows, vocabulary, rows, 1, (gradient, losses) =>
            on.Loss.CrossEntropy(
                Of(on, logits, rows, vocabulary), TensorData.FromInt32(on, labels, rows), losses, null, gradient)));
        Agree(
            "Softmax", on => One(on, rows, vocabulary, y => on.Reduction.Softmax(Of(on, logits, rows, vocabulary), y)));
        Agree("SumRows", on => One(on, 1, width, y => on.Reduction.SumRows(Of(on, x, rows, width), y)), 1e-4);
        Agree("ArgMax", on =>
        {
            Tensor indices = TensorData.FromInt32(on, new int[rows], rows);
            on.Reduction.ArgMax(Of(on, logits, rows, vocabulary), indices);
            return Array.ConvertAll(indices.ToInt32(), static index => (float)index);
        }, 0);

        void Agree(string kernel, Func<IBackend, float[]> run, double tolerance = 2e-5)
        {
            using TensorScope scope = new();
            float[] expected = run(cpu), actual = run(tested), again = run(tested);
            Assert.True(
                MemoryMarshal.AsBytes<float>(actual).SequenceEqual(MemoryMarshal.AsBytes<float>(again)),
                $"{kernel}: other bits the second time");
            double allowed = tolerance * expected.Max(static value => Math.Abs((double)value));
            for (int i = 0; i < expected.Length; i++)
            {
                if (Math.Abs((double)expected[i] - actual[i]) <= allowed) continue;
                Assert.Fail(
                    $"{kernel} [{rows}, {width}], V {vocabulary}: element {i} is {actual[i]}, expected {expected[i]} "
                        + $"± {allowed:G3}");
            }
        }
    }

    private static float[] One(IBackend on, int rows, int columns, Action<Tensor> kernel)
    {
        Tensor y = Tensor.Allocate(on, rows, columns);
        kernel(y);
        return y.ToSingles();
    }

    private static float[] Two(
        IBackend on, int rows, int columns, int otherRows, int otherColumns, Action<Tensor, Tensor> kernel)
    {
        Tensor y = Tensor.Allocate(on, rows, columns), other = Tensor.Allocate(on, otherRows, otherColumns);
        kernel(y, other);
        return [.. y.ToSingles(), .. other.ToSingles()];
    }

    private static Tensor Of(IBackend on, float[] values, params ReadOnlySpan<int> sizes) =>
        TensorData.FromSingles(on, values, sizes);

    private float[] Numbers(int count)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (float)_random.NextGaussian();
        return values;
    }
}
