using ILGPU.Runtime.Cuda;

namespace CrossPT.Tensors.Ilgpu;

/// <summary>A CUDA device's memory, through the driver.</summary>
internal sealed unsafe class CudaPort(CudaAccelerator accelerator, CudaStream stream, string name) : IDevicePort
{
    private readonly nint[] _events = new nint[Staging.Slots];

    public long FreeBytes
    {
        get
        {
            using var bound = accelerator.BindScoped();
            return CudaAPI.CurrentAPI.GetMemoryInfo(out long free, out long _) == CudaError.CUDA_SUCCESS ? free : 0;
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

    public void Copy(nint source, nint destination, long bytes)
    {
        using var bound = accelerator.BindScoped();
        Check(CudaAPI.CurrentAPI.MemcpyAsync(destination, source, (nint)bytes, stream), "copying");
    }

    public void Record(int marker)
    {
        using var bound = accelerator.BindScoped();
        if (_events[marker] == 0) Check(CudaAPI.CurrentAPI.CreateEvent(out _events[marker], CudaEventFlags.CU_EVENT_DISABLE_TIMING), "making an event");
        Check(CudaAPI.CurrentAPI.RecordEvent(_events[marker], stream.StreamPtr), "recording an event");
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
        Check(CudaAPI.CurrentAPI.SynchronizeStream(stream.StreamPtr), "a kernel or a copy");
    }

    public void Dispose()
    {
        using var bound = accelerator.BindScoped();
        for (int i = 0; i < _events.Length; i++)
        {
            if (_events[i] != 0) _ = CudaAPI.CurrentAPI.DestroyEvent(_events[i]);
            _events[i] = 0;
        }
    }

    private void Check(CudaError error, string what)
    {
        if (error != CudaError.CUDA_SUCCESS) throw new DeviceException($"{name}: {what} failed: {CudaAPI.CurrentAPI.GetErrorString(error)} ({error})", isFault: true);
    }
}
