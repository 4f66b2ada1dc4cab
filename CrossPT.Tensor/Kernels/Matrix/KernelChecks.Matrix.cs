namespace CrossPT.Tensors;

/// <content>The checks of matrix products and attention, whose sizes come from more than their tensors.</content>
internal static partial class KernelChecks
{
    // Matrix products

    internal static void CreatePacked(int groups, int outputs, int inputs)
    {
        if (groups < 1 || outputs < 1 || inputs < 1 || (long)groups * Math.Max(outputs, inputs) > int.MaxValue)
            throw new ArgumentException($"CreatePacked: {groups} groups of [{outputs}, {inputs}].");
    }

    internal static void Pack(Tensor rows, int firstRow, IPackedMatrix destination)
    {
        First(rows);
        Matrix(rows, rows, rows.Rows, destination.Inputs);
        StackedRows("Pack", firstRow, rows.Rows, destination);
    }

    /// <returns>The number of rows in the bytes.</returns>
    internal static int Pack(int byteLength, DType type, int firstRow, IPackedMatrix destination)
    {
        if (!type.IsFloatingPoint())
            throw new ArgumentException($"Pack: elements of {type}, expected a floating-point type.");
        int rowBytes = checked(destination.Inputs * type.ByteSize());
        if (byteLength % rowBytes != 0)
            throw new ArgumentException(
                $"Pack: {byteLength} bytes of {type} are no whole rows of {Describe(destination)}, {rowBytes} bytes "
                    + $"each.");
        StackedRows("Pack", firstRow, byteLength / rowBytes, destination);
        return byteLength / rowBytes;
    }

    internal static void Unpack(IPackedMatrix weight, int firstRow, Tensor y)
    {
        First(y);
        Matrix(y, y, y.Rows, weight.Inputs);
        StackedRows("Unpack", firstRow, y.Rows, weight);
    }

    internal static void Linear(Tensor x, IPackedMatrix weight, Tensor y, Tensor? residual, bool relu, Tensor? positive)
    {
        First(x, views: true);
        if (x.Columns != weight.Groups * weight.Inputs) Misfit("Linear", "x", x, weight, weight.Inputs);
        Matrix(x, y, x.Rows, weight.Groups * weight.Outputs, views: true);
        if (residual is not null) Matrix(x, residual, x.Rows, weight.Groups * weight.Outputs, views: true);
        if (positive is not null)
        {
            OneGroup("Linear", "positive", weight);
            Mask(x, positive, x.Rows, weight.Outputs);
        }
        if (residual is not null && (relu || positive is not null))
            throw new ArgumentException($"Linear: a residual, {residual.Describe()}, together with relu.");
    }

    internal static void LinearTransposed(
        Tensor dy, IPackedMatrix weight, Tensor dx, Tensor? positive, Tensor? wanted)
    {
        First(dy, views: true);
        if (dy.Columns != weight.Groups * weight.Outputs) Misfit("LinearTransposed", "dy", dy, weight, weight.Outputs);
        Matrix(dy, dx, dy.Rows, weight.Groups * weight.Inputs, views: true);
        if (positive is not null)
        {
            OneGroup("LinearTransposed", "positive", weight);
            Mask(dy, positive, dy.Rows, weight.Outputs);
        }
        if (wanted is null) return;
        OneGroup("LinearTransposed", "wanted", weight);
        Mask(dx, wanted, dx.Rows, weight.Inputs);
    }

    internal static void Product(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c)
    {
        First(a, views: true);
        int m = transposeA ? a.Columns : a.Rows, k = transposeA ? a.Rows : a.Columns;
        int n = transposeB ? b.Rows : b.Columns;
        Matrix(a, b, transposeB ? n : k, transposeB ? k : n, views: true);
        Matrix(a, c, m, n, views: true);
    }

    internal static void Gather(IPackedMatrix weight, Tensor ids, Tensor y)
    {
        First(y);
        OneGroup("Gather", "ids", weight);
        Matrix(y, y, y.Rows, weight.Inputs);
        Indices(y, ids, y.Rows);
    }

    // Attention

