namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Calls every kernel of a back end once in each of its forms: wide rows and odd ones, large products and small, every
/// optional operand.
/// </summary>
internal static class KernelTour
{
    public static void Take(IBackend backend)
    {
        // The groups of a step of t5-base; and 15 · 33 elements, which are no whole words even end to end.
        foreach ((int rows, int columns) in ((int, int)[])[(16, 768), (15, 33)])
        {
            using TensorScope scope = new();
            Elements(backend, rows, columns);
            Rows(backend, rows, columns);
        }
        using TensorScope attention = new();
        foreach (int width in (int[])[33, 64, 128]) Attention(backend, width);
        using TensorScope products = new();
        foreach ((int rows, int size) in ((int, int)[])[(16, 33), (2048, 1536)]) Products(backend, rows, size);
    }

    private static void Elements(IBackend on, int rows, int columns)
    {
        Tensor x = New(on, rows, columns);
        Tensor y = New(on, rows, columns);
        Tensor z = New(on, rows, columns);
        Tensor w = New(on, rows, columns);
        Tensor bits = Mask(on, rows, columns);
        IElementwiseKernels e = on.Elementwise;
        e.Fill(x, 1);
        e.Copy(x, y);
        e.Add(x, y, z);
        e.Scale(x, y, 2);
        e.Multiply(x, y, z);
        e.Relu(x, y, bits);
        e.ReluBackward(x, bits, y);
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            e.Activate(x, y, activation);
            e.ActivateBackward(x, y, z, activation);
            e.Gated(x, y, z, activation);
            e.GatedBackward(x, y, z, w, New(on, rows, columns), activation);
        }
        e.RelaxedBernoulli(x, y, z, 0.5);
        e.RelaxedBernoulliSlope(x, y, z, 0.5);
        e.Dropout(x, y, new DropoutMask(0.1, 1, 2));
        e.Dropout(x, y, new DropoutMask(0.1, 1, 2), Ids(on, rows));
        Tensor moment = New(on, rows, columns), row = New(on, rows), column = New(on, columns);
        on.Optimizer.AdamW(x, y, z, w, new AdamWOptions(0.1, 0.9, 0.99, 1e-8, 0, 1));
        on.Optimizer.AdafactorMoments(x, row, column, 0.9, 1e-8);
        on.Optimizer.AdafactorUpdate(x, row, column, y);
        on.Optimizer.AdafactorVectorUpdate(x, moment, y, 0.9, 1e-8);
    }

    private static void Rows(IBackend on, int rows, int columns)
    {
        Tensor x = New(on, rows, columns);
        Tensor y = New(on, rows, columns);
        Tensor z = New(on, rows, columns);
        Tensor one = New(on, 1);
        Tensor row = New(on, rows);
        Tensor column = New(on, columns);
        Tensor ids = Ids(on, rows);
        on.Reduction.Sum(x, one);
        on.Reduction.SumOfSquares(x, one);
        on.Reduction.SumRows(x, column);
        on.Reduction.SumColumns(x, row);
        on.Reduction.Softmax(x, y);
        on.Reduction.SoftmaxBackward(x, y, z);
        on.Reduction.DivideBySum(x, y);
        on.Reduction.DivideBySumBackward(x, y, z, z);
        on.Reduction.TopColumns(x, 1, 0, y, ids);
        on.Reduction.ArgMaxRows(x, ids, Ids(on, (rows - 1) * columns));
        on.Reduction.ArgMax(x, ids);
        on.Norm.RmsNorm(x, column, y, row, 1e-6);
        on.Norm.RmsNormBackward(x, y, column, row, z);
        on.Norm.RmsNormWeightBackward(x, y, row, column);
        on.Index.GatherRows(x, ids, y);
        on.Index.ScatterAddRows(x, ids, y);
        on.Index.Pick(x, ids, row);
        on.Loss.CrossEntropy(x, ids, row, null, y);
        on.Loss.CrossEntropy(x, ids, row, row, null);
    }

    private static void Attention(IBackend on, int width)
    {
        const int longest = 64, all = longest + 5;
        SequenceOffsets rows = SequenceOffsets.FromLengths([longest, all - longest]);
        AttentionLayout layout = new(rows, rows, 1, width, Causal: true) { Dropout = new DropoutMask(0.1, 1, 2) };
        Tensor query = New(on, all, width);
        Tensor key = New(on, all, width);
        Tensor value = New(on, all, width);
        Tensor output = New(on, all, width);
        Tensor logSum = New(on, all, 1);
        PositionBias bias = new(New(on, 4, 1), Ids(on, (2 * longest) - 1), longest - 1);
        on.Attention.Forward(layout, query, key, value, bias, output, logSum);
        on.Attention.Backward(
            layout, query, key, value, bias, logSum, output, New(on, all, width), New(on, all, width),
            New(on, all, width), accumulate: false, New(on, 4, 1), output);
    }

    private static void Products(IBackend on, int rows, int size)
    {
        IMatrixKernels m = on.Matrix;
        using IPackedMatrix weight = m.CreatePacked(1, size, size);
        Tensor x = New(on, rows, size);
        Tensor y = New(on, rows, size);
        Tensor bits = Mask(on, rows, size);
        Tensor square = New(on, size, size);
        Tensor other = New(on, size, rows);
        m.Pack(square, 0, weight);
        m.Unpack(weight, 0, square);
        m.Gather(weight, Ids(on, rows), x);
        m.Linear(x, weight, y, positive: bits);
        m.LinearTransposed(x, weight, y);
        m.LinearTransposed(x, weight, y, positive: bits);
        m.Product(x, false, square, false, y);
        m.Product(x, false, square, true, y);
        m.Product(other, true, square, false, y);
        m.Product(other, true, square, true, y);
        // Few rows and many steps: the sum in pieces.
        using IPackedMatrix wide = m.CreatePacked(1, 8, 1024);
        m.Linear(New(on, 8, 1024), wide, New(on, 8, 8));
    }

    private static Tensor New(IBackend on, params ReadOnlySpan<int> sizes) => Tensor.Allocate(on, sizes);

    private static Tensor Ids(IBackend on, int count) => Tensor.Allocate(on, new Shape(count), DType.Int32);

    private static Tensor Mask(IBackend on, int rows, int columns) =>
        Tensor.Allocate(on, new Shape(rows, (columns + 31) / 32 * 4), DType.UInt8);
}
