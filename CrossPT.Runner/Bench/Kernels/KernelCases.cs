using CrossPT.Tensors;

namespace CrossPT.Runner.Bench.Kernels;

/// <summary>The kernels a prompt-tuning step spends its time in, at the sizes of a T5.</summary>
internal static class KernelCases
{
    /// <summary>Rows of the vocabulary's products: target tokens are few.</summary>
    private const int MostTargetRows = 160;

    /// <summary>Rows of a sequence in attention: a prompt of 100 and a short text.</summary>
    private const int SequenceLength = 150;

    /// <summary>All kernels over <paramref name="rows"/> rows of activations.</summary>
    public static IEnumerable<KernelCase> Of(KernelSizes size, int rows)
    {
        int h = size.Width, f = size.FeedForward, targets = Math.Min(rows, MostTargetRows);
        yield return Linear("linear", rows, h, h, residual: false);
        yield return Linear("linear, residual", rows, h, f, residual: true);
        yield return Relu(rows, f, h);
        yield return Linear("head", targets, KernelSizes.Vocabulary, h, residual: false);
        yield return LinearTransposed(rows, f, h, masked: false);
        yield return LinearTransposed(rows, f, h, masked: true);
        yield return LinearTransposed(targets, KernelSizes.Vocabulary, h, masked: false);
        yield return Product(rows, h, h);
        yield return AttentionCase(size, rows, backward: false);
        yield return AttentionCase(size, rows, backward: true);
        yield return Norm(rows, h);
        yield return NormBackward(rows, h);
        yield return Gelu(rows, f);
        yield return GeluBackward(rows, f);
        yield return Add(rows, h);
        yield return Gather(rows, h);
        yield return CrossEntropy(targets);
        yield return Dropout(rows, h);
        yield return ReluBackward(rows, f);
        yield return Softmax(rows, h);
        yield return SoftmaxBackward(rows, h);
        yield return SumRows(rows, h);
        yield return SumOfSquares(rows, h);
        yield return Scatter(rows, h);
        yield return AdamW(rows, h);
    }

    /// <summary>A copy too large for any cache: what memory gives at best.</summary>
    public static KernelCase Copy(int rows, int columns) =>
        new("copy", $"{rows} × {columns}", 0, 8.0 * rows * columns, on =>
    {
        Tensor x = on.Random(rows, columns), y = on.Empty(rows, columns);
        return new KernelCall(() => on.Backend.Elementwise.Copy(x, y), y);
    });

    /// <summary>A product with a frozen weight.</summary>
    public static KernelCase Linear(string name, int rows, int outputs, int inputs, bool residual)
        => new(
            name, $"{rows} × {outputs} × {inputs}", 2.0 * rows * outputs * inputs, ProductBytes(rows, outputs, inputs),
            on =>
        {
            Tensor x = on.Random(rows, inputs), y = on.Empty(rows, outputs);
            Tensor? added = residual ? on.Random(rows, outputs) : null;
            IPackedMatrix weight = on.Weight(outputs, inputs);
            return new KernelCall(() => on.Backend.Matrix.Linear(x, weight, y, added), y);
        });

    private static KernelCase Relu(int rows, int outputs, int inputs)
        => new(
            "linear, relu", $"{rows} × {outputs} × {inputs}", 2.0 * rows * outputs * inputs,
            ProductBytes(rows, outputs, inputs), on =>
        {
            Tensor x = on.Random(rows, inputs), y = on.Empty(rows, outputs), bits = on.Bits(rows, outputs);
            IPackedMatrix weight = on.Weight(outputs, inputs);
            return new KernelCall(() => on.Backend.Matrix.Linear(x, weight, y, relu: true, positive: bits), y);
        });

    private static KernelCase LinearTransposed(int rows, int outputs, int inputs, bool masked)
        => new(
            $"linear backward{(masked ? ", relu" : "")}", $"{rows} × {inputs} × {outputs}",
            2.0 * rows * outputs * inputs, ProductBytes(rows, outputs, inputs), on =>
        {
            Tensor dy = on.Random(rows, outputs), dx = on.Empty(rows, inputs);
            IPackedMatrix weight = on.Weight(outputs, inputs);
            if (!masked) return new KernelCall(() => on.Backend.Matrix.LinearTransposed(dy, weight, dx), dx);
            // The bits of a positive part of the gradient itself.
            Tensor bits = on.Bits(rows, outputs), clamped = on.Empty(rows, outputs);
            on.Backend.Elementwise.Relu(dy, clamped, bits);
            return new KernelCall(() => on.Backend.Matrix.LinearTransposed(dy, weight, dx, positive: bits), dx);
        });

    private static KernelCase Product(int rows, int width, int inner)
        => new(
            "product of tensors", $"{rows} × {width} × {inner}", 2.0 * rows * width * inner,
            ProductBytes(rows, width, inner), on =>
        {
            Tensor a = on.Random(rows, inner), b = on.Random(inner, width), c = on.Empty(rows, width);
            return new KernelCall(() => on.Backend.Matrix.Product(a, false, b, false, c), c);
        });

