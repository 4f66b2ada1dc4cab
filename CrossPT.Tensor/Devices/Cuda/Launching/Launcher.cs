using System.Numerics;
using ILGPU;
using ILGPU.Runtime;

namespace CrossPT.Tensors.Cuda;

/// <summary>Launches the kernels of a group: accelerator, stream, views of tensors, and grids.</summary>
/// <remarks>
/// All launches go to one stream, so that they run in order; the host waits only where it reads. Groups have at most
/// <see cref="GroupSize"/> threads, which ILGPU's CPU accelerator may set as low as 16.
/// </remarks>
internal sealed class Launcher(
    string device, Accelerator accelerator, AcceleratorStream stream, DeviceMemory memory, LaunchLog launches,
    IKernelLoader loader)
{
    /// <summary>Threads of a group, at most; kernels may size shared arrays by it.</summary>
    public const int MaxGroupSize = 256;

    private readonly AddressSpace _space = new(accelerator);

    /// <summary>Its name, for messages.</summary>
    public string Device => device;

    public LaunchLog Launches => launches;

    public AcceleratorStream Stream => stream;

    public DeviceMemory Memory => memory;

    /// <summary>Threads of a group: a power of two.</summary>
    public int GroupSize { get; } = Math.Min(MaxGroupSize, accelerator.MaxNumThreadsPerGroup);

    /// <summary>Groups that keep every multiprocessor busy with some to spare; more only cost a start each.</summary>
    private int EnoughGroups { get; } = Math.Max(1, accelerator.NumMultiprocessors * 16);

    /// <summary>Whether products with frozen weights multiply in bf16.</summary>
    public bool MultipliesInBFloat16 { get; init; }

    /// <summary>
    /// The elements of a tensor and, of a view of some columns, what lies between its rows. A copy in bf16 is given up:
    /// who sees the elements may change them.
    /// </summary>
    public ArrayView<float> Floats(Tensor? tensor)
    {
        if (tensor is not null) tensor.Storage.Attachment = null;
        return View<float>(tensor, 4);
    }

    /// <summary>
    /// Where a kernel writes a result in bf16 as well, four elements a word, for the product it goes into. Asked for
    /// after the views of all operands; empty where no product will read it.
    /// </summary>
    /// <param name="result">All of it is written.</param>
    /// <param name="mask">Address of the bits of the elements that are kept; 0 where all are.</param>
    public ArrayView<long> Rounded(Tensor result, nint mask = 0)
        => result.IsContiguous && result.Columns % 8 == 0 ? Rounded(result, result.Length, mask)
            : ArrayView<long>.Empty;

    /// <summary>The same for several results, columns of one matrix side by side that make all of it.</summary>
    public ArrayView<long> RoundedTogether(params ReadOnlySpan<Tensor?> results)
    {
        Tensor? first = results[0];
        if (first is null) return ArrayView<long>.Empty;
        int columns = 0;
        foreach (Tensor? result in results)
        {
            bool isNext = result is not null && ReferenceEquals(result.Storage, first.Storage)
                && result.Address == first.Address + ((nint)columns * sizeof(float)) && result.Columns % 8 == 0;
            if (!isNext) return ArrayView<long>.Empty;
            columns += result!.Columns;
        }
        return columns == first.RowStride ? Rounded(first, (long)first.Rows * columns, mask: 0) : ArrayView<long>.Empty;
    }

    private ArrayView<long> Rounded(Tensor first, long length, nint mask)
    {
        if (!MultipliesInBFloat16 || length == 0 || first.Address % 32 != 0) return ArrayView<long>.Empty;
        Storage storage = memory.Allocate(length * sizeof(ushort));
        first.Storage.Attachment = new RoundedCopy(storage, first.Address, length, mask);
        return At<long>(storage.Address, length / 4);
    }

    /// <inheritdoc cref="Floats"/>
    public MatrixView Matrix(Tensor tensor) => new(Floats(tensor), tensor.RowStride);

    public ArrayView<int> Ints(Tensor? tensor) => View<int>(tensor, 4);

    public ArrayView<byte> Bytes(Tensor? tensor) => View<byte>(tensor, 1);

    /// <summary>A view of a raw device address.</summary>
    public ArrayView<T> At<T>(nint address, long length)
        where T : unmanaged => _space.View<T>(address, length);

    /// <summary>
    /// 1 where every row of all of them begins on a 16-byte boundary, whatever its width: what a <see cref="Line"/>
    /// asks.
    /// </summary>
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

    /// <summary>A grid for a kernel whose threads take four columns at a time.</summary>
    public KernelConfig Over(Extent extent) => Over(extent.Rows, (extent.Columns + 3) / 4);

    /// <summary>
    /// A grid for [rows, columns] whose kernel strides by the whole grid in both directions: <c>Group.DimX</c> columns
    /// a group, as many rows as then fit.
    /// </summary>
    public KernelConfig Over(int rows, long columns)
    {
        int wide = (int)Math.Min((ulong)GroupSize, BitOperations.RoundUpToPowerOf2((ulong)Math.Max(1, columns)));
        int high = Math.Min(GroupSize / wide, (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, rows)));
        int across = (int)Math.Min(EnoughGroups, (columns + wide - 1) / wide);
        int enough = Math.Min(65535, Math.Max(1, EnoughGroups / Math.Max(1, across)));
        int down = Math.Max(1, Math.Min((rows + high - 1) / high, enough));
        return new KernelConfig(new Index2D(Math.Max(1, across), down), new Index2D(wide, high));
    }

    /// <summary>
    /// One group a row for a kernel whose threads take four columns at a time: about four times each.
    /// </summary>
    public KernelConfig PerRow(Extent extent) => PerRow(extent.Rows, (int)((extent.Columns + 3) / 4));

    /// <summary>One group a row: a warp, or as many as have about four items a thread.</summary>
    public KernelConfig PerRow(int rows, int items)
    {
        uint threadsWanted = BitOperations.RoundUpToPowerOf2((uint)((items + 3) / 4));
        int threads = Math.Clamp((int)threadsWanted, accelerator.WarpSize, GroupSize);
        return new KernelConfig(Math.Max(1, rows), threads);
    }

    public Action<AcceleratorStream, KernelConfig, TArgs> Load<TArgs>(KernelMethod kernel)
        where TArgs : struct
        => loader.Load<TArgs>(kernel);

    private ArrayView<T> View<T>(Tensor? tensor, int bytes)
        where T : unmanaged
    {
        if (tensor is null || tensor.Length == 0) return ArrayView<T>.Empty;
        long elements = tensor.IsContiguous
            ? tensor.Length
            : ((long)(tensor.Rows - 1) * tensor.RowStride) + tensor.Columns;
        return _space.View<T>(tensor.Address, elements * tensor.DType.ByteSize() / bytes);
    }
}
