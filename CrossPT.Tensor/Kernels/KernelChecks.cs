using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace CrossPT.Tensors;

/// <summary>
/// Argument checks that every back end makes before it computes: one method per kernel, of the same name, so that all
/// refuse the same calls in the same words.
/// </summary>
/// <remarks>
/// The first tensor of a call gives the back end, and with it the compute type, that the others must share. Views of
/// some columns pass only where the interface says <i>rows</i>. Nothing is formatted unless a check fails.
/// </remarks>
internal static partial class KernelChecks
{
    // Element-wise

    internal static void Fill(Tensor y) => First(y);

    internal static void Copy(Tensor x, Tensor y) => Same(x, y, views: true);

    internal static void Add(Tensor a, Tensor b, Tensor y)
    {
        Same(a, b, views: true);
        Same(a, y, views: true);
    }

    internal static void Scale(Tensor x, Tensor y) => Same(x, y, views: true);

    internal static void Multiply(Tensor a, Tensor b, Tensor y)
    {
        Same(a, b);
        Same(a, y);
    }

    internal static void Relu(Tensor x, Tensor y, Tensor? positive)
    {
        Same(x, y);
        if (positive is not null) Mask(x, positive, x.Rows, x.Columns);
    }

    internal static void ReluBackward(Tensor dy, Tensor positive, Tensor dx)
    {
        Same(dy, dx);
        Mask(dy, positive, dy.Rows, dy.Columns);
    }

    internal static void Activate(Tensor x, Tensor y) => Same(x, y, views: true);

    internal static void ActivateBackward(Tensor dy, Tensor x, Tensor dx)
    {
        Same(dy, x, views: true);
        Same(dy, dx, views: true);
    }

    internal static void Gated(Tensor gate, Tensor linear, Tensor y)
    {
        Same(gate, linear, views: true);
        Same(gate, y, views: true);
    }

    internal static void GatedBackward(Tensor dy, Tensor gate, Tensor linear, Tensor dGate, Tensor dLinear)
    {
        Same(dy, gate, views: true);
        Same(dy, linear, views: true);
        Same(dy, dGate, views: true);
        Same(dy, dLinear, views: true);
    }

    internal static void Dropout(Tensor x, Tensor y, DropoutMask mask, Tensor? rows)
    {
        Same(x, y, views: true);
        if (rows is not null) Indices(x, rows, x.Rows);
        mask.Check("Dropout");
    }

    internal static void RelaxedBernoulli(Tensor logits, Tensor noise, Tensor y)
    {
        Same(logits, noise, views: true);
        Same(logits, y, views: true);
    }

    internal static void RelaxedBernoulliSlope(Tensor y, Tensor logits, Tensor slope)
    {
        Same(y, logits, views: true);
        Same(y, slope, views: true);
    }

    // Reductions

    internal static void Sum(Tensor x, Tensor total)
    {
        First(x);
        Vector(x, total, 1);
    }

    internal static void SumOfSquares(Tensor x, Tensor total)
    {
        First(x);
        Vector(x, total, 1);
    }

    internal static void SumRows(Tensor x, Tensor y)
    {
        First(x);
        Vector(x, y, x.Columns);
    }

    internal static void SumColumns(Tensor x, Tensor y)
    {
        First(x);
        Vector(x, y, x.Rows);
    }

    internal static void Softmax(Tensor x, Tensor y) => Same(x, y, views: true);

    internal static void SoftmaxBackward(Tensor y, Tensor dy, Tensor dx)
    {
        Same(y, dy);
        Same(y, dx);
    }

    internal static void DivideBySum(Tensor x, Tensor y) => Same(x, y);

    internal static void DivideBySumBackward(Tensor x, Tensor y, Tensor dy, Tensor dx)
    {
        Same(x, y);
        Same(x, dy);
        Same(x, dx);
    }

    internal static void TopColumns(Tensor x, int count, Tensor kept, Tensor places)
    {
        Same(x, kept);
        if (count < 0 || count > x.Columns)
        {
            throw new ArgumentException(
                $"TopColumns: the {count} largest of {x.Describe()}, expected 0 to {x.Columns}.");
        }
        Indices(x, places, checked(x.Rows * count));
    }

