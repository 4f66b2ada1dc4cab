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
/// Compiles for a CUDA device, the large kernels ahead of their use. ILGPU takes up to a second for one of them and a
/// context compiles one at a time, so threads with a context each begin when the back end is opened, while the host
/// still reads weights.
/// </summary>
internal sealed class CudaLoader(CudaAccelerator accelerator, string device) : IKernelLoader, IDisposable
{
    // Enough for the kernels of a step; each has a compiler's memory.
    private const int MostThreads = 6;

    private readonly ConcurrentDictionary<MethodInfo, Expected> _expected = [];
    private readonly ConcurrentQueue<Expected> _queue = [];
    private readonly List<Thread> _threads = [];
    private volatile bool _isOver;

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
            Thread thread = new(CompileExpected) { IsBackground = true, Name = $"kernels {i}" };
            _threads.Add(thread);
            thread.Start();
        }
    }

    public Action<AcceleratorStream, KernelConfig, TArgs> Load<TArgs>(KernelMethod kernel)
        where TArgs : struct
    {
        // What no thread has begun is compiled here, at once.
        Kernel loaded = _expected.TryRemove(kernel.Method, out Expected? expected) && !expected.TryClaim()
            ? expected.Await()
            : Compile(accelerator.Backend, kernel);
        return loaded.CreateLauncherDelegate<Action<AcceleratorStream, KernelConfig, TArgs>>();
    }

    /// <summary>Waits for the kernels that are being compiled; the others are left.</summary>
    public void Dispose()
    {
        _isOver = true;
        foreach (Thread thread in _threads) thread.Join();
    }

    private void CompileExpected()
    {
        using Context context = CudaBackend.Create(static _ => { });
        using PTXBackend backend = new(context, accelerator.Backend.Architecture, accelerator.InstructionSet, null!);
        while (!_isOver && _queue.TryDequeue(out Expected? expected))
        {
            if (expected.TryClaim()) expected.Compile(kernel => Compile(backend, kernel));
        }
    }

    private Kernel Compile(PTXBackend backend, KernelMethod kernel)
    {
        EntryPointDescription entry = EntryPointDescription.FromExplicitlyGroupedKernel(kernel.Method);
        CompiledKernel compiled = backend.Compile(entry, kernel.Specialization);
        try
        {
            return accelerator.LoadKernel(compiled);
        }
        catch (CudaException)
        {
            // ILGPU keeps the driver's log to itself: the second time it is asked for, and thrown.
            using var bound = accelerator.BindScoped();
            _ = JitLog.Of(((PTXCompiledKernel)compiled).PTXAssembly, $"{device}: kernel {kernel.Name}");
            throw;
        }
    }

    /// <summary>A kernel that one thread compiles, whichever comes first.</summary>
    private sealed class Expected(KernelMethod kernel)
    {
        private readonly TaskCompletionSource<Kernel> _loaded = new();
        private int _claimed;

        public bool TryClaim() => Interlocked.Exchange(ref _claimed, 1) == 0;

        public void Compile(Func<KernelMethod, Kernel> compile)
        {
            try
            {
                _loaded.SetResult(compile(kernel));
            }
            catch (Exception error)
            {
                // Whoever wants the kernel is told, as if it had been compiled there.
                _loaded.SetException(error);
            }
        }

        public Kernel Await() => _loaded.Task.GetAwaiter().GetResult();
    }
}
