using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using ILGPU.Runtime.Cuda;

namespace CrossPT.TestKit.Cuda.Driver;

/// <summary>The driver, its devices and contexts.</summary>
internal static unsafe partial class CudaCalls
{
    private static readonly ConcurrentDictionary<int, nint> s_errorTexts = [];

    [UnmanagedCallersOnly(EntryPoint = "cuInit")]
    private static CudaError Init(uint flags) => Answer("cuInit", static card => card.Wake());

    [UnmanagedCallersOnly(EntryPoint = "cuDriverGetVersion")]
    private static CudaError DriverGetVersion(int* version) =>
        Answer("cuDriverGetVersion", card => *version = card.Settings.DriverVersion);

    [UnmanagedCallersOnly(EntryPoint = "cuGetErrorString")]
    private static CudaError GetErrorString(int error, nint* text)
    {
        *text = s_errorTexts.GetOrAdd(error, static error => Marshal.StringToHGlobalAnsi(error switch
        {
            1 => "invalid argument",
            2 => "out of memory",
            100 => "no CUDA-capable device is detected",
            700 => "an illegal memory access was encountered",
            701 => "too many resources requested for launch",
            803 => "system has unsupported display driver / cuda driver combination",
            _ => $"error {error}",
        }));
        return CudaError.CUDA_SUCCESS;
    }

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceGetCount")]
    private static CudaError DeviceGetCount(int* count) => Answer("cuDeviceGetCount", card =>
    {
        if (!card.IsAwake) throw new CardException(CudaError.CUDA_ERROR_NOT_INITIALIZED, "before cuInit");
        *count = card.Settings.Devices;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceGet")]
    private static CudaError DeviceGet(int* device, int number) => Answer("cuDeviceGet", card =>
    {
        card.CheckDevice(number);
        *device = number;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceGetName")]
    private static CudaError DeviceGetName(byte* name, int room, int device) => Answer("cuDeviceGetName", card =>
    {
        card.CheckDevice(device);
        Write("Emulated card", name, room);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceTotalMem_v2")]
    private static CudaError DeviceTotalMem(nint* bytes, int device) => Answer("cuDeviceTotalMem", card =>
    {
        card.CheckDevice(device);
        *bytes = (nint)card.Settings.Memory << 20;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceGetAttribute")]
    private static CudaError DeviceGetAttribute(int* value, DeviceAttributeKind attribute, int device) =>
        Answer("cuDeviceGetAttribute", card =>
    {
        card.CheckDevice(device);
        *value = card.Attribute(attribute);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxCreate_v2")]
    private static CudaError CtxCreate(nint* context, uint flags, int device) => Answer("cuCtxCreate", card =>
    {
        card.CheckDevice(device);
        CardContext made = new(card);
        Card.SetCurrent(made);
        *context = card.Keep(made);
    });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxSetCurrent")]
    private static CudaError CtxSetCurrent(nint context) =>
        Answer("cuCtxSetCurrent", card => Card.SetCurrent(context == 0 ? null : card.Find<CardContext>(context)));

    [UnmanagedCallersOnly(EntryPoint = "cuCtxDestroy_v2")]
    private static CudaError CtxDestroy(nint context) =>
        Answer("cuCtxDestroy", card => card.Forget<CardContext>(context).Destroy());

    [UnmanagedCallersOnly(EntryPoint = "cuCtxSynchronize")]
    private static CudaError CtxSynchronize() => InContext("cuCtxSynchronize", static (card, context) =>
    {
        context.Synchronize();
        _ = card.Current;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxGetCacheConfig")]
    private static CudaError CtxGetCacheConfig(int* preference) =>
        InContext("cuCtxGetCacheConfig", (_, _) => *preference = 0);

    [UnmanagedCallersOnly(EntryPoint = "cuCtxGetSharedMemConfig")]
    private static CudaError CtxGetSharedMemConfig(int* bankSize) =>
        InContext("cuCtxGetSharedMemConfig", (_, _) => *bankSize = 1);
}
