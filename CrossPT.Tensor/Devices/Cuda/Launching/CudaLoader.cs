using System.Collections.Concurrent;
using System.Reflection;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Loads kernels onto a CUDA device: from the cache on disk, else compiled, the large ones ahead of their use. ILGPU
/// takes up to a second for one of them and a context compiles one at a time, so threads with a context each begin when
/// the back end is opened, while the host still reads weights.
/// </summary>
internal sealed class CudaLoader(CudaAccelerator accelerator, string device, DeviceMemory memory)
    : IKernelLoader, IDisposable
{
    // Enough for the kernels of a step; each has a compiler's memory.
    private const int MostThreads = 6;

    private static int s_compilations;

    private readonly ConcurrentDictionary<MethodInfo, Expected> _expected = [];
    private readonly ConcurrentQueue<Expected> _queue = [];
    private readonly List<Thread> _threads = [];
    private readonly PtxCache? _cache = PtxCache.Of(
        Environment.GetEnvironmentVariable,
        $"{accelerator.Backend.Architecture} {accelerator.InstructionSet} "
        + $"{accelerator.Context.Properties.DebugSymbolsMode}");
    private volatile bool _isOver;

    /// <summary>Kernels this process has compiled for a device, for want of an entry in the cache.</summary>
    public static int Compilations => s_compilations;

    /// <summary>
    /// Begins to compile kernels that will be wanted soon, the first first; not where there are no processors to spare.
    /// Called once.
    /// </summary>
    public void Expect(IEnumerable<KernelMethod> kernels)
    {
        // One for the host; and what ILGPU runs beside a compilation keeps another one busy.
        int threads = Math.Min(MostThreads, Environment.ProcessorCount - 2);
        if (threads <= 0) return;
        foreach (KernelMethod kernel in kernels)
        {
            Expected expected = new(kernel);
            _expected[kernel.Method] = expected;
            _queue.Enqueue(expected);
        }
        for (int i = 0; i < threads; i++)
        {
            Thread thread = new(LoadExpected) { IsBackground = true, Name = $"kernels {i}" };
            _threads.Add(thread);
            thread.Start();
        }
    }

    /// <exception cref="DeviceException">The driver refuses the kernel; the message has its log.</exception>
    /// <exception cref="OutOfMemoryException">The device has no room for the kernel.</exception>
    public Action<AcceleratorStream, KernelConfig, TArgs> Load<TArgs>(KernelMethod kernel)
        where TArgs : struct
    {
        // What no thread has begun is compiled here, at once; and again what one failed at, to tell why.
        bool isExpected = _expected.TryRemove(kernel.Method, out Expected? expected);
        Kernel? ahead = isExpected && !expected!.TryClaim() ? expected.Await() : null;
        Kernel loaded = ahead ?? LoadHere(kernel);
        return loaded.CreateLauncherDelegate<Action<AcceleratorStream, KernelConfig, TArgs>>();
    }

    /// <summary>Waits for the kernels that are being compiled; the others are left.</summary>
    public void Dispose()
    {
        _isOver = true;
        foreach (Thread thread in _threads) thread.Join();
    }

    private void LoadExpected()
    {
        // Not needed where all kernels are in the cache.
        Lazy<PTXBackend> compiler = new(CreateCompiler, LazyThreadSafetyMode.None);
        while (!_isOver && _queue.TryDequeue(out Expected? expected))
        {
            if (expected.TryClaim()) expected.Load(kernel => LoadModule(kernel, Compile(kernel, compiler)));
        }
        if (!compiler.IsValueCreated) return;
        using Context context = compiler.Value.Context;
        compiler.Value.Dispose();
    }

    private PTXBackend CreateCompiler()
    {
        Context context = CudaBackend.Create(static _ => { });
        return new PTXBackend(context, accelerator.Backend.Architecture, accelerator.InstructionSet, null!);
    }

    private Kernel LoadHere(KernelMethod kernel)
    {
        CompiledKernel compiled = Compile(kernel, new Lazy<PTXBackend>(accelerator.Backend));
        try
        {
            return LoadModule(kernel, compiled);
        }
        catch (OutOfMemoryException)
        {
            memory.FreeUnused();
            // The half-made kernel of the first try would fail in the accelerator's Dispose.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return LoadModule(kernel, compiled);
        }
    }

    private CompiledKernel Compile(KernelMethod kernel, Lazy<PTXBackend> compiler)
    {
        try
        {
            if (_cache?.Find(kernel) is { } found) return found.Restore(accelerator.Context, kernel);
        }
        catch (MissingMethodException)
        {
            // An ILGPU whose kernels cannot be put together: they are compiled.
        }
        EntryPointDescription entry = EntryPointDescription.FromExplicitlyGroupedKernel(kernel.Method);
        CompiledKernel compiled = compiler.Value.Compile(entry, kernel.Specialization);
        Interlocked.Increment(ref s_compilations);
        try
        {
            _cache?.Add(kernel, KernelPtx.Of(compiled));
        }
        catch (MissingMethodException)
        {
            // It cannot be taken apart either, and is not kept.
        }
        return compiled;
    }

    private Kernel LoadModule(KernelMethod kernel, CompiledKernel compiled)
    {
        try
        {
            return accelerator.LoadKernel(compiled);
        }
        catch (CudaException error) when (error.Error == nameof(CudaError.CUDA_ERROR_OUT_OF_MEMORY))
        {
            throw new OutOfMemoryException(
                $"{device}: kernel {kernel.Name} does not load; {memory.UsedBytes >> 20} MiB are in use, "
                + $"{memory.ReservedBytes >> 20} MiB are held, {memory.FreeBytes >> 20} MiB are free on the device.",
                error);
        }
        catch (CudaException error)
        {
            // ILGPU keeps the driver's log to itself: the second time it is asked for, and thrown.
            using var bound = accelerator.BindScoped();
            _ = JitLog.Of(((PTXCompiledKernel)compiled).PTXAssembly, $"{device}: kernel {kernel.Name}");
            string message = $"{device}: kernel {kernel.Name} does not load: {error.Message}";
            throw new DeviceException(message, isFault: true, error);
        }
    }

    /// <summary>A kernel that one thread loads, whichever comes first.</summary>
    private sealed class Expected(KernelMethod kernel)
    {
        private readonly TaskCompletionSource<Kernel?> _loaded = new();
        private int _claimed;

        public bool TryClaim() => Interlocked.Exchange(ref _claimed, 1) == 0;

        public void Load(Func<KernelMethod, Kernel> load)
        {
            try
            {
                _loaded.SetResult(load(kernel));
            }
            catch (Exception)
            {
                // Nothing may leave the thread. Whoever wants the kernel tries again, and fails where it can be told.
                _loaded.SetResult(null);
            }
        }

        /// <summary>Null where the thread failed.</summary>
        public Kernel? Await() => _loaded.Task.GetAwaiter().GetResult();
    }
}
