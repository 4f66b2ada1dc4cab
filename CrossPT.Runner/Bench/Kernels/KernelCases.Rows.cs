using CrossPT.Tensors;

namespace CrossPT.Runner.Bench.Kernels;

/// <content>What is done to rows beside the model's own kernels: dropout, sums, the optimizer, gradients on their way
/// into tables.</content>
internal static partial class KernelCases
{
    private static KernelCase Dropout(int rows, int width) =>
        new("dropout", $"{rows} × {width}", 0, 8.0 * rows * width, on =>
    {
        Tensor x = on.Random(rows, width), y = on.Empty(rows, width);
        return new KernelCall(() => on.Backend.Elementwise.Dropout(x, y, new DropoutMask(0.1, 1, 2)), y);
    });

    private static KernelCase ReluBackward(int rows, int width) =>
        new("relu, relu backward", $"{rows} × {width}", 0, 16.25 * rows * width, on =>
    {
        Tensor x = on.Random(rows, width);
        Tensor y = on.Empty(rows, width);
        Tensor bits = on.Bits(rows, width);
        Tensor dx = on.Empty(rows, width);
        return new KernelCall(
            () =>
            {
                on.Backend.Elementwise.Relu(x, y, bits);
                on.Backend.Elementwise.ReluBackward(x, bits, dx);
            },
            y, dx);
    });

    private static KernelCase Softmax(int rows, int width) =>
        new("softmax", $"{rows} × {width}", 0, 8.0 * rows * width, on =>
    {
        Tensor x = on.Random(rows, width), y = on.Empty(rows, width);
        return new KernelCall(() => on.Backend.Reduction.Softmax(x, y), y);
    });

    private static KernelCase SoftmaxBackward(int rows, int width) =>
        new("softmax backward", $"{rows} × {width}", 0, 12.0 * rows * width, on =>
    {
        Tensor x = on.Random(rows, width), y = on.Empty(rows, width), dx = on.Empty(rows, width);
        on.Backend.Reduction.Softmax(x, y);
        return new KernelCall(() => on.Backend.Reduction.SoftmaxBackward(y, x, dx), dx);
    });

    private static KernelCase SumRows(int rows, int width) =>
        new("sum of rows", $"{rows} × {width}", 0, 4.0 * rows * width, on =>
    {
        Tensor x = on.Random(rows, width), y = on.EmptyVector(width);
        return new KernelCall(() => on.Backend.Reduction.SumRows(x, y), y);
    });

    private static KernelCase SumOfSquares(int rows, int width) =>
        new("sum of squares", $"{rows} × {width}", 0, 4.0 * rows * width, on =>
    {
        Tensor x = on.Random(rows, width), total = on.EmptyVector(1);
        return new KernelCall(() => on.Backend.Reduction.SumOfSquares(x, total), total);
    });

    /// <summary>
    /// Into a table of a thousand rows, as the gradients of prompts go; bytes of x read, and of the table read and
    /// written for each row.
    /// </summary>
    private static KernelCase Scatter(int rows, int width) =>
        new("scatter", $"{rows} × {width}", 0, 12.0 * rows * width, on =>
    {
        Tensor x = on.Random(rows, width), ids = on.Ids(rows, 1000), table = on.Zeros(1000, width);
        return new KernelCall(() => on.Backend.Index.ScatterAddRows(x, ids, table), table)
        {
            Reset = () => on.Backend.Elementwise.Fill(table, 0),
        };
    });

    private static KernelCase AdamW(int rows, int width) =>
        new("AdamW", $"{rows} × {width}", 0, 28.0 * rows * width, on =>
    {
        Tensor start = on.Random(rows, width);
        Tensor gradient = on.Random(rows, width);
        Tensor parameter = on.Empty(rows, width);
        Tensor first = on.Empty(rows, width);
        Tensor second = on.Empty(rows, width);
        AdamWOptions options = new(1e-3, 0.9, 0.999, 1e-8, 0.01, 10);
        Action reset = () =>
        {
            on.Backend.Elementwise.Copy(start, parameter);
            on.Backend.Elementwise.Fill(first, 0.1);
            on.Backend.Elementwise.Fill(second, 0.1);
        };
        reset();
        return new KernelCall(
            () => on.Backend.Optimizer.AdamW(parameter, gradient, first, second, options), parameter, first, second)
            {
                Reset = reset,
            };
    });
}