    private static KernelCase AttentionCase(KernelSizes size, int rows, bool backward)
    {
        int columns = size.Heads * KernelSizes.HeadWidth, whole = rows / SequenceLength, rest = rows % SequenceLength;
        int[] lengths = rest == 0
            ? [.. Enumerable.Repeat(SequenceLength, whole)]
            : [.. Enumerable.Repeat(SequenceLength, whole), rest];
        double pairs = lengths.Sum(static length => (double)length * length) * columns;
        // Forward two products; backward the scores again and four more.
        double operations = (backward ? 10 : 4) * pairs, bytes = 4.0 * rows * columns * (backward ? 8 : 4);
        return new(
            $"attention{(backward ? " backward" : "")}",
            $"{lengths.Length} sequences of {SequenceLength}, {size.Heads} heads", operations, bytes, on =>
        {
            SequenceOffsets offsets = SequenceOffsets.FromLengths(lengths);
            AttentionLayout layout = new(offsets, offsets, size.Heads, KernelSizes.HeadWidth, Causal: false);
            const int reach = SequenceLength - 1;
            int[] buckets = new int[(2 * reach) + 1];
            for (int i = 0; i < buckets.Length; i++) buckets[i] = i % 32;
            PositionBias bias = new(on.Random(32, size.Heads), on.Integers(buckets), reach);
            Tensor query = on.Random(rows, columns), key = on.Random(rows, columns), value = on.Random(rows, columns);
            Tensor output = on.Empty(rows, columns), logSum = on.Empty(rows, size.Heads);
            IAttentionKernels attention = on.Backend.Attention;
            if (!backward)
                return new KernelCall(
                    () => attention.Forward(layout, query, key, value, bias, output, logSum), output, logSum);
            attention.Forward(layout, query, key, value, bias, output, logSum);
            Tensor gradient = on.Random(rows, columns);
            Tensor dq = on.Empty(rows, columns);
            Tensor dk = on.Empty(rows, columns);
            Tensor dv = on.Empty(rows, columns);
            return new KernelCall(
                () => attention.Backward(
                    layout, query, key, value, bias, logSum, gradient, dq, dk, dv, accumulate: false, null, output),
                dq, dk, dv);
        });
    }

    private static KernelCase Norm(int rows, int width) =>
        new("RMS norm", $"{rows} × {width}", 0, 8.0 * rows * width, on =>
    {
        Tensor x = on.Random(rows, width);
        Tensor weight = on.RandomVector(width);
        Tensor y = on.Empty(rows, width);
        Tensor inverse = on.EmptyVector(rows);
        return new KernelCall(() => on.Backend.Norm.RmsNorm(x, weight, y, inverse, 1e-6), y, inverse);
    });

    private static KernelCase NormBackward(int rows, int width) =>
        new("RMS norm backward", $"{rows} × {width}", 0, 12.0 * rows * width, on =>
    {
        Tensor x = on.Random(rows, width);
        Tensor weight = on.RandomVector(width);
        Tensor y = on.Empty(rows, width);
        Tensor inverse = on.EmptyVector(rows);
        Tensor dy = on.Random(rows, width), dx = on.Empty(rows, width);
        on.Backend.Norm.RmsNorm(x, weight, y, inverse, 1e-6);
        return new KernelCall(() => on.Backend.Norm.RmsNormBackward(dy, x, weight, inverse, dx), dx);
    });

    private static KernelCase Gelu(int rows, int width) =>
        new("gated GELU", $"{rows} × {width}", 0, 12.0 * rows * width, on =>
    {
        Tensor gate = on.Random(rows, width), linear = on.Random(rows, width), y = on.Empty(rows, width);
        return new KernelCall(() => on.Backend.Elementwise.Gated(gate, linear, y, Activation.GeluTanh), y);
    });

    private static KernelCase GeluBackward(int rows, int width) =>
        new("gated GELU backward", $"{rows} × {width}", 0, 20.0 * rows * width, on =>
    {
        Tensor dy = on.Random(rows, width), gate = on.Random(rows, width), linear = on.Random(rows, width);
        Tensor dGate = on.Empty(rows, width), dLinear = on.Empty(rows, width);
        return new KernelCall(
            () => on.Backend.Elementwise.GatedBackward(dy, gate, linear, dGate, dLinear, Activation.GeluTanh),
            dGate, dLinear);
    });

    private static KernelCase Add(int rows, int width) => new("add", $"{rows} × {width}", 0, 12.0 * rows * width, on =>
    {
        Tensor a = on.Random(rows, width), b = on.Random(rows, width), y = on.Empty(rows, width);
        return new KernelCall(() => on.Backend.Elementwise.Add(a, b, y), y);
    });

    private static KernelCase Gather(int rows, int width) =>
        new("gather", $"{rows} × {width}", 0, 8.0 * rows * width, on =>
    {
        Tensor table = on.Random(1000, width), ids = on.Ids(rows, 1000), y = on.Empty(rows, width);
        return new KernelCall(() => on.Backend.Index.GatherRows(table, ids, y), y);
    });

    private static KernelCase CrossEntropy(int rows) =>
        new("cross-entropy", $"{rows} × {KernelSizes.Vocabulary}", 0, 8.0 * rows * KernelSizes.Vocabulary, on =>
    {
        Tensor logits = on.Random(rows, KernelSizes.Vocabulary);
        Tensor labels = on.Ids(rows, KernelSizes.Vocabulary);
        Tensor losses = on.EmptyVector(rows);
        Tensor gradient = on.Empty(rows, KernelSizes.Vocabulary);
        return new KernelCall(
            () => on.Backend.Loss.CrossEntropy(logits, labels, losses, null, gradient), losses, gradient);
    });

    private static double ProductBytes(double rows, double outputs, double inputs) =>
        4 * ((rows * inputs) + (inputs * outputs) + (rows * outputs));

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
