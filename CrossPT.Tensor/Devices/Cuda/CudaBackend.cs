using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Kernels written in C# and compiled by ILGPU, float32: on a CUDA device, or on ILGPU's CPU accelerator, which runs a
/// kernel's threads one by one and serves to test their logic.
/// </summary>
/// <remarks>
/// Calls return when their kernels are launched; <see cref="CopyToHost"/> and <see cref="Synchronize"/> wait. A
/// kernel's fault shows there, as a <see cref="DeviceException"/>, and ends the back end's use.
/// </remarks>
public sealed class CudaBackend : IBackend, IMemoryReport
{
    private const long LargestReserve = 256L << 20;

    private static readonly Lazy<bool> s_hasResolver = new(static () =>
    {
        NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, Resolve);
        return true;
    });

    private readonly Context _context;
    private readonly Accelerator _accelerator;
    private readonly AcceleratorStream _stream;
    private readonly IDevicePort _port;
    private readonly DeviceMemory _memory;
    private readonly Staging _staging;
    private readonly CudaLoader? _compiling;

    private CudaBackend(
        string name, Context context, Accelerator accelerator, MatrixPrecision precision = MatrixPrecision.Float32,
        IKernelLoader? loader = null)
    {
        Name = name;
        Precision = precision;
        _context = context;
        _accelerator = accelerator;
        _stream = accelerator.CreateStream();
        LaunchLog launches = new();
        _port = accelerator is CudaAccelerator cuda
            ? new CudaPort(cuda, (CudaStream)_stream, name, launches)
            : new HostPort(_stream);
        _memory = new DeviceMemory(this, _port, Math.Min(LargestReserve, _port.FreeBytes / 32));
        _staging = new Staging(_port, _memory);
        if (loader is null && accelerator is CudaAccelerator compiler)
            loader = _compiling = new CudaLoader(compiler, name, _memory);
        loader ??= new AcceleratorLoader(accelerator);
        Launcher launcher = Launcher = new Launcher(name, accelerator, _stream, _memory, launches, loader)
        {
            MultipliesInBFloat16 = precision == MatrixPrecision.BFloat16,
        };
        Elementwise = new CudaElementwise(launcher);
        Matrix = new CudaMatrix(this, launcher);
        Reduction = new CudaReduction(launcher);
        Norm = new CudaNorm(launcher);
        Attention = new CudaAttention(this, launcher);
        Index = new CudaIndex(launcher);
        Loss = new CudaLoss(launcher);
        Optimizer = new CudaOptimizer(this, launcher);
    }

    /// <summary>
    /// Opens CUDA device <paramref name="index"/>; products with frozen weights are of that precision.
    /// </summary>
    /// <exception cref="DeviceException">
    /// There is no driver or no such device, ILGPU cannot use it, or it lacks the tensor cores. The message says which
    /// and why.
    /// </exception>
    public static CudaBackend OpenCuda(int index = 0, MatrixPrecision precision = MatrixPrecision.Float32)
    {
        string name = $"cuda:{index}";
        CudaDevices.Require(index);
        CudaDeviceInfo card = CudaDevices.All()[index];
        Context? context = null;
        try
        {
            _ = s_hasResolver.Value;
            CudaDevice device = FindDevice(index) ?? throw new DeviceException(
                $"{name}: the driver, CUDA {CudaDevices.DriverVersion}, or the device, {card.Name}, is too old or "
                + "unknown to ILGPU 1.5.3");
            if (precision != MatrixPrecision.Float32 && card.Major < 8)
            {
                throw new DeviceException($"{name}: --precision {precision.Name()} on {card.Name} of compute "
                    + $"capability {card.ComputeCapability}, expected 8.0 or higher");
            }
            context = Create(static _ => { });
            CudaBackend backend = new(name, context, device.CreateCudaAccelerator(context), precision)
            {
                ComputeCapability = (card.Major, card.Minor),
            };
            backend._compiling!.Expect(
                [.. CudaMatrix.LargeKernels(precision), .. CudaAttention.LargeKernels(precision)]);
            return backend;
        }
        catch (Exception error)
            when (error is AcceleratorException or NotSupportedException or EntryPointNotFoundException)
        {
            context?.Dispose();
            throw new DeviceException($"{name}: {card.Name} cannot be opened: {error.Message}", inner: error);
        }
        catch
        {
            context?.Dispose();
            throw;
        }
    }

    /// <summary>ILGPU's description of a device; null if it knows no PTX for this device or this driver.</summary>
    private static CudaDevice? FindDevice(int index)
    {
        // ILGPU stops at the first device that it cannot describe.
        ImmutableArray<Device> devices = CudaDevice.GetDevices(static _ => true);
        return index < devices.Length
            && devices[index] is CudaDevice { Architecture: not null, InstructionSet: not null } device
            ? device
            : null;
    }

    /// <summary>
    /// ILGPU asks the loader for libcuda.so, which comes with the toolkit and which WSL2 keeps in a folder of its own.
    /// It gets the library that <see cref="CudaDriver"/> found; an assembly takes one resolver in its lifetime, so it
    /// is set once.
    /// </summary>
    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? path)
        => library is CudaAPI.LibNameLinux or CudaAPI.LibNameWindows ? CudaDriver.Library : 0;

    /// <summary>
    /// Opens ILGPU's CPU accelerator with groups of <paramref name="warps"/> · <paramref name="warpSize"/> threads. It
    /// is slow; its use is to run kernels without a device, under any warp size.
    /// </summary>
    public static CudaBackend OpenSimulator(int warpSize = 4, int warps = 4)
    {
        CPUDevice device = new(warpSize, warps, 1);
        Context context = Create(builder => builder.CPU(device));
        return new CudaBackend("simulator", context, context.CreateCPUAccelerator(0));
    }

    /// <summary>
    /// Groups of 256 threads whose kernels <paramref name="loader"/> makes: to look at their PTX, or to run it some
    /// other way.
    /// </summary>
    internal static CudaBackend OpenWith(
        IKernelLoader loader, MatrixPrecision precision = MatrixPrecision.Float32)
    {
        CPUDevice device = new(32, Launcher.MaxGroupSize / 32, 1);
        Context context = Create(builder => builder.CPU(device));
        Accelerator accelerator = context.CreateCPUAccelerator(0);
        return new CudaBackend("ptx", context, accelerator, precision, loader);
    }

    /// <summary>
    /// The device exception for a driver call that failed inside ILGPU; null for any other exception.
    /// </summary>
    public static DeviceException? Explain(Exception error) => error is AcceleratorException fault
        ? new DeviceException($"cuda: a call of the driver failed: {fault.Message}", isFault: true, fault)
        : null;

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Compute capability of a CUDA device; (0, 0) of the simulator.</summary>
    public (int Major, int Minor) ComputeCapability { get; private init; }

    /// <summary>Precision of products with frozen weights.</summary>
    internal MatrixPrecision Precision { get; }

    /// <summary>Launches kernels that belong to no back end.</summary>
    internal Launcher Launcher { get; }

    /// <summary>The card; null of the simulator.</summary>
    internal CudaAccelerator? Cuda => _accelerator as CudaAccelerator;

    /// <summary>Bytes of device memory held; constant from step to step after warm-up.</summary>
    public long ReservedBytes => _memory.ReservedBytes;

    /// <summary>Bytes of tensors and weights.</summary>
    public long UsedBytes => _memory.UsedBytes;

    /// <summary>The most bytes tensors and weights had at one time.</summary>
    public long HighestUsedBytes => _memory.HighestUsedBytes;

    /// <inheritdoc/>
    public DType ComputeType => DType.Float32;

    /// <inheritdoc/>
    public bool IsHostMemory => false;

    /// <inheritdoc/>
    public IElementwiseKernels Elementwise { get; }

    /// <inheritdoc/>
    public IMatrixKernels Matrix { get; }

    /// <inheritdoc/>
    public IReductionKernels Reduction { get; }

    /// <inheritdoc/>
    public INormKernels Norm { get; }

    /// <inheritdoc/>
    public IAttentionKernels Attention { get; }

    /// <inheritdoc/>
    public IIndexKernels Index { get; }

    /// <inheritdoc/>
    public ILossKernels Loss { get; }

    /// <inheritdoc/>
    public IOptimizerKernels Optimizer { get; }

    /// <inheritdoc/>
    public Storage AllocateStorage(long byteLength) => _memory.Allocate(byteLength);

    /// <inheritdoc/>
    /// <remarks>
    /// Returns when the bytes are in pinned memory; the device fetches them beside earlier kernels, and kernels
    /// launched later see them.
    /// </remarks>
    public void CopyFromHost(ReadOnlySpan<byte> source, Tensor destination)
    {
        KernelChecks.CopyFromHost(source.Length, destination);
        destination.Storage.Attachment = null;
        Upload(source, destination.Address);
    }

    /// <inheritdoc/>
    public void CopyToHost(Tensor source, Span<byte> destination)
    {
        KernelChecks.CopyToHost(source, destination.Length);
        if (destination.Length > 0) _staging.Download(source.Address, destination);
    }

    /// <inheritdoc/>
    public void Synchronize() => _port.Synchronize();

    /// <summary>Gives the device back; tensors of this back end must not be used any more.</summary>
    public void Dispose()
    {
        try
        {
            _compiling?.Dispose();
            _staging.Dispose();
            _memory.Dispose();
            _port.Dispose();
            _stream.Dispose();
            _accelerator.Dispose();
            _context.Dispose();
        }
        catch (AcceleratorException)
        {
            // The device was lost; that was told where it happened.
        }
    }

    /// <summary>Copies bytes to a raw device address, for weights.</summary>
    internal void Upload(ReadOnlySpan<byte> source, nint address)
    {
        if (source.Length > 0) _staging.Upload(source, address);
    }

    /// <summary>Has a CUDA device's driver compile PTX, and tells what it logged.</summary>
    internal JitLog CompileOnDevice(string ptx)
    {
        using var bound = _accelerator.BindScoped();
        return JitLog.Of(ptx, $"{Name}: a kernel");
    }

    // O2: below it kernels read and write generic addresses, and never 16 bytes at once. It unrolls no loops in 1.5.3.
    internal static Context Create(Action<Context.Builder> devices) => Context.Create(builder =>
    {
        devices(builder);
        Intrinsics.Register(builder);
        // Kernels are kept by their groups; ILGPU's own cache would let only one thread compile at a time.
        builder.Math(MathMode.Default).Optimize(OptimizationLevel.O2).Caching(CachingMode.NoKernelCaching);
    });
}
