using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using Floats = ILGPU.ArrayView<float>;
using Quads = ILGPU.ArrayView<CrossPT.Tensors.Cuda.Float4>;

namespace CrossPT.Tensors.Cuda;

/// <summary>The kernels of one operator: y = f(x) or y = f(a, b), of views of some columns too.</summary>
internal sealed class CudaOperatorKernels<TOperator>(Launcher launcher)
    where TOperator : struct, IOperator
{
    private Action<AcceleratorStream, KernelConfig, Quads, Quads, Grid2, float>? _unaryQuads;
    private Action<AcceleratorStream, KernelConfig, Floats, Floats, Grid2, float>? _unary;
    private Action<AcceleratorStream, KernelConfig, Quads, Quads, Quads, Grid3, Weights>? _binaryQuads;
    private Action<AcceleratorStream, KernelConfig, Floats, Floats, Floats, Grid3, Weights>? _binary;

    /// <summary>y = f(x, x, alpha).</summary>
    public void Unary(Tensor x, Tensor y, float alpha)
    {
        if (x.Length == 0) return;
        bool quads = Launcher.AreQuads(x, y);
        Grid2 grid = Grid2.Of(x, y, quads);
        KernelConfig config = launcher.Over(grid.Rows, grid.Columns);
        if (quads) (_unaryQuads ??= launcher.Load<Quads, Quads, Grid2, float>(UnaryQuads))(launcher.Stream, config, launcher.Quads(x), launcher.Quads(y), grid, alpha);
        else (_unary ??= launcher.Load<Floats, Floats, Grid2, float>(UnaryOne))(launcher.Stream, config, launcher.Floats(x), launcher.Floats(y), grid, alpha);
    }

    /// <summary>y = f(a, b, alpha, beta), or y += it.</summary>
    public void Binary(Tensor a, Tensor b, Tensor y, float alpha, float beta, bool accumulate)
    {
        if (a.Length == 0) return;
        bool quads = Launcher.AreQuads(a, b, y);
        Grid3 grid = Grid3.Of(a, b, y, quads);
        KernelConfig config = launcher.Over(grid.Rows, grid.Columns);
        Weights weights = new(alpha, beta, accumulate);
        if (quads)
        {
            (_binaryQuads ??= launcher.Load<Quads, Quads, Quads, Grid3, Weights>(BinaryQuads))(
                launcher.Stream, config, launcher.Quads(a), launcher.Quads(b), launcher.Quads(y), grid, weights);
            return;
        }
        (_binary ??= launcher.Load<Floats, Floats, Floats, Grid3, Weights>(BinaryOne))(
            launcher.Stream, config, launcher.Floats(a), launcher.Floats(b), launcher.Floats(y), grid, weights);
    }

    private static void UnaryQuads(Quads x, Quads y, Grid2 grid, float alpha)
    {
        for (int row = Tile.FirstRow; row < grid.Rows; row += Tile.RowStep)
        {
            for (long column = Tile.FirstColumn; column < grid.Columns; column += Tile.ColumnStep)
            {
                Float4 p = x[(row * grid.StrideX) + column];
                y[(row * grid.StrideY) + column] = Four(p, p, alpha, 0);
            }
        }
    }

    private static void UnaryOne(Floats x, Floats y, Grid2 grid, float alpha)
    {
        for (int row = Tile.FirstRow; row < grid.Rows; row += Tile.RowStep)
        {
            for (long column = Tile.FirstColumn; column < grid.Columns; column += Tile.ColumnStep)
            {
                float p = x[(row * grid.StrideX) + column];
                y[(row * grid.StrideY) + column] = TOperator.Invoke(p, p, alpha, 0);
            }
        }
    }

    private static void BinaryQuads(Quads a, Quads b, Quads y, Grid3 grid, Weights weights)
    {
        for (int row = Tile.FirstRow; row < grid.Rows; row += Tile.RowStep)
        {
            for (long column = Tile.FirstColumn; column < grid.Columns; column += Tile.ColumnStep)
            {
                Float4 value = Four(a[(row * grid.StrideA) + column], b[(row * grid.StrideB) + column], weights.Alpha, weights.Beta);
                long index = (row * grid.StrideY) + column;
                if (weights.Accumulate != 0)
                {
                    Float4 before = y[index];
                    value = new Float4(before.X + value.X, before.Y + value.Y, before.Z + value.Z, before.W + value.W);
                }
                y[index] = value;
            }
        }
    }

    private static void BinaryOne(Floats a, Floats b, Floats y, Grid3 grid, Weights weights)
    {
        for (int row = Tile.FirstRow; row < grid.Rows; row += Tile.RowStep)
        {
            for (long column = Tile.FirstColumn; column < grid.Columns; column += Tile.ColumnStep)
            {
                float value = TOperator.Invoke(a[(row * grid.StrideA) + column], b[(row * grid.StrideB) + column], weights.Alpha, weights.Beta);
                long index = (row * grid.StrideY) + column;
                y[index] = weights.Accumulate != 0 ? y[index] + value : value;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float4 Four(Float4 a, Float4 b, float alpha, float beta) => new(
        TOperator.Invoke(a.X, b.X, alpha, beta), TOperator.Invoke(a.Y, b.Y, alpha, beta),
        TOperator.Invoke(a.Z, b.Z, alpha, beta), TOperator.Invoke(a.W, b.W, alpha, beta));

    /// <summary>The numbers of an operator, and whether its result is added.</summary>
    internal readonly struct Weights(float alpha, float beta, bool accumulate)
    {
        public readonly float Alpha = alpha, Beta = beta;
        public readonly int Accumulate = accumulate ? 1 : 0;
    }
}