    internal static void ArgMaxRows(Tensor x, Tensor starts, Tensor places)
    {
        First(x);
        Indices(x, starts, (int)starts.Length);
        Indices(x, places, checked(((int)starts.Length - 1) * x.Columns));
    }

    internal static void ArgMax(Tensor x, Tensor indices)
    {
        First(x);
        Indices(x, indices, x.Rows);
    }

    // RMS norm

    internal static void RmsNorm(Tensor x, Tensor weight, Tensor y, Tensor inverseRms)
    {
        Same(x, y);
        Vector(x, weight, x.Columns);
        Vector(x, inverseRms, x.Rows);
    }

    internal static void RmsNormBackward(Tensor dy, Tensor x, Tensor weight, Tensor inverseRms, Tensor dx)
    {
        Same(dy, x);
        Same(dy, dx);
        Vector(dy, weight, dy.Columns);
        Vector(dy, inverseRms, dy.Rows);
    }

    internal static void RmsNormWeightBackward(Tensor dy, Tensor x, Tensor inverseRms, Tensor dWeight)
    {
        Same(dy, x);
        Vector(dy, inverseRms, dy.Rows);
        Vector(dy, dWeight, dy.Columns);
    }

    // Rows by index

    internal static void GatherRows(Tensor table, Tensor indices, Tensor y)
    {
        First(table, views: true);
        Matrix(table, y, checked((int)indices.Length), table.Columns, views: true);
        Indices(table, indices, y.Rows);
    }

    internal static void ScatterAddRows(Tensor x, Tensor indices, Tensor table)
    {
        First(x, views: true);
        Indices(x, indices, x.Rows);
        Matrix(x, table, table.Rows, x.Columns, views: true);
    }

    internal static void Pick(Tensor x, Tensor indices, Tensor y)
    {
        First(x);
        Indices(x, indices, x.Rows);
        Vector(x, y, x.Rows);
    }

    // Losses

    internal static void CrossEntropy(
        Tensor logits, Tensor labels, Tensor losses, Tensor? scales, Tensor? logitsGradient)
    {
        First(logits);
        Indices(logits, labels, logits.Rows);
        Vector(logits, losses, logits.Rows);
        if (scales is not null) Vector(logits, scales, logits.Rows);
        if (logitsGradient is not null) Same(logits, logitsGradient);
    }

    // Optimizer steps

    internal static void AdamW(Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment)
    {
        Same(parameter, gradient);
        Same(parameter, firstMoment);
        Same(parameter, secondMoment);
    }

    internal static void AdafactorMoments(Tensor gradient, Tensor rowMoment, Tensor columnMoment)
    {
        First(gradient);
        Vector(gradient, rowMoment, gradient.Rows);
        Vector(gradient, columnMoment, gradient.Columns);
    }

    internal static void AdafactorUpdate(Tensor gradient, Tensor rowMoment, Tensor columnMoment, Tensor update)
    {
        Same(gradient, update);
        Vector(gradient, rowMoment, gradient.Rows);
        Vector(gradient, columnMoment, gradient.Columns);
    }

    internal static void AdafactorVectorUpdate(Tensor gradient, Tensor moment, Tensor update)
    {
        Same(gradient, moment);
        Same(gradient, update);
    }

    // Memory

    internal static void CopyFromHost(int sourceBytes, Tensor destination) => HostBytes(destination, sourceBytes);

    internal static void CopyToHost(Tensor source, int destinationBytes) => HostBytes(source, destinationBytes);

    // What the checks above and in the other part are made of

    /// <summary>
    /// The tensor has the compute type of its back end, and lies end to end unless <paramref name="views"/> are fine.
    /// </summary>
    private static void First(
        Tensor first, bool views = false,
        [CallerMemberName] string kernel = "", [CallerArgumentExpression(nameof(first))] string firstName = "")
        => Element(first, first, first.Backend.ComputeType, views, kernel, firstName, firstName);

    /// <summary>Both tensors are as <see cref="First"/> asks, and of one shape.</summary>
    private static void Same(
        Tensor first, Tensor tensor, bool views = false, [CallerMemberName] string kernel = "",
        [CallerArgumentExpression(nameof(first))] string firstName = "",
        [CallerArgumentExpression(nameof(tensor))] string name = "")
    {
        Element(first, first, first.Backend.ComputeType, views, kernel, firstName, firstName);
        Element(first, tensor, first.Backend.ComputeType, views, kernel, firstName, name);
        if (first.Shape != tensor.Shape) Mismatch(kernel, name, tensor, first.Shape.ToString(), firstName, first);
    }

