using System.Runtime.InteropServices;
using CrossPT.Autograd;
using CrossPT.Tensors;

namespace CrossPT.Transformer;

/// <summary>One named tensor of a checkpoint, and where in the model its rows go.</summary>
/// <param name="Name">Checkpoint name.</param>
/// <param name="Shape">Sizes there.</param>
/// <param name="Deviation">Standard deviation of random values.</param>
/// <param name="Packed">The packed matrix it is a part of, or null.</param>
/// <param name="Variable">The variable it is (a part of), when it is not packed.</param>
/// <param name="FirstRow">Its first row in either.</param>
internal sealed record WeightPart(string Name, Shape Shape, double Deviation, IPackedMatrix? Packed, Variable? Variable, int FirstRow)
{
    /// <summary>Mean of random values.</summary>
    public double Mean { get; init; }

    /// <summary>Rows: all of a matrix, one of a vector.</summary>
    public int Rows => Shape.Rank == 1 ? 1 : Shape[0];

    public int Columns => Shape[-1];

    /// <summary>Puts rows given as bytes of elements in their place; different rows from several threads at once.</summary>
    public void Write(ReadOnlySpan<byte> rows, DType type, int firstRow, IBackend backend)
    {
        if (Packed is not null)
        {
            backend.Matrix.Pack(rows, type, FirstRow + firstRow, Packed);
            return;
        }
        int size = type.ByteSize();
        double[] values = new double[rows.Length / size];
        for (int i = 0; i < values.Length; i++) values[i] = Element(rows.Slice(i * size, size), type);
        Tensor value = Variable!.Value;
        // Both views are given back: one left over would hold the memory for good.
        using Tensor matrix = value.Reshape(value.Rows, Columns), target = matrix.Slice(FirstRow + firstRow, values.Length / Columns);
        if (value.DType == DType.Float64) target.CopyFrom(values);
        else target.CopyFrom(Array.ConvertAll(values, static x => (float)x));
    }

    /// <summary>Some rows as float32.</summary>
    public float[] Read(int firstRow, int count, IBackend backend)
    {
        if (Packed is null)
        {
            Tensor value = Variable!.Value;
            using Tensor matrix = value.Reshape(value.Rows, Columns), rows = matrix.Slice(FirstRow + firstRow, count);
            return rows.ToSingles();
        }
        using Tensor buffer = Tensor.Allocate(backend, count, Columns);
        backend.Matrix.Unpack(Packed, FirstRow + firstRow, buffer);
        return buffer.ToSingles();
    }

    /// <summary>One element as a file stores it.</summary>
    internal static double Element(ReadOnlySpan<byte> bytes, DType type) => type switch
    {
        DType.Float32 => MemoryMarshal.Read<float>(bytes),
        DType.Float64 => MemoryMarshal.Read<double>(bytes),
        DType.Float16 => (double)MemoryMarshal.Read<Half>(bytes),
        _ => BitConverter.Int32BitsToSingle(MemoryMarshal.Read<ushort>(bytes) << 16),
    };
}
