using CrossPT.Tensors.Cuda;
using CrossPT.TestKit.Cuda.Ptx;

namespace CrossPT.Tensors.Tests.Kernels;

/// <summary>
/// The scatter beyond one look at the indices and one row a thread group: every sum in the order of the rows, to the
/// last bit.
/// </summary>
public sealed class ScatterTests
{
    [Theory]
    [InlineData(150, 3, 6)]
    [InlineData(40, 1500, 5)]
    public void ManyRows_OnSimulator_AreAddedInOrder(int rows, int tableRows, int columns)
    {
        using CudaBackend simulator = CudaBackend.OpenSimulator();
        Compare(simulator, rows, tableRows, columns);
    }

    [Fact]
    public void ManyRows_OnPtx_AreAddedInOrder()
    {
        using CudaBackend ptx = PtxLoader.Open();
        Compare(ptx, 600, 3, 8);
    }

    private static void Compare(CudaBackend backend, int rows, int tableRows, int columns)
    {
        CounterRandom random = new(11);
        float[] x = new float[rows * columns], table = new float[tableRows * columns];
        for (int i = 0; i < x.Length; i++) x[i] = (float)random.NextGaussian();
        for (int i = 0; i < table.Length; i++) table[i] = (float)random.NextGaussian();
        int[] indices = new int[rows];
        // One in ten is skipped, and the last row of the table has many.
        for (int i = 0; i < rows; i++)
            indices[i] = random.NextInt32(10) == 0
                ? -1
                : random.NextInt32(3) == 0 ? tableRows - 1 : random.NextInt32(tableRows);
        float[] expected = [.. table];
        for (int i = 0; i < rows; i++)
        {
            for (int c = 0; indices[i] >= 0 && c < columns; c++)
                expected[(indices[i] * columns) + c] += x[(i * columns) + c];
        }
        using TensorScope scope = new();
        Tensor sums = TensorData.FromSingles(backend, table, tableRows, columns);
        backend.Index.ScatterAddRows(
            TensorData.FromSingles(backend, x, rows, columns), TensorData.FromInt32(backend, indices, rows), sums);
        Assert.Equal(expected, sums.ToSingles());
    }
}