    /// <summary>The tensor is [rows, columns], whatever sizes its rows are folded from.</summary>
    private static void Matrix(
        Tensor first, Tensor tensor, int rows, int columns, bool views = false, [CallerMemberName] string kernel = "",
        [CallerArgumentExpression(nameof(first))] string firstName = "",
        [CallerArgumentExpression(nameof(tensor))] string name = "")
    {
        Element(first, tensor, first.Backend.ComputeType, views, kernel, firstName, name);
        if (tensor.Rows != rows || tensor.Columns != columns)
            Mismatch(kernel, name, tensor, $"[{rows}, {columns}]", firstName, first);
    }

    private static void Vector(
        Tensor first, Tensor tensor, int length, [CallerMemberName] string kernel = "",
        [CallerArgumentExpression(nameof(first))] string firstName = "",
        [CallerArgumentExpression(nameof(tensor))] string name = "")
    {
        Element(first, tensor, first.Backend.ComputeType, false, kernel, firstName, name);
        if (tensor.Length != length) Mismatch(kernel, name, tensor, $"[{length}]", firstName, first);
    }

    private static void Indices(
        Tensor first, Tensor tensor, int length, [CallerMemberName] string kernel = "",
        [CallerArgumentExpression(nameof(first))] string firstName = "",
        [CallerArgumentExpression(nameof(tensor))] string name = "")
    {
        Element(first, tensor, DType.Int32, false, kernel, firstName, name);
        if (tensor.Length != length) Mismatch(kernel, name, tensor, $"[{length}]", firstName, first);
    }

    /// <summary>
    /// The tensor holds a bit for each element of [rows, columns], each row filled up to whole groups of 32.
    /// </summary>
    private static void Mask(
        Tensor first, Tensor tensor, int rows, int columns, [CallerMemberName] string kernel = "",
        [CallerArgumentExpression(nameof(first))] string firstName = "",
        [CallerArgumentExpression(nameof(tensor))] string name = "")
    {
        Element(first, tensor, DType.UInt8, false, kernel, firstName, name);
        int bytes = (columns + 31) / 32 * 4;
        if (tensor.Rows != rows || tensor.Columns != bytes)
            Mismatch(kernel, name, tensor, $"[{rows}, {bytes}]", firstName, first);
    }

    /// <summary>Any element type, but exactly these bytes; a single row of a view lies end to end too.</summary>
    private static void HostBytes(Tensor tensor, int bytes, [CallerMemberName] string kernel = "")
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (!tensor.IsContiguous && tensor.Rows > 1)
            throw new ArgumentException($"{kernel}: {tensor.Describe()} is a view of some columns.");
        if (tensor.Length * tensor.DType.ByteSize() != bytes)
            throw new ArgumentException(
                $"{kernel}: {bytes} bytes for {tensor.Describe()}, expected "
                    + $"{tensor.Length * tensor.DType.ByteSize()}.");
    }

    private static void Element(
        Tensor first, Tensor tensor, DType type, bool views, string kernel, string firstName, string name)
    {
        ArgumentNullException.ThrowIfNull(tensor, name);
        if (!ReferenceEquals(tensor.Backend, first.Backend))
            throw new ArgumentException(
                $"{kernel}: {name} is {tensor.Describe()}, expected the back end of {firstName}, {first.Describe()}.");
        if (tensor.DType != type)
            throw new ArgumentException($"{kernel}: {name} is {tensor.Describe()}, expected {type}.");
        if (!views && !tensor.IsContiguous)
            throw new ArgumentException(
                $"{kernel}: {name} is {tensor.Describe()}, a view of some columns, expected rows that lie end to end.");
    }

    [DoesNotReturn]
    private static void Mismatch(
        string kernel, string name, Tensor tensor, string expected, string firstName, Tensor first)
        => throw new ArgumentException(
            $"{kernel}: {name} is {tensor.Describe()}, expected {expected} beside {firstName}, {first.Describe()}.");
}
