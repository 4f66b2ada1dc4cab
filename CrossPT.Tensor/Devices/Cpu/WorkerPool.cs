using System.Runtime.ExceptionServices;

namespace CrossPT.Tensors.Cpu;

/// <summary>
/// A fixed set of threads that share the tasks of one kernel at a time. Tasks are handed out as workers get free;
/// kernels make every element in exactly one task and in an order that does not depend on the task's worker, so results
/// do not depend on the number of threads.
/// </summary>
internal sealed class WorkerPool : IDisposable
{
    // A step is some hundred kernels a few hundred microseconds apart: waking a parked thread for each would cost more
    // than waiting awake.
    private const int SpinsBeforeParking = 4000;

    private readonly Lock _oneKernelAtATime = new();
    private readonly object _gate = new();
    private readonly Thread[] _threads;
    private readonly Scratch[] _scratch;
    private volatile Job? _job;
    private volatile bool _stopping;

    /// <summary>A pool of <paramref name="count"/> workers, the calling thread among them.</summary>
    public WorkerPool(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        Count = count;
        _scratch = new Scratch[count];
        for (int i = 0; i < count; i++) _scratch[i] = new Scratch();
        _threads = new Thread[count - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            _threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"CrossPT worker {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>Workers, the calling thread among them.</summary>
    public int Count { get; }

    /// <summary>
    /// The working memory of a worker; only that worker may use it, and only inside <see cref="Run"/>.
    /// </summary>
    public Scratch Scratch(int worker) => _scratch[worker];

    /// <summary>
    /// Calls <paramref name="body"/>(task, worker) for every task in [0, tasks) and returns when all are done. An
    /// exception of a task is thrown here.
    /// </summary>
    public void Run(int tasks, Action<int, int> body)
    {
        lock (_oneKernelAtATime)
        {
            if (Count == 1 || tasks <= 1)
            {
                for (int task = 0; task < tasks; task++) body(task, 0);
                return;
            }
            Job job = new(tasks, body);
            _job = job;
            lock (_gate) Monitor.PulseAll(_gate);
            job.Help(0);
            job.Wait();
            _job = null;
        }
    }

    public void Dispose()
    {
        _stopping = true;
        lock (_gate) Monitor.PulseAll(_gate);
        foreach (Thread thread in _threads) thread.Join();
        foreach (Scratch scratch in _scratch) scratch.Dispose();
    }

    private void Work(int worker)
    {
        Job? last = null;
        while (!_stopping)
        {
            Job? job = _job;
            for (int spin = 0; (job is null || ReferenceEquals(job, last)) && spin < SpinsBeforeParking
                && !_stopping; spin++)
            {
                Thread.SpinWait(8);
                job = _job;
            }
            if (job is null || ReferenceEquals(job, last))
            {
                lock (_gate)
                {
                    while (!_stopping && (_job is null || ReferenceEquals(_job, last))) Monitor.Wait(_gate);
                }
                continue;
            }
            job.Help(worker);
            last = job;
        }
    }

    private sealed class Job(int tasks, Action<int, int> body)
    {
        private int _next;
        private int _done;
        private volatile ExceptionDispatchInfo? _error;

        public void Help(int worker)
        {
            for (int task; (task = Interlocked.Increment(ref _next) - 1) < tasks;)
            {
                try
                {
                    if (_error is null) body(task, worker);
                }
                catch (Exception error)
                {
                    _error ??= ExceptionDispatchInfo.Capture(error);
                }
                Interlocked.Increment(ref _done);
            }
        }

        public void Wait()
        {
            for (int spin = 0; Volatile.Read(ref _done) < tasks; spin++)
            {
                if (spin < 10_000) Thread.SpinWait(4);
                else Thread.Yield();
            }
            _error?.Throw();
        }
    }
}
