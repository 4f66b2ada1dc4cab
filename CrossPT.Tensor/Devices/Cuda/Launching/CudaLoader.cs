using System.Collections.Concurrent;
using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// Compiles for a CUDA device, the large kernels ahead of their use. ILGPU takes up to a second for one of them and a context compiles one at a time, so threads with a
/// context each begin when the back end is opened, while the host still reads weights.
/// </summary>
internal sealed class CudaLoader(CudaAccelerator accelerator) : IKernelLoader, IDisposable
{
    // Enough for the kernels of a step; each has a compiler's memory.
    private const int MostThreads = 6;

    private readonly ConcurrentDictionary<MethodInfo, Expected> _expected = [];
    private readonly ConcurrentQueue<Expected> _queue = [];
    private readonly List<Thread> _threads = [];
    private volatile bool _isOver;

    /// <summary>Begins to compile kernels that will be wanted soon, the first first; not where there are no processors to spare. Called once.</summary>
    public void Expect(IEnumerable<(MethodInfo Kernel, KernelSpecialization Specialization)> kernels)
    {
        // One for the host; and what ILGPU runs beside a compilation keeps another one busy.
        int threads = Math.Min(MostThreads, Environment.ProcessorCount - 2);
        if (threads <= 0) return;
        foreach ((MethodInfo kernel, KernelSpecialization specialization) in kernels)
        {
            Expected expected = new(kernel, specialization);
            _expected[kernel] = expected;
            _queue.Enqueue(expected);
        }
        for (int i = 0; i < threads; i++)
        {
            Thread thread = new(CompileExpected) { IsBackground = true, Name = $"kernels {i}" };
            _threads.Add(thread);
            thread.Start();
        }
    }

    public TDelegate Load<TDelegate>(MethodInfo kernel, KernelSpecialization specialization)
        where TDelegate : Delegate
    {
        // What no thread has begun is compiled here, at once.
        Kernel loaded = _expected.TryRemove(kernel, out Expected? expected) && !expected.TryClaim() ? expected.Await() : accelerator.LoadKernel(kernel, specialization);
        return loaded.CreateLauncherDelegate<TDelegate>();
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
            if (expected.TryClaim()) expected.Compile(backend, accelerator);
        }
    }

    /// <summary>A kernel that one thread compiles, whichever comes first.</summary>
    private sealed class Expected(MethodInfo kernel, KernelSpecialization specialization)
    {
        private readonly TaskCompletionSource<Kernel> _loaded = new();
        private int _claimed;

        public bool TryClaim() => Interlocked.Exchange(ref _claimed, 1) == 0;

        public void Compile(PTXBackend backend, CudaAccelerator accelerator)
        {
            try
            {
                _loaded.SetResult(accelerator.LoadKernel(backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel), specialization)));
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
