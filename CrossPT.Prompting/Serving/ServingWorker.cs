using System.Diagnostics;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Serving;

/// <summary>
/// The one thread that computes: batches, steps of generation between them, and jobs such as the loading of a run.
/// </summary>
/// <remarks>
/// A batch starts when it has <see cref="PromptServerOptions.MaxBatch"/> examples or half as many as the one before;
/// when its oldest example has waited for <see cref="PromptServerOptions.MaxDelay"/>; or at once after an idle time.
/// Generation gets as much time as the batches do; its sequences join and leave between steps.
/// </remarks>
internal sealed class ServingWorker
{
    private readonly object _gate;
    private readonly T5Model _model;
    private readonly ServingQueue _queue;
    private readonly TaskTable _tasks;
    private readonly ServingMetrics _metrics;
    private readonly Queue<Action> _jobs = [];
    private readonly List<Sequence> _sequences = [];
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private GreedyDecoding _decoding;
    private double _decodingDebt;
    private bool _isStopping;

    public ServingWorker(object gate, T5Model model, ServingQueue queue, TaskTable tasks, ServingMetrics metrics)
    {
        _gate = gate;
        _model = model;
        _queue = queue;
        _tasks = tasks;
        _metrics = metrics;
        _decoding = model.StartDecoding();
        new Thread(Work) { IsBackground = true, Name = "prompt server" }.Start();
    }

