using System.Diagnostics;

namespace CrossPT.Prompting.Serving;

/// <summary>The requests that were taken and are not answered, and which of their texts come next.</summary>
/// <remarks>
/// The first rows of every request are computed in the order in which they came; the further ones of long requests
/// take turns in a part of each batch, so that neither kind holds up the other. Texts to generate from need their
/// places for a long time: where rows wait, they get half of a batch at least.
/// </remarks>
/// <param name="gate">The server's lock: held by the caller of every member.</param>
/// <param name="options">Limits.</param>
/// <param name="tasks">Where the tasks of requests are released.</param>
/// <param name="metrics">Told of every end.</param>
internal sealed class ServingQueue(
    object gate, PromptServerOptions options, TaskTable tasks, ServingMetrics metrics)
{
    /// <summary>Rows of a request that are not put off for those of others.</summary>
    private const int FirstRows = 16;

    private readonly Queue<ServingRequest> _first = [];
    private readonly Queue<ServingRequest> _further = [];
    private readonly Queue<ServingRequest> _texts = [];
    private readonly HashSet<ServingRequest> _accepted = [];
    private TaskCompletionSource? _drained;
    private int _waitingRows;
    private int _waitingTexts;
    private int _lastBatch = 1;
    private long _batchEnd;
    private double _rowsPerSecond = 100;

    /// <summary>Texts that no batch has taken yet.</summary>
    public int Length => _waitingRows + _waitingTexts;

    /// <summary>Sequences that are being generated now; set by the worker.</summary>
    public int Generating { get; set; }

    /// <summary>How many texts have to wait before the worker is woken; set by the worker.</summary>
    public int WakeAt { get; set; } = 1;

    /// <summary>Whether no request is taken any more.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Examples that a batch could take now.</summary>
    public int Ready => _waitingRows + Math.Min(_waitingTexts, options.MaxBatch - Generating);

    /// <summary>
    /// Examples with which a batch need not wait for more: half as many as the last batch had, so that clients who send
    /// again once they are answered come to be in two batches, of which one is computed while the other is answered.
    /// </summary>
    public int Target => Math.Min(options.MaxBatch, (_lastBatch + 1) / 2);

    /// <summary>Takes a request.</summary>
    /// <exception cref="ServingException">The server is draining, or the queue is full.</exception>
    public void Add(ServingRequest request)
    {
        int count = request.Sources.Length;
        if (IsDraining) throw ServingException.Closed();
        if (count > options.MaxQueue)
        {
            metrics.Reject(request);
            throw new ServingException(
                ServingProblem.TooLarge,
                $"{count} rows, expected {options.MaxQueue} at most, the size of the queue");
        }
        if (Length + count > options.MaxQueue)
        {
            metrics.Reject(request);
            throw new ServingException(
                ServingProblem.QueueFull,
                $"{Length} rows are waiting, and {count} more do not fit in the queue of {options.MaxQueue}")
            {
                RetryAfter = TimeSpan.FromSeconds(Math.Clamp(Length / _rowsPerSecond, 1, 60)),
            };
        }
        if (count == 0)
        {
            End(request, null);
            return;
        }
        _accepted.Add(request);
        (request.Generates ? _texts : _first).Enqueue(request);
        Count(request, count);
        if (Ready >= WakeAt) Monitor.Pulse(gate);
    }

    /// <summary>
    /// Answers a request, or fails it; whatever of it waits or is being generated gives its place back.
    /// </summary>
    public void End(ServingRequest request, Exception? error)
    {
        if (request.IsOver) return;
        Count(request, -request.Waiting);
        request.IsOver = true;
        if (request.Task is { } task) tasks.Release(task);
        _accepted.Remove(request);
        if (error is null) request.Done.SetResult();
        else if (error is OperationCanceledException canceled) request.Done.SetCanceled(canceled.CancellationToken);
        else request.Done.SetException(error);
        metrics.End(request, error);
        if (_accepted.Count == 0) _drained?.TrySetResult();
    }