    internal static void AttentionForward(
        in AttentionLayout layout, Tensor query, Tensor key, Tensor value, PositionBias? bias, Tensor output,
        Tensor logSumExp)
    {
        AttentionInputs(layout, "AttentionForward", query, key, value, bias);
        Matrix(query, output, query.Rows, query.Columns, views: true);
        Matrix(query, logSumExp, query.Rows, layout.Heads);
    }

    internal static void AttentionBackward(
        in AttentionLayout layout, Tensor query, Tensor key, Tensor value, PositionBias? bias, Tensor logSumExp,
        Tensor outputGradient,
        Tensor? queryGradient, Tensor? keyGradient, Tensor? valueGradient, bool accumulate, Tensor? biasGradient,
        Tensor? output)
    {
        AttentionInputs(layout, "AttentionBackward", query, key, value, bias);
        Matrix(query, logSumExp, query.Rows, layout.Heads);
        Matrix(query, outputGradient, query.Rows, query.Columns, views: true);
        if (output is not null) Matrix(query, output, query.Rows, query.Columns, views: true);
        if (queryGradient is not null) Matrix(query, queryGradient, query.Rows, query.Columns, views: true);
        if (keyGradient is not null) Matrix(query, keyGradient, key.Rows, key.Columns, views: true);
        if (valueGradient is not null) Matrix(query, valueGradient, key.Rows, key.Columns, views: true);
        if (!accumulate && key.Rows > 0 && keyGradient is not null && valueGradient is not null
            && keyGradient.Address == valueGradient.Address)
            throw new ArgumentException(
                $"AttentionBackward: keyGradient and valueGradient are one tensor, {keyGradient.Describe()}: "
                    + $"accumulate must be set.");
        if (biasGradient is null) return;
        if (bias is null)
            throw new ArgumentException(
                $"AttentionBackward: biasGradient is {biasGradient.Describe()}, but there is no bias.");
        Matrix(query, biasGradient, bias.Table.Rows, layout.Heads);
    }

    private static void AttentionInputs(
        in AttentionLayout layout, string kernel, Tensor query, Tensor key, Tensor value, PositionBias? bias)
    {
        if (layout.Queries.Count != layout.Keys.Count || layout.Heads < 1 || layout.HeadWidth < 1)
        {
            throw new ArgumentException(
                $"{kernel}: {layout.Queries.Count} sequences of queries, {layout.Keys.Count} of keys, {layout.Heads} "
                    + $"heads of width {layout.HeadWidth}.");
        }
        layout.Dropout?.Check(kernel);
        int width = checked(layout.Heads * layout.HeadWidth);
        First(query, views: true, kernel);
        Matrix(query, query, layout.Queries.Rows, width, views: true, kernel);
        Matrix(query, key, layout.Keys.Rows, width, views: true, kernel);
        Matrix(query, value, layout.Keys.Rows, width, views: true, kernel);
        if (bias is null) return;
        Matrix(query, bias.Table, bias.Table.Rows, layout.Heads, views: false, kernel);
        Indices(query, bias.Buckets, checked((2 * bias.Reach) + 1), kernel);
        if (bias.Reach < Math.Max(layout.Queries.Longest, layout.Keys.Longest) - 1)
        {
            throw new ArgumentException(
                $"{kernel}: a bias that reaches {bias.Reach}, but sequences of {layout.Queries.Longest} queries and "
                    + $"{layout.Keys.Longest} keys.");
        }
    }

    private static void StackedRows(string kernel, int firstRow, int count, IPackedMatrix weight)
    {
        if (firstRow < 0 || firstRow > (weight.Groups * weight.Outputs) - count)
            throw new ArgumentException(
                $"{kernel}: rows {firstRow} to {firstRow + (long)count} of {Describe(weight)}.");
    }

    private static void OneGroup(string kernel, string name, IPackedMatrix weight)
    {
        if (weight.Groups != 1)
            throw new ArgumentException($"{kernel}: {name} with {Describe(weight)}, expected one group.");
    }

    private static void Misfit(string kernel, string name, Tensor tensor, IPackedMatrix weight, int width)
        => throw new ArgumentException(
            $"{kernel}: {name} is {tensor.Describe()}, expected [{tensor.Rows}, {weight.Groups * width}] beside "
                + $"weight, {Describe(weight)}.");

    private static string Describe(IPackedMatrix weight) => $"{weight.Groups} · [{weight.Outputs}, {weight.Inputs}]";
}
