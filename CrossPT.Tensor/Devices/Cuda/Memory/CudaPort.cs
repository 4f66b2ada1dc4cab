using ILGPU.Runtime.Cuda;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// A CUDA device's memory, through the driver: kernels on the stream it is given, copies from the host on one of its
/// own.
/// </summary>
internal sealed unsafe class CudaPort(
    CudaAccelerator accelerator, CudaStream kernels, string name, LaunchLog launches) : IDevicePort
{
    private readonly nint[] _events = new nint[Staging.Markers];
    private readonly CudaStream _copies = (CudaStream)accelerator.CreateStream();

    public long FreeBytes
    {
        get
        {
            using var bound = accelerator.BindScoped();
            Check(CudaAPI.CurrentAPI.GetMemoryInfo(out long free, out long _), "reading the free memory");
            return free;
        }
    }

    public nint Allocate(long bytes)
    {
        using var bound = accelerator.BindScoped();
        CudaError error = CudaAPI.CurrentAPI.AllocateMemory(out nint address, (nint)bytes);
        if (error == CudaError.CUDA_ERROR_OUT_OF_MEMORY) return 0;
        Check(error, "allocating memory");
        return address;
    }

    public void Free(nint address)
    {
        using var bound = accelerator.BindScoped();
        _ = CudaAPI.CurrentAPI.FreeMemory(address);
    }

    public byte* AllocatePinned(int bytes)
    {
        using var bound = accelerator.BindScoped();
        Check(CudaAPI.CurrentAPI.AllocateHostMemory(out nint address, bytes), "allocating pinned memory");
        return (byte*)address;
    }

    public void FreePinned(byte* address)
    {
        using var bound = accelerator.BindScoped();
        _ = CudaAPI.CurrentAPI.FreeHostMemory((nint)address);
    }

    public void Copy(nint source, nint destination, long bytes, PortQueue queue)
    {
        using var bound = accelerator.BindScoped();
        Check(CudaAPI.CurrentAPI.MemcpyAsync(destination, source, (nint)bytes, Stream(queue)), "copying");
    }

    public void Record(int marker, PortQueue queue)
    {
        using var bound = accelerator.BindScoped();
        if (_events[marker] == 0)
        {
            const CudaEventFlags flags = CudaEventFlags.CU_EVENT_DISABLE_TIMING;
            Check(CudaAPI.CurrentAPI.CreateEvent(out _events[marker], flags), "making an event");
        }
        Check(CudaAPI.CurrentAPI.RecordEvent(_events[marker], Stream(queue).StreamPtr), "recording an event");
    }

    public void Follow(int marker, PortQueue queue)
    {
        if (_events[marker] == 0) return;
        using var bound = accelerator.BindScoped();
        Check(
            (CudaError)CudaDriver.StreamWaitEvent(Stream(queue).StreamPtr, _events[marker]),
            "ordering copies and kernels");
    }

    public void Await(int marker)
    {
        if (_events[marker] == 0) return;
        using var bound = accelerator.BindScoped();
        Check(CudaAPI.CurrentAPI.SynchronizeEvent(_events[marker]), "a kernel or a copy");
    }

    public void Synchronize()
    {
        using var bound = accelerator.BindScoped();
        Check(CudaAPI.CurrentAPI.SynchronizeStream(_copies.StreamPtr), "a copy");
        Check(CudaAPI.CurrentAPI.SynchronizeStream(kernels.StreamPtr), "a kernel or a copy");
        launches.Clear();
    }

    public void Dispose()
    {
        using var bound = accelerator.BindScoped();
        for (int i = 0; i < _events.Length; i++)
        {
            if (_events[i] != 0) _ = CudaAPI.CurrentAPI.DestroyEvent(_events[i]);
            _events[i] = 0;
        }
        _copies.Dispose();
    }

    private CudaStream Stream(PortQueue queue) => queue == PortQueue.Copies ? _copies : kernels;

    private void Check(CudaError error, string what)
    {
        if (error == CudaError.CUDA_SUCCESS) return;
        string text = CudaAPI.CurrentAPI.GetErrorString(error);
        throw new DeviceException($"{name}: {what} failed{launches.Suspects}: {text} ({error})", isFault: true);
    }
}
