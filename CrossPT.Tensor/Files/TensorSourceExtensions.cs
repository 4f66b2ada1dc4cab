using System.Buffers;
using System.Runtime.InteropServices;

namespace CrossPT.Tensors.Files;

/// <summary>Whole tensors out of any <see cref="ITensorSource"/>.</summary>
public static class TensorSourceExtensions
{
    private const int ChunkBytes = 1 << 20;
    private const int DirectBytes = 1 << 30;

    /// <summary>The entry called <paramref name="name"/>.</summary>
    /// <exception cref="TensorFileException">There is none; the message names a few that are there.</exception>
    public static TensorEntry Get(this ITensorSource source, string name)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(name);
        if (source.TryGet(name, out TensorEntry? entry)) return entry;
        string there = string.Join(", ", source.Entries.Take(3).Select(static e => TensorFileException.Quote(e.Name)));
        throw new TensorFileException(
            source.Path,
            $"has no tensor {TensorFileException.Quote(name)}, it has "
                + $"{source.Entries.Count}{(there.Length == 0 ? "" : $" beginning with {there}")}");
    }

    /// <summary>
    /// Reads a tensor onto a back end: floating-point elements in its <see cref="IBackend.ComputeType"/>, integers and
    /// truth values as Int32.
    /// </summary>
    /// <exception cref="TensorFileException">No such tensor, a read failed, or an integer does not fit.</exception>
    public static Tensor ReadTensor(this ITensorSource source, string name, IBackend backend) =>
        source.ReadTensor(source.Get(name), backend);

    /// <inheritdoc cref="ReadTensor(ITensorSource, string, IBackend)"/>
    public static Tensor ReadTensor(this ITensorSource source, TensorEntry entry, IBackend backend)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(backend);
        if (entry.Shape.Length > int.MaxValue)
            throw new TensorFileException(
                source.Path,
                $"tensor {TensorFileException.Quote(entry.Name)} has {entry.Shape.Length} elements, expected at most "
                    + $"{int.MaxValue}");
        DType type = entry.DType.IsFloatingPoint() ? backend.ComputeType : DType.Int32;
        Tensor tensor = Tensor.Allocate(backend, entry.Shape, type);
        try
        {
            Fill(source, entry, tensor);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>The elements of a floating-point tensor as float32.</summary>
    /// <exception cref="TensorFileException">No such tensor, its elements are integers, or a read failed.</exception>
    public static float[] ReadSingles(this ITensorSource source, string name) =>
        ReadArray<float>(source, name, DType.Float32);

    /// <summary>The elements of a floating-point tensor as float64.</summary>
    /// <exception cref="TensorFileException">No such tensor, its elements are integers, or a read failed.</exception>
    public static double[] ReadDoubles(this ITensorSource source, string name) =>
        ReadArray<double>(source, name, DType.Float64);

    /// <summary>The elements of a tensor of integers or truth values.</summary>
    /// <exception cref="TensorFileException">No such tensor, its elements are floating-point, one does not fit, or a
    /// read failed.</exception>
    public static int[] ReadInt32(this ITensorSource source, string name) => ReadArray<int>(source, name, DType.Int32);

    private static T[] ReadArray<T>(ITensorSource source, string name, DType type)
        where T : unmanaged
    {
        TensorEntry entry = source.Get(name);
        if (entry.DType.IsFloatingPoint() != type.IsFloatingPoint())
            throw new TensorFileException(
                source.Path,
                $"tensor {TensorFileException.Quote(name)} has elements of {entry.DType}, expected some that convert "
                    + $"to {type}");
        if (entry.Shape.Length > Array.MaxLength)
            throw new TensorFileException(
                source.Path,
                $"tensor {TensorFileException.Quote(name)} has {entry.Shape.Length} elements, expected at most "
                    + $"{Array.MaxLength}");
        T[] values = GC.AllocateUninitializedArray<T>((int)entry.Shape.Length);
        ReadAs(source, entry, 0, type, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    private static unsafe void Fill(ITensorSource source, TensorEntry entry, Tensor tensor)
    {
        IBackend backend = tensor.Backend;
        int size = tensor.DType.ByteSize();
        int step = (backend.IsHostMemory ? DirectBytes : ChunkBytes) / size;
        byte[] staging = backend.IsHostMemory ? [] : ArrayPool<byte>.Shared.Rent(ChunkBytes);
        int length = (int)tensor.Length;
        using Tensor flat = tensor.Reshape(length);
        for (int start = 0; start < length; start += step)
        {
            int count = Math.Min(step, length - start);
            if (backend.IsHostMemory)
            {
                ReadAs(
                    source, entry, start, tensor.DType,
                    new Span<byte>((byte*)tensor.Address + ((long)start * size), count * size));
                continue;
            }
            Span<byte> bytes = staging.AsSpan(0, count * size);
            ReadAs(source, entry, start, tensor.DType, bytes);
            using Tensor part = flat.Slice(start, count);
            backend.CopyFromHost(bytes, part);
        }
        if (staging.Length > 0) ArrayPool<byte>.Shared.Return(staging);
    }

    /// <summary>
    /// Reads elements from <paramref name="first"/> on into memory of another type; without a copy when the types
    /// agree.
    /// </summary>
    private static void ReadAs(ITensorSource source, TensorEntry entry, long first, DType type, Span<byte> destination)
    {
        int storedSize = entry.DType.ByteSize();
        if (entry.DType == type)
        {
            source.Read(entry, first * storedSize, destination);
            return;
        }
        byte[] rented = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        int size = type.ByteSize();
        int step = ChunkBytes / storedSize;
        int length = destination.Length / size;
        for (int start = 0; start < length; start += step)
        {
            int count = Math.Min(step, length - start);
            Span<byte> stored = rented.AsSpan(0, count * storedSize);
            source.Read(entry, (first + start) * storedSize, stored);
            Span<byte> target = destination.Slice(start * size, count * size);
            if (type == DType.Float32) Elements.ToSingles(entry.DType, stored, MemoryMarshal.Cast<byte, float>(target));
            else if (type == DType.Float64)
                Elements.ToDoubles(entry.DType, stored, MemoryMarshal.Cast<byte, double>(target));
            else if (Elements.ToInt32(entry.DType, stored, MemoryMarshal.Cast<byte, int>(target)) is >= 0 and int bad)
            {
                throw new TensorFileException(
                    source.Path,
                    $"tensor {TensorFileException.Quote(entry.Name)}, element {first + start + bad}: "
                        + $"{BitConverter.ToInt64(stored[(bad * 8)..])}, expected a value that fits 32 bits");
            }
        }
        ArrayPool<byte>.Shared.Return(rented);
    }
}