    /// <summary>Runs something between two batches: nothing else may compute on the model's device.</summary>
    public Task<T> Run<T>(Func<T> work)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_queue.IsDraining) throw ServingException.Closed();
            _jobs.Enqueue(() =>
            {
                try
                {
                    done.SetResult(work());
                }
                catch (Exception error)
                {
                    done.SetException(error);
                }
            });
            Monitor.Pulse(_gate);
        }
        return done.Task;
    }

    /// <summary>Ends the thread when everything is answered, and frees all prompts.</summary>
    public Task StopAsync()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.Pulse(_gate);
        }
        return _stopped.Task;
    }

    private void Work()
    {
        try
        {
            while (WorkOnce())
            {
            }
        }
        catch (Exception error)
        {
            // What fails in a batch fails its requests alone; whatever else goes wrong must leave nobody waiting.
            lock (_gate) _queue.FailAll(error);
            _stopped.TrySetException(error);
        }
    }

    /// <summary>Does what is due: a job, a batch or a step of generation; or waits for it.</summary>
    /// <returns>False when everything is answered and the server ends.</returns>
    private bool WorkOnce()
    {
        Action? job;
        List<ServingExample> batch = [];
        ServedPrompts[] unused = [];
        lock (_gate)
        {
            while (!_jobs.TryDequeue(out job) && (unused = _tasks.TakeUnused()).Length == 0)
            {
                int ready = _queue.Ready;
                TimeSpan wait = ready == 0 ? Timeout.InfiniteTimeSpan : _queue.WaitFor(ready);
                if (ready > 0 && _decodingDebt <= 0 && wait <= TimeSpan.Zero) batch = _queue.TakeBatch();
                if (batch.Count > 0 || _sequences.Count > 0) break;
                if (ready == 0 && _isStopping)
                {
                    Close();
                    return false;
                }
                _queue.WakeAt = ready == 0 ? 1 : _queue.Target;
                // Rounded up: a wait that ends too soon would only begin again.
                Monitor.Wait(_gate, ready == 0 ? -1 : 1 + Math.Max(0, (int)wait.TotalMilliseconds));
            }
        }
        foreach (ServedPrompts prompts in unused) prompts.Dispose();
        job?.Invoke();
        if (batch.Count > 0) Compute(batch);
        else if (job is null && unused.Length == 0) DecodeStep();
        return true;
    }

    /// <summary>Encodes a batch; ranks the answers of some examples and begins to generate from the others.</summary>
    private void Compute(List<ServingExample> batch)
    {
        long start = Stopwatch.GetTimestamp();
        // Those to be ranked first: each kind has its states in one piece.
        ServingExample[] ranked = [.. batch.Where(static one => !one.Request.Generates)];
        ServingExample[] generated = [.. batch.Where(static one => one.Request.Generates)];
        ServingExample[] examples = [.. ranked, .. generated];
        SequenceOffsets sources = Offsets(examples);
        double[][] scores = [];
        bool isJoining = false;
        try
        {
            using TensorScope scope = new();
            using Autograd.Tape tape = new(_model.Backend, recording: false);
            Tensor states = MixedBatch.Encode(tape, _model, examples, sources).Value;
            int rankedRows = sources[ranked.Length];
            if (ranked.Length > 0)
            {
                scores = _model.Rank(
                    states.Slice(0, rankedRows), Offsets(ranked),
                    Array.ConvertAll(ranked, static one => one.Request.Answers![one.Text]));
            }
            if (generated.Length > 0)
            {
                isJoining = true;
                _decoding.Join(states.Slice(rankedRows, sources.Rows - rankedRows), Offsets(generated));
            }
        }
        catch (Exception error)
        {
            Fail(examples, error);
            if (isJoining) FailGeneration(error);
            return;
        }
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        lock (_gate)
        {
            for (int i = 0; i < ranked.Length; i++)
            {
                (ServingRequest request, int text) = ranked[i];
                if (request.IsOver) continue;
                request.Scores[text] = scores[i];
                if (request.Close()) _queue.End(request, null);
            }
            SetSequences([.. _sequences, .. generated.Select(static one => new Sequence(one))]);
            _queue.Finished(batch.Count, elapsed);
        }
        _decodingDebt = _sequences.Count > 0 ? elapsed.TotalSeconds : 0;
        _metrics.Batch(examples, sources.Rows, elapsed);
    }

    private static SequenceOffsets Offsets(ServingExample[] examples) =>
        SequenceOffsets.FromLengths(Array.ConvertAll(examples, static one => one.Length));

    /// <summary>One token more for every sequence being generated.</summary>
    private void DecodeStep()
    {
        long start = Stopwatch.GetTimestamp();
        int written;
        try
        {
            DropFinished();
            int[] next = _decoding.Step();
            written = next.Length;
            lock (_gate) Append(next);
            DropFinished();
        }
        catch (Exception error)
        {
            FailGeneration(error);
            return;
        }
        _decodingDebt = _sequences.Count == 0 ? 0 : _decodingDebt - Stopwatch.GetElapsedTime(start).TotalSeconds;
        _metrics.Generated(written);
    }

    private void Append(int[] next)
    {
        for (int i = 0; i < next.Length; i++)
        {
            Sequence sequence = _sequences[i];
            ServingRequest request = sequence.Example.Request;
            sequence.Ids.Add(next[i]);
            sequence.IsDone = _decoding.IsEnd(next[i]) || sequence.Ids.Count >= request.MaxTokens;
            if (!sequence.IsDone || request.IsOver) continue;
            request.Generating--;
            request.Ids[sequence.Example.Text] = [.. sequence.Ids];
            if (request.Close()) _queue.End(request, null);
        }
    }

    /// <summary>Takes out sequences that are done, and those that nobody waits for any more.</summary>
    private void DropFinished()
    {
        int[] kept;
        lock (_gate)
        {
            kept = [.. Enumerable.Range(0, _sequences.Count)
                .Where(i => !_sequences[i].IsDone && !_sequences[i].Example.Request.IsOver)];
        }
        if (kept.Length == _sequences.Count) return;
        _decoding.Keep(kept);
        lock (_gate) SetSequences(Array.ConvertAll(kept, i => _sequences[i]));
    }

    private void SetSequences(Sequence[] sequences)
    {
        _sequences.Clear();
        _sequences.AddRange(sequences);
        _queue.Generating = sequences.Length;
    }

    /// <summary>Fails the requests of some examples; the server goes on with the others.</summary>
    private void Fail(IEnumerable<ServingExample> examples, Exception error)
    {
        lock (_gate)
        {
            foreach (ServingExample example in examples) _queue.End(example.Request, error);
        }
    }

    /// <summary>Begins generation anew: after an error the caches may be of different lengths.</summary>
    private void FailGeneration(Exception error)
    {
        Fail(_sequences.Select(static one => one.Example), error);
        _decoding.Dispose();
        _decoding = _model.StartDecoding();
        lock (_gate) SetSequences([]);
        _decodingDebt = 0;
    }

    /// <summary>Frees everything, as the last thing that the thread does.</summary>
    private void Close()
    {
        _decoding.Dispose();
        _metrics.Dispose();
        _tasks.Clear();
        _stopped.SetResult();
    }

    private sealed class Sequence(ServingExample example)
    {
        public ServingExample Example => example;

        public List<int> Ids { get; } = [];

        public bool IsDone { get; set; }
    }
}
