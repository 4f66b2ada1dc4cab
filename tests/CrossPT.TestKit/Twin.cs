using System.Runtime.InteropServices;
using CrossPT.Tensors;

namespace CrossPT.TestKit;

/// <summary>
/// One operand, held by the back end under test and by the reference: the same float32 values on both.
/// </summary>
/// <remarks>As a view, it lies inside a wider matrix whose other columns no kernel may touch.</remarks>
public sealed class Twin : IDisposable
{
    private const int Left = 3, Right = 5;

    private Twin(Tensor tested, Tensor reference, Tensor? testedWhole, Tensor? referenceWhole)
    {
        Tested = tested;
        Reference = reference;
        TestedWhole = testedWhole ?? tested;
        ReferenceWhole = referenceWhole ?? reference;
    }

    /// <summary>The operand on the back end under test.</summary>
    public Tensor Tested { get; }

    /// <summary>The operand on the reference.</summary>
    public Tensor Reference { get; }

    /// <summary>The matrix the operand is a view of, or the operand itself.</summary>
    public Tensor TestedWhole { get; }

    private Tensor ReferenceWhole { get; }

    /// <summary>Of a mask: the columns that have a bit; 0 of anything else.</summary>
    public int MaskColumns { get; private init; }

    internal static Twin Singles(IBackend tested, IBackend reference, float[] values, int[] sizes, bool view)
    {
        if (!view)
            return new Twin(
                TensorData.FromSingles(tested, values, sizes), TensorData.FromSingles(reference, values, sizes), null,
                null);
        int rows = sizes[0], columns = sizes[1], width = Left + columns + Right;
        float[] whole = new float[rows * width];
        Array.Fill(whole, 77);
        for (int r = 0; r < rows; r++) Array.Copy(values, r * columns, whole, (r * width) + Left, columns);
        Tensor a = TensorData.FromSingles(tested, whole, rows, width);
        Tensor b = TensorData.FromSingles(reference, whole, rows, width);
        return new Twin(a.SliceColumns(Left, columns), b.SliceColumns(Left, columns), a, b);
    }

    internal static Twin Indices(IBackend tested, IBackend reference, int[] values)
        => new(
            TensorData.FromInt32(tested, values, values.Length), TensorData.FromInt32(reference, values, values.Length),
            null, null);

    internal static Twin Mask(IBackend tested, IBackend reference, byte[] bytes, int rows, int columns)
    {
        Shape shape = new(rows, (columns + 31) / 32 * 4);
        Twin twin = new(
            Tensor.Allocate(tested, shape, DType.UInt8), Tensor.Allocate(reference, shape, DType.UInt8), null, null)
            {
                MaskColumns = columns,
            };
        tested.CopyFromHost(bytes, twin.Tested);
        reference.CopyFromHost(bytes, twin.Reference);
        return twin;
    }

    /// <summary>The bytes on the back end under test, with those around a view.</summary>
    internal byte[] TestedBytes() => BytesOf(TestedWhole);

    internal static byte[] BytesOf(Tensor tensor)
    {
        byte[] bytes = new byte[tensor.Length * tensor.DType.ByteSize()];
        tensor.Backend.CopyToHost(tensor, bytes);
        return bytes;
    }

    /// <summary>Whether byte <paramref name="index"/> of <see cref="TestedBytes"/> lies outside the view.</summary>
    internal bool IsOutside(int index)
    {
        if (ReferenceEquals(Tested, TestedWhole)) return false;
        int column = index / Tested.DType.ByteSize() % TestedWhole.Columns;
        return column < Left || column >= Left + Tested.Columns;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Tested.Dispose();
        Reference.Dispose();
        TestedWhole.Dispose();
        ReferenceWhole.Dispose();
    }
}

/// <summary>A packed weight on both back ends.</summary>
public sealed class PackedTwin : IDisposable
{
    internal PackedTwin(IBackend tested, IBackend reference, int groups, int outputs, int inputs)
    {
        Tested = tested.Matrix.CreatePacked(groups, outputs, inputs);
        Reference = reference.Matrix.CreatePacked(groups, outputs, inputs);
    }

    /// <summary>The weight on the back end under test.</summary>
    public IPackedMatrix Tested { get; }

    /// <summary>The weight on the reference.</summary>
    public IPackedMatrix Reference { get; }

    internal void Pack(IBackend tested, IBackend reference, float[] values)
    {
        tested.Matrix.Pack(MemoryMarshal.AsBytes<float>(values), DType.Float32, 0, Tested);
        reference.Matrix.Pack(MemoryMarshal.AsBytes<float>(values), DType.Float32, 0, Reference);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Tested.Dispose();
        Reference.Dispose();
    }
}

/// <summary>One of the two back ends a test body runs on: <c>on[x]</c> is operand x there.</summary>
public readonly struct Side(IBackend backend, bool isTested)
{
    /// <summary>The back end of this side.</summary>
    public IBackend Backend => backend;

    /// <summary>The operand on this side.</summary>
    public Tensor this[Twin twin] => isTested ? twin.Tested : twin.Reference;

    /// <summary>The operand on this side, where there is one.</summary>
    public Tensor? Maybe(Twin? twin) => twin is null ? null : this[twin];

    /// <summary>The packed weight on this side.</summary>
    public IPackedMatrix this[PackedTwin twin] => isTested ? twin.Tested : twin.Reference;
}