    /// <summary>Takes no more requests.</summary>
    /// <returns>Ends when all that were taken are answered.</returns>
    public Task Drain()
    {
        IsDraining = true;
        if (_accepted.Count == 0) return Task.CompletedTask;
        _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _drained.Task;
    }

    /// <summary>Takes no more requests and fails those that were taken.</summary>
    public void FailAll(Exception error)
    {
        IsDraining = true;
        foreach (ServingRequest request in _accepted.ToArray()) End(request, error);
    }

    /// <summary>How long a batch is to wait for more examples; nothing or less where it is due.</summary>
    public TimeSpan WaitFor(int ready)
    {
        if (ready >= Target || IsDraining) return TimeSpan.Zero;
        // Where nothing was computed for that long, the server is idle.
        long since = _batchEnd;
        foreach (ServingRequest request in _accepted)
        {
            if (request.Waiting > 0) since = Math.Min(since, request.Arrived);
        }
        return options.MaxDelay - Stopwatch.GetElapsedTime(since);
    }

    /// <summary>Takes examples for a batch.</summary>
    public List<ServingExample> TakeBatch()
    {
        Batch batch = new(this, options.MaxBatchTokens);
        TakeTexts(batch);
        // A part of every batch is for what is left of long requests.
        int kept = _further.Count > 0 ? Math.Max(1, options.MaxBatch / 4) : 0;
        TakeFirst(batch, options.MaxBatch - kept);
        while (batch.Examples.Count < options.MaxBatch && _further.TryDequeue(out ServingRequest? request))
        {
            if (request.Waiting == 0) continue;
            bool isTaken = batch.Take(request);
            if (request.Waiting > 0) _further.Enqueue(request);
            if (!isTaken) break;
        }
        TakeFirst(batch, options.MaxBatch);
        return batch.Examples;
    }

    /// <summary>Remembers a batch, for how long the next one waits and what a full queue tells its clients.</summary>
    public void Finished(int examples, TimeSpan elapsed)
    {
        _lastBatch = examples;
        _batchEnd = Stopwatch.GetTimestamp();
        double rate = examples / Math.Max(elapsed.TotalSeconds, 1e-6);
        _rowsPerSecond += 0.1 * (rate - _rowsPerSecond);
    }

    private void TakeTexts(Batch batch)
    {
        int places = options.MaxBatch - Generating;
        int left = _waitingRows > 0 ? Math.Min(places, (options.MaxBatch + 1) / 2) : places;
        // One request never holds all places of generation, so that another need not wait until it is done.
        int share = Math.Max(1, options.MaxBatch * 3 / 4);
        for (int passed = 0; left > 0 && passed < _texts.Count;)
        {
            ServingRequest request = _texts.Dequeue();
            if (request.Waiting == 0) continue;
            bool isTaken = request.Generating < share && batch.Take(request);
            if (request.Waiting > 0) _texts.Enqueue(request);
            passed = isTaken ? 0 : passed + 1;
            if (!isTaken) continue;
            request.Generating++;
            left--;
        }
    }

    private void TakeFirst(Batch batch, int most)
    {
        while (batch.Examples.Count < most && _first.TryPeek(out ServingRequest? request))
        {
            bool isFirst = request.Waiting > 0 && request.Next < FirstRows;
            if (isFirst && !batch.Take(request)) return;
            if (isFirst) continue;
            _first.Dequeue();
            if (request.Waiting > 0) _further.Enqueue(request);
        }
    }

    private void Count(ServingRequest request, int count)
    {
        if (request.Generates) _waitingTexts += count;
        else _waitingRows += count;
    }

    private sealed class Batch(ServingQueue queue, int maxTokens)
    {
        private int _tokens;

        public List<ServingExample> Examples { get; } = [];

        /// <summary>Takes the next text of a request, if it fits.</summary>
        public bool Take(ServingRequest request)
        {
            ServingExample example = new(request, request.Next);
            if (Examples.Count > 0 && _tokens + example.Length > maxTokens) return false;
            _tokens += example.Length;
            Examples.Add(example);
            queue.Count(request, -1);
            request.Next++;
            return true;
        }
    }
}
