using System.Numerics;
using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>What a kernel group launches with: the accelerator, its stream, views of tensors, and grids.</summary>
/// <remarks>
/// Kernels are loaded when first launched and kept by their groups. All launches go to one stream, so that they run in order; the host waits only
/// where it reads. Groups have at most <see cref="GroupSize"/> threads, which ILGPU's CPU accelerator may set as low as 16.
/// </remarks>
internal sealed class Launcher(Accelerator accelerator, AcceleratorStream stream, AddressSpace space, DeviceMemory memory, IKernelLoader loader)
{
    /// <summary>Threads of a group, at most; kernels may size shared arrays by it.</summary>
    public const int MaxGroupSize = 256;

    public Accelerator Accelerator => accelerator;

    public AcceleratorStream Stream => stream;

    public DeviceMemory Memory => memory;

    /// <summary>Threads of a group: a power of two.</summary>
    public int GroupSize { get; } = Math.Min(MaxGroupSize, accelerator.MaxNumThreadsPerGroup);

    /// <summary>Groups that keep every multiprocessor busy with some to spare; more only cost a start each.</summary>
    private int EnoughGroups { get; } = Math.Max(1, accelerator.NumMultiprocessors * 16);

    /// <summary>The elements of a tensor and, of a view of some columns, what lies between its rows.</summary>
    public ArrayView<float> Floats(Tensor? tensor) => View<float>(tensor, 4);

    public ArrayView<Float4> Quads(Tensor? tensor) => View<Float4>(tensor, 16);

    public ArrayView<int> Ints(Tensor? tensor) => View<int>(tensor, 4);

    public ArrayView<byte> Bytes(Tensor? tensor) => View<byte>(tensor, 1);

    /// <summary>A view of a raw device address.</summary>
    public ArrayView<T> At<T>(nint address, long length)
        where T : unmanaged => space.View<T>(address, length);

    /// <summary>Whether rows can be read four columns at a time.</summary>
    public static bool IsQuads(Tensor tensor)
        => tensor.Address % 16 == 0 && (tensor.IsContiguous ? tensor.Length % 4 == 0 : tensor.Columns % 4 == 0 && tensor.RowStride % 4 == 0);

    /// <summary>Whether all of them can.</summary>
    public static bool AreQuads(params ReadOnlySpan<Tensor> tensors)
    {
        bool contiguous = true;
        foreach (Tensor tensor in tensors) contiguous &= tensor.IsContiguous;
        foreach (Tensor tensor in tensors)
        {
            if (!(contiguous ? IsQuads(tensor) : HasQuadRows(tensor))) return false;
        }
        return true;
    }

    /// <summary>Whether every row begins at 16 bytes and has whole groups of four.</summary>
    public static bool HasQuadRows(Tensor tensor) => tensor.Address % 16 == 0 && tensor.Columns % 4 == 0 && tensor.RowStride % 4 == 0;

    /// <summary>1 where every row of all of them begins on a 16-byte boundary, whatever its width: what a <see cref="Line"/> asks.</summary>
    public static int Vectors(params ReadOnlySpan<Tensor> tensors)
    {
        foreach (Tensor tensor in tensors)
        {
            if (tensor.Address % 16 != 0 || (tensor.Rows > 1 && tensor.RowStride % 4 != 0)) return 0;
        }
        return 1;
    }

    /// <summary>1 where all of them, taken as one row each, begin on a 16-byte boundary.</summary>
    public static int FlatVectors(params ReadOnlySpan<Tensor> tensors)
    {
        foreach (Tensor tensor in tensors)
        {
            if (tensor.Address % 16 != 0) return 0;
        }
        return 1;
    }

    /// <summary>
    /// A grid for [rows, columns] whose kernel strides by the whole grid in both directions: <c>Group.DimX</c> columns a group, as many rows as then fit.
    /// </summary>
    public KernelConfig Over(int rows, long columns)
    {
        int wide = (int)Math.Min((ulong)GroupSize, BitOperations.RoundUpToPowerOf2((ulong)Math.Max(1, columns)));
        int high = Math.Min(GroupSize / wide, (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, rows)));
        int across = (int)Math.Min(EnoughGroups, (columns + wide - 1) / wide);
        int down = Math.Max(1, Math.Min((rows + high - 1) / high, Math.Min(65535, Math.Max(1, EnoughGroups / Math.Max(1, across)))));
        return new KernelConfig(new Index2D(Math.Max(1, across), down), new Index2D(wide, high));
    }

    /// <summary>One group a row: a warp, or as many as have about four items a thread.</summary>
    public KernelConfig PerRow(int rows, int items)
    {
        int threads = Math.Clamp((int)BitOperations.RoundUpToPowerOf2((uint)((items + 3) / 4)), accelerator.WarpSize, GroupSize);
        return new KernelConfig(Math.Max(1, rows), threads);
    }

    public Action<AcceleratorStream, KernelConfig, T1> Load<T1>(Action<T1> kernel, KernelSpecialization specialization = default)
        where T1 : struct
        => loader.Load<Action<AcceleratorStream, KernelConfig, T1>>(kernel.Method, specialization);

    public Action<AcceleratorStream, KernelConfig, T1, T2> Load<T1, T2>(Action<T1, T2> kernel, KernelSpecialization specialization = default)
        where T1 : struct
        where T2 : struct
        => loader.Load<Action<AcceleratorStream, KernelConfig, T1, T2>>(kernel.Method, specialization);

    public Action<AcceleratorStream, KernelConfig, T1, T2, T3> Load<T1, T2, T3>(Action<T1, T2, T3> kernel)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        => loader.Load<Action<AcceleratorStream, KernelConfig, T1, T2, T3>>(kernel.Method, default);

    public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4> Load<T1, T2, T3, T4>(Action<T1, T2, T3, T4> kernel)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        => loader.Load<Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4>>(kernel.Method, default);

    public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5> Load<T1, T2, T3, T4, T5>(Action<T1, T2, T3, T4, T5> kernel)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        => loader.Load<Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5>>(kernel.Method, default);

    public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6> Load<T1, T2, T3, T4, T5, T6>(Action<T1, T2, T3, T4, T5, T6> kernel)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        => loader.Load<Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6>>(kernel.Method, default);

    public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7> Load<T1, T2, T3, T4, T5, T6, T7>(Action<T1, T2, T3, T4, T5, T6, T7> kernel)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        => loader.Load<Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7>>(kernel.Method, default);

    private ArrayView<T> View<T>(Tensor? tensor, int bytes)
        where T : unmanaged
    {
        if (tensor is null || tensor.Length == 0) return ArrayView<T>.Empty;
        long elements = tensor.IsContiguous ? tensor.Length : ((long)(tensor.Rows - 1) * tensor.RowStride) + tensor.Columns;
        return space.View<T>(tensor.Address, elements * tensor.DType.ByteSize() / bytes);
    }
}
