using ILGPU.Runtime.Cuda;

namespace CrossPT.TestKit.Cuda.Driver;

/// <summary>
/// The emulated card: what a driver knows between its calls. Kernels are run by <see cref="Ptx.PtxMachine"/>, on the
/// thread that comes to wait for them.
/// </summary>
internal sealed class Card(CardSettings settings)
{
    [ThreadStatic]
    private static CardContext? s_current;

    private readonly Dictionary<nint, object> _handles = [];
    private nint _lastHandle = 0x1000;

    public CardSettings Settings => settings;

    public CardLog Log { get; } = new(settings.Log);

    public Lock Gate { get; } = new();

    public bool IsAwake { get; private set; }

    /// <summary>Launches so far.</summary>
    public int Launches { get; set; }

    /// <summary>Loads of modules so far, refused ones among them.</summary>
    public int Loads { get; set; }

    public void Wake()
    {
        if (settings.Init != 0) throw new CardException((CudaError)settings.Init, "asked for");
        IsAwake = true;
    }

    /// <summary>A handle for an object.</summary>
    public nint Keep(object what)
    {
        _handles.Add(_lastHandle += 16, what);
        return _lastHandle;
    }

    public T Find<T>(nint handle)
        where T : class
        => _handles.GetValueOrDefault(handle) as T
            ?? throw new CardException(CudaError.CUDA_ERROR_INVALID_HANDLE, $"{handle:X} is no {typeof(T).Name}");

    /// <summary>Takes a handle back.</summary>
    public T Forget<T>(nint handle)
        where T : class
    {
        T what = Find<T>(handle);
        _handles.Remove(handle);
        return what;
    }

    /// <summary>The context of this thread, for whatever needs one.</summary>
    public CardContext Current
    {
        get
        {
            if (s_current is not { } context)
                throw new CardException(CudaError.CUDA_ERROR_INVALID_CONTEXT, "no context on this thread");
            if (context.IsDestroyed)
                throw new CardException(CudaError.CUDA_ERROR_CONTEXT_IS_DESTROYED, "the context is gone");
            return context.Fault == CudaError.CUDA_SUCCESS
                ? context
                : throw new CardException(context.Fault, "after a fault");
        }
    }

    /// <summary>Sets it; null for none.</summary>
    public static void SetCurrent(CardContext? context) => s_current = context;

    public void CheckDevice(int device)
    {
        if (!IsAwake) throw new CardException(CudaError.CUDA_ERROR_NOT_INITIALIZED, "before cuInit");
        if (device < 0 || device >= settings.Devices)
            throw new CardException(CudaError.CUDA_ERROR_INVALID_DEVICE, $"device {device}");
    }

    /// <summary>An attribute, of an H100 where it makes no difference here.</summary>
    public int Attribute(DeviceAttributeKind attribute) => attribute switch
    {
        DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR => settings.Capability / 10,
        DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR => settings.Capability % 10,
        DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK => CardLaunch.MostThreads,
        DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X
            or DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y => CardLaunch.MostThreads,
        DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z => 64,
        DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X => int.MaxValue,
        DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y
            or DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z => CardLaunch.MostGroups,
        DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK => CardLaunch.MostShared,
        DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR => 233472,
        DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_TOTAL_CONSTANT_MEMORY => 65536,
        DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_WARP_SIZE => 32,
        DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK
            or DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR => 65536,
        DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT => 132,
        DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR => 2048,
        DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_CLOCK_RATE => 1980000,
        DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE => 2619000,
        DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH => 5120,
        DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE => 50 << 20,
        DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_MAX_PITCH => int.MaxValue,
        DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_ASYNC_ENGINE_COUNT => 3,
        >= DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_CAN_MAP_HOST_MEMORY
            and < DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_MAX => 1,
        _ => throw new CardException(CudaError.CUDA_ERROR_INVALID_VALUE, $"attribute {attribute}"),
    };
}
