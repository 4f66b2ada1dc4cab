using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CrossPT.Tensors;

/// <summary>Elements in and out of tensors: from and to managed arrays, whatever the device.</summary>
public static class TensorData
{
    /// <summary>A tensor of the back end's compute type, filled from float32 values.</summary>
    /// <exception cref="ArgumentException">The number of values is not the number of elements.</exception>
    public static Tensor FromSingles(IBackend backend, ReadOnlySpan<float> values, params ReadOnlySpan<int> sizes)
    {
        ArgumentNullException.ThrowIfNull(backend);
        Tensor tensor = Tensor.Allocate(backend, new Shape(sizes), backend.ComputeType);
        tensor.CopyFrom(values);
        return tensor;
    }

    /// <summary>A tensor of the back end's compute type, filled from float64 values.</summary>
    /// <exception cref="ArgumentException">The number of values is not the number of elements.</exception>
    public static Tensor FromDoubles(IBackend backend, ReadOnlySpan<double> values, params ReadOnlySpan<int> sizes)
    {
        ArgumentNullException.ThrowIfNull(backend);
        if (backend.ComputeType != DType.Float64)
        {
            float[] singles = new float[values.Length];
            for (int i = 0; i < singles.Length; i++) singles[i] = (float)values[i];
            return FromSingles(backend, singles, sizes);
        }
        Tensor tensor = Tensor.Allocate(backend, new Shape(sizes), DType.Float64);
        tensor.CopyFrom(values);
        return tensor;
    }

    /// <summary>An Int32 tensor, for indices and labels.</summary>
    /// <exception cref="ArgumentException">The number of values is not the number of elements.</exception>
    public static Tensor FromInt32(IBackend backend, ReadOnlySpan<int> values, params ReadOnlySpan<int> sizes)
    {
        ArgumentNullException.ThrowIfNull(backend);
        Tensor tensor = Tensor.Allocate(backend, new Shape(sizes), DType.Int32);
        Check(tensor, values.Length, nameof(FromInt32));
        backend.CopyFromHost(MemoryMarshal.AsBytes(values), tensor);
        return tensor;
    }

    /// <summary>Overwrites a floating-point tensor with values given in float32.</summary>
    /// <exception cref="ArgumentException">The number of values is not the number of elements, or the type is not
    /// Float32 or Float64.</exception>
    public static void CopyFrom(this Tensor tensor, ReadOnlySpan<float> values)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        Check(tensor, values.Length, nameof(CopyFrom));
        switch (tensor.DType)
        {
            case DType.Float32:
                tensor.Backend.CopyFromHost(MemoryMarshal.AsBytes(values), tensor);
                break;
            case DType.Float64:
                double[] wide = new double[values.Length];
                for (int i = 0; i < wide.Length; i++) wide[i] = values[i];
                tensor.CopyFrom(wide);
                break;
            default:
                throw new ArgumentException($"CopyFrom: {tensor.Describe()}, expected Float32 or Float64.");
        }
    }

    /// <summary>Overwrites a Float64 tensor.</summary>
    /// <exception cref="ArgumentException">The number of values is not the number of elements, or the type is not
    /// Float64.</exception>
    public static void CopyFrom(this Tensor tensor, ReadOnlySpan<double> values)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        Check(tensor, values.Length, nameof(CopyFrom));
        if (tensor.DType != DType.Float64)
            throw new ArgumentException($"CopyFrom: {tensor.Describe()}, expected Float64.");
        tensor.Backend.CopyFromHost(MemoryMarshal.AsBytes(values), tensor);
    }

    /// <summary>The elements as float32, row by row; also of a view of some columns.</summary>
    /// <exception cref="ArgumentException">The type is not Float32, Float64, BFloat16 or Float16.</exception>
    public static float[] ToSingles(this Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return tensor.DType switch
        {
            DType.Float32 => ToArray<float>(tensor),
            DType.Float64 => Array.ConvertAll(ToArray<double>(tensor), static x => (float)x),
            DType.Float16 => Array.ConvertAll(ToArray<Half>(tensor), static x => (float)x),
            DType.BFloat16 => Array.ConvertAll(
                ToArray<ushort>(tensor), static x => BitConverter.Int32BitsToSingle(x << 16)),
            _ => throw new ArgumentException($"ToSingles: {tensor.Describe()}, expected a floating-point type."),
        };
    }

    /// <summary>The elements as float64, row by row.</summary>
    /// <exception cref="ArgumentException">The type is not a floating-point type.</exception>
    public static double[] ToDoubles(this Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return tensor.DType == DType.Float64
            ? ToArray<double>(tensor)
            : Array.ConvertAll(tensor.ToSingles(), static x => (double)x);
    }

    /// <summary>The elements of an Int32 tensor.</summary>
    /// <exception cref="ArgumentException">The type is not Int32.</exception>
    public static int[] ToInt32(this Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.DType != DType.Int32) throw new ArgumentException($"ToInt32: {tensor.Describe()}, expected Int32.");
        return ToArray<int>(tensor);
    }

    /// <summary>The single element of a one-element floating-point tensor.</summary>
    /// <exception cref="ArgumentException">The tensor has more or fewer elements than one.</exception>
    public static double ToScalar(this Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.Length != 1) throw new ArgumentException($"ToScalar: {tensor.Describe()}, expected one element.");
        return tensor.ToDoubles()[0];
    }

    private static T[] ToArray<T>(Tensor tensor)
        where T : unmanaged
    {
        T[] values = new T[checked((int)tensor.Length)];
        if (tensor.IsContiguous)
        {
            tensor.Backend.CopyToHost(tensor, MemoryMarshal.AsBytes(values.AsSpan()));
            return values;
        }
        for (int row = 0; row < tensor.Rows; row++)
        {
            using Tensor view = tensor.Slice(row, 1);
            tensor.Backend.CopyToHost(view, MemoryMarshal.AsBytes(values.AsSpan(row * tensor.Columns, tensor.Columns)));
        }
        return values;
    }

    private static void Check(
        Tensor tensor, int count, string operation, [CallerArgumentExpression(nameof(count))] string? what = null)
    {
        if (tensor.Length != count || !tensor.IsContiguous)
            throw new ArgumentException(
                $"{operation}: {count} values for {tensor.Describe()}, expected {tensor.Length} ({what}).");
    }
}
