using CrossPT.Benchmarks.Products;
using CrossPT.Tensors.Cuda;
using CrossPT.TestKit.Cuda.Ptx;

namespace CrossPT.Tensors.Tests.Kernels;

/// <summary>
/// The products that bench/ keeps to be read compute what the shipped one does, to the last bit: all sum in order of
/// the inner index.
/// </summary>
public sealed class ProductSeriesTests
{
    [Fact]
    public void Versions_OnPtx_Agree()
    {
        using CudaBackend ptx = PtxLoader.Open();
        Compare(ptx, 18, 17, 33);
    }

    private static void Compare(CudaBackend backend, int rows, int outputs, int inputs)
    {
        using TensorScope scope = new();
        CounterRandom random = new(5);
        Tensor x = Numbers(rows, inputs), w = Numbers(outputs, inputs);
        ProductSeries series = new(backend);
        float[] expected = Run(series.RegisterTiles);
        Assert.Contains(expected, static value => value != 0);
        Assert.Equal(expected, Run(series.Naive));
        Assert.Equal(expected, Run(series.SharedTiles));

        Tensor Numbers(int rows, int columns)
        {
            float[] values = new float[rows * columns];
            for (int i = 0; i < values.Length; i++) values[i] = (float)random.NextGaussian();
            return TensorData.FromSingles(backend, values, rows, columns);
        }

        float[] Run(Action<Tensor, Tensor, Tensor> multiply)
        {
            Tensor y = Tensor.Allocate(backend, rows, outputs);
            backend.Elementwise.Fill(y, float.NaN);
            multiply(x, w, y);
            return y.ToSingles();
        }
    }
}
