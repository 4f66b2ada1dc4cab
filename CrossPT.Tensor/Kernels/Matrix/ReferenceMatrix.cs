using System.Buffers.Binary;
using static CrossPT.Tensors.Reference.HostRows;

namespace CrossPT.Tensors.Reference;

/// <summary>Matrix products, in the words of <see cref="IMatrixKernels"/>.</summary>
internal sealed class ReferenceMatrix : IMatrixKernels
{
    public IPackedMatrix CreatePacked(int groups, int outputs, int inputs, bool isTable = false)
    {
        KernelChecks.CreatePacked(groups, outputs, inputs);
        return new Packed(groups, outputs, inputs);
    }

    public IPackedMatrix Stack(IPackedMatrix weight) => Own("Stack", weight).Stack();

    public void Pack(Tensor rows, int firstRow, IPackedMatrix destination)
    {
        Packed packed = Own("Pack", destination);
        KernelChecks.Pack(rows, firstRow, packed);
        for (int r = 0; r < rows.Rows; r++) rows.Row(r).CopyTo(packed.Row(firstRow + r));
    }

    public void Pack(ReadOnlySpan<byte> rows, DType type, int firstRow, IPackedMatrix destination)
    {
        Packed packed = Own("Pack", destination);
        int count = KernelChecks.Pack(rows.Length, type, firstRow, packed);
        int size = type.ByteSize();
        for (int r = 0; r < count; r++)
        {
            Span<double> row = packed.Row(firstRow + r);
            for (int k = 0; k < row.Length; k++)
                row[k] = ReadElement(rows.Slice(((r * row.Length) + k) * size, size), type);
        }
    }

    public void Unpack(IPackedMatrix weight, int firstRow, Tensor y)
    {
        Packed packed = Own("Unpack", weight);
        KernelChecks.Unpack(packed, firstRow, y);
        for (int r = 0; r < y.Rows; r++) packed.Row(firstRow + r).CopyTo(y.Row(r));
    }

    public void Linear(
        Tensor x, IPackedMatrix weight, Tensor y, Tensor? residual = null, bool relu = false, Tensor? positive = null)
    {
        Packed packed = Own("Linear", weight);
        KernelChecks.Linear(x, packed, y, residual, relu, positive);
        for (int r = 0; r < x.Rows; r++)
        {
            Span<double> xr = x.Row(r), yr = y.Row(r);
            for (int column = 0; column < yr.Length; column++)
            {
                int group = column / packed.Outputs;
                double sum = Dot(xr.Slice(group * packed.Inputs, packed.Inputs), packed.Row(column));
                yr[column] = residual is null ? sum : residual.Row(r)[column] + sum;
            }
            if (positive is not null) ReferenceElementwise.KeepBits(yr, positive.Bits(r));
            if (!relu && positive is null) continue;
            for (int column = 0; column < yr.Length; column++) yr[column] = Math.Max(yr[column], 0);
        }
    }

    public void LinearTransposed(
        Tensor dy, IPackedMatrix weight, Tensor dx, bool accumulate = false, Tensor? positive = null,
        Tensor? wanted = null)
    {
        Packed packed = Own("LinearTransposed", weight);
        KernelChecks.LinearTransposed(dy, packed, dx, positive, wanted);
        for (int r = 0; r < dy.Rows; r++)
        {
            Span<double> dyr = dy.Row(r), dxr = dx.Row(r);
            if (!accumulate) dxr.Clear();
            for (int column = 0; column < dyr.Length; column++)
            {
                if (positive is not null && !IsSet(positive.Bits(r), column)) continue;
                int group = column / packed.Outputs;
                AddScaled(dyr[column], packed.Row(column), dxr.Slice(group * packed.Inputs, packed.Inputs));
            }
        }
    }

    public void Product(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate = false)
    {
        KernelChecks.Product(a, transposeA, b, transposeB, c);
        double[] am = new double[transposeA ? a.Rows : a.Columns];
        for (int m = 0; m < c.Rows; m++)
        {
            // Row m of op(A); then C's row is a sum of rows of B, or one dot product with each row of Bᵀ.
            for (int k = 0; k < am.Length; k++) am[k] = transposeA ? a.Row(k)[m] : a.Row(m)[k];
            Span<double> cm = c.Row(m);
            if (!accumulate) cm.Clear();
            if (transposeB)
            {
                for (int n = 0; n < cm.Length; n++) cm[n] += Dot(am, b.Row(n));
                continue;
            }
            for (int k = 0; k < am.Length; k++) AddScaled(am[k], b.Row(k), cm);
        }
    }

    public void Gather(IPackedMatrix weight, Tensor ids, Tensor y)
    {
        Packed packed = Own("Gather", weight);
        KernelChecks.Gather(packed, ids, y);
        Span<int> rows = ids.Indices();
        foreach (int row in rows)
        {
            if ((uint)row >= (uint)packed.Outputs)
                throw new ArgumentException($"Gather: id {row}, of [{packed.Outputs}, {packed.Inputs}].");
        }
        for (int i = 0; i < rows.Length; i++) packed.Row(rows[i]).CopyTo(y.Row(i));
    }

    private static double ReadElement(ReadOnlySpan<byte> bytes, DType type) => type switch
    {
        DType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        DType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        DType.Float16 => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        _ => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16),
    };

    private static Packed Own(string kernel, IPackedMatrix matrix)
        => matrix as Packed
            ?? throw new ArgumentException(
                $"{kernel}: a matrix packed by another back end, expected one of reference.");

    /// <summary>The stacked rows as they are: [G·N, K].</summary>
    private sealed class Packed(int groups, int outputs, int inputs, double[][]? shared = null) : IPackedMatrix
    {
        private double[][]? _rows = shared ?? Allocate(groups * outputs, inputs);

        public int Groups => groups;

        public int Outputs => outputs;

        public int Inputs => inputs;

        public long ByteLength => (long)groups * outputs * inputs * sizeof(double);

        public Span<double> Row(int index)
        {
            ObjectDisposedException.ThrowIf(_rows is null, this);
            return _rows[index];
        }

        public Packed Stack()
        {
            ObjectDisposedException.ThrowIf(_rows is null, this);
            return new Packed(1, groups * outputs, inputs, _rows);
        }

        public void Dispose() => _rows = null;

        private static double[][] Allocate(int rows, int columns)
        {
            double[][] all = new double[rows][];
            for (int r = 0; r < rows; r++) all[r] = new double[columns];
            return all;
        }
    }
}
