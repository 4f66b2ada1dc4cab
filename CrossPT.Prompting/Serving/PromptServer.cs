using System.Diagnostics;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Evaluation;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tasks;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Serving;

/// <summary>
/// Answers requests of many tasks from one frozen model: their prompts are resident, and what waits is computed
/// together in batches without padding, whatever task it is of. Any number of threads may ask.
/// </summary>
/// <remarks>
/// <para>One thread computes. A batch starts when it has <see cref="PromptServerOptions.MaxBatch"/> examples or as many
/// as the one before, whose clients are then back; when its oldest example has waited for
/// <see cref="PromptServerOptions.MaxDelay"/>; or at once after an idle time. The first rows of every request are
/// computed in the order in which they came; the further ones of long requests take turns in a part of each batch, so
/// that neither kind holds up the other. Generation goes on between batches and gets as much time as
/// they do; its sequences join and leave between steps.</para>
/// <para>Answers do not depend on what else is in a batch, but for rounding in the last digits of float32.</para>
/// </remarks>
/// <example>
/// <code>
/// await using PromptServer server = await PromptServer.LoadAsync(["runs/rte-mrpc-1", "runs/sst2-1"]);
/// Prediction[] answers = await server.PredictAsync("rte", [new TaskRow(fields)]);
/// </code>
/// </example>
public sealed class PromptServer : IAsyncDisposable
{
    /// <summary>Name of the meter whose instruments tell what a server does.</summary>
    public const string MeterName = "CrossPT.Serving";

    /// <summary>Rows of a request that are not put off for those of others.</summary>
    private const int FirstRows = 16;

    private readonly T5Model _model;
    private readonly ModelIdentity _identity;
    private readonly ITokenizer _tokenizer;
    private readonly PromptServerOptions _options;
    private readonly Dictionary<string, ITokenizer> _tokenizers = [];
    private readonly List<IDisposable> _owned = [];
    private readonly Thread _worker;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ServingMetrics _metrics;
    private GreedyDecoding _decoding;

    // Guards what follows, and every request.
    private readonly object _gate = new();
    private readonly Queue<ServingRequest> _first = [];
    private readonly Queue<ServingRequest> _further = [];
    private readonly Queue<ServingRequest> _texts = [];
    private readonly HashSet<ServingRequest> _accepted = [];
    private readonly Queue<Action> _jobs = [];
    private readonly List<ServedPrompts> _unused = [];
    private readonly List<Sequence> _sequences = [];
    private volatile IReadOnlyDictionary<string, ServedTask> _tasks = new Dictionary<string, ServedTask>();
    private TaskCompletionSource? _drained;
    private int _waitingRows;
    private int _waitingTexts;
    private int _lastBatch = 1;
    private int _wakeAt = 1;
    private long _batchEnd;
    private double _decodingDebt;
    private double _rowsPerSecond = 100;
    private bool _isDraining;
    private bool _isStopping;

    /// <summary>A server of a model that is loaded already, which stays the caller's; it has no task yet.</summary>
    /// <param name="model">
    /// The frozen model. Nothing else may compute on its back end until the server is disposed.
    /// </param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="identity">Which model it is: what runs have to be of.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A limit is not positive.</exception>
    public PromptServer(
        T5Model model, ITokenizer tokenizer, ModelIdentity identity, PromptServerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(identity);
        _options = options ?? new PromptServerOptions();
        _options.Check();
        _model = model;
        _identity = identity;
        _tokenizer = tokenizer;
        _decoding = model.StartDecoding();
        _metrics = new ServingMetrics(() => QueueLength, () => Tasks.Count);
        _worker = new Thread(Work) { IsBackground = true, Name = "prompt server" };
        _worker.Start();
    }

    /// <summary>The tasks by name.</summary>
    public IReadOnlyDictionary<string, ServedTask> Tasks => _tasks;

    /// <summary>Which model is served.</summary>
    public ModelIdentity Model => _identity;

    /// <summary>Limits.</summary>
    public PromptServerOptions Options => _options;

    /// <summary>Examples waiting to be computed.</summary>
    public int QueueLength
    {
        get
        {
            lock (_gate) return _waitingRows + _waitingTexts;
        }
    }

    /// <summary>Whether no request is taken any more.</summary>
    public bool IsDraining
    {
        get
        {
            lock (_gate) return _isDraining;
        }
    }

    /// <summary>Loads a model and the tasks of runs.</summary>
    /// <param name="folders">Run folders, or PEFT adapters with a <c>task.json</c>.</param>
    /// <param name="model">The model's folder; null for where the first run found it.</param>
    /// <param name="backend">Where to compute; null for the CPU, which the server then disposes.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="progress">Told how loading goes.</param>
    /// <exception cref="ConfigurationException">A folder holds no run, or one of another model.</exception>
    public static async Task<PromptServer> LoadAsync(
        IReadOnlyList<string> folders, string? model = null, IBackend? backend = null,
        PromptServerOptions? options = null, IProgress<WorkProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(folders);
        if (model is null)
        {
            if (folders.Count == 0) throw new ArgumentException("PromptServer: no runs and no model.", nameof(folders));
            model = RunRecord.Load(Path.Combine(folders[0], RunFolder.ConfigName)).Model.Path;
        }
        PromptServer server = Load(model, backend, options, progress);
        try
        {
            foreach ((string _, Exception? error) in await server.AddRunsAsync(folders).ConfigureAwait(false))
            {
                if (error is not null) throw error;
            }
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Loads a model, for tasks that are added later.</summary>
    /// <inheritdoc cref="LoadAsync"/>
    public static PromptServer Load(
        string model, IBackend? backend = null, PromptServerOptions? options = null,
        IProgress<WorkProgress>? progress = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        ModelIdentity identity = ModelIdentity.Of(model, progress);
        ITokenizer tokenizer = SentencePieceTokenizer.Load(model);
        IBackend device = backend ?? new CpuBackend();
        T5Model? loaded = null;
        try
        {
            loaded = T5Model.Load(model, device, progress: progress);
            PromptServer server = new(loaded, tokenizer, identity, options);
            server._owned.Add(loaded);
            if (backend is null) server._owned.Add(device);
            return server;
        }
        catch
        {
            loaded?.Dispose();
            if (backend is null) device.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Adds all tasks of some runs, while serving. A name that more than one of them has, or that is taken, becomes
    /// <c>RUN:TASK</c>. A folder that cannot be served is left out.
    /// </summary>
    /// <returns>What was wrong with each folder; null where nothing was.</returns>
    public async Task<IReadOnlyList<(string Folder, Exception? Error)>> AddRunsAsync(IReadOnlyList<string> folders)
    {
        ArgumentNullException.ThrowIfNull(folders);
        List<(string Folder, Exception? Error)> results = [];
        List<ServedTask> added = [];
        foreach (string folder in folders)
        {
            try
            {
                added.AddRange(await OnWorker(() => ServedRun.Load(folder, _model, _identity, TokenizerOf))
                    .ConfigureAwait(false));
                results.Add((folder, null));
            }
            catch (Exception error) when (IsBadFolder(error))
            {
                results.Add((folder, error));
            }
        }
        lock (_gate)
        {
            Dictionary<string, ServedTask> tasks = new(_tasks);
            HashSet<string> shared = [.. added.CountBy(static task => task.Name)
                .Where(static count => count.Value > 1).Select(static count => count.Key)];
            foreach (ServedTask task in added)
            {
                bool isTaken = shared.Contains(task.Name) || _tasks.ContainsKey(task.Name);
                string name = isTaken ? $"{task.Run}:{task.Name}" : task.Name;
                // Two runs of one name are told apart by a number.
                for (int i = 2; tasks.ContainsKey(name); i++) name = $"{task.Run}-{i}:{task.Name}";
                tasks.Add(name, task with { Name = name });
                Retain(task.Prompts);
            }
            _tasks = tasks;
        }
        return results;
    }

    /// <summary>
    /// Adds a task of a run under a name, or puts it in the place of the one that has it, while serving: requests taken
    /// before are answered by the old one.
    /// </summary>
    /// <param name="name">The name.</param>
    /// <param name="folder">The run folder or adapter.</param>
    /// <param name="task">Which task of the run; null for the one of that name, or the only one.</param>
    /// <returns>The task, and whether it took the place of another.</returns>
    /// <exception cref="ConfigurationException">
    /// The folder holds no run, one of another model, or no such task.
    /// </exception>
    public async Task<(ServedTask Task, bool IsReplaced)> PutTaskAsync(string name, string folder, string? task = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        IReadOnlyList<ServedTask> found = await OnWorker(() => ServedRun.Load(folder, _model, _identity, TokenizerOf))
            .ConfigureAwait(false);
        lock (_gate)
        {
            ServedTask? chosen = found.FirstOrDefault(one => one.Name == (task ?? name));
            if (chosen is null && task is null && found.Count == 1) chosen = found[0];
            if (chosen is null)
            {
                _unused.Add(found[0].Prompts);
                string names = string.Join(", ", found.Select(static one => one.Name));
                throw new ConfigurationException(folder, $"has no task '{task ?? name}', only {names}");
            }
            Dictionary<string, ServedTask> tasks = new(_tasks);
            Retain(chosen.Prompts);
            bool isReplaced = tasks.Remove(name, out ServedTask? old);
            if (old is not null) Release(old.Prompts);
            tasks.Add(name, chosen with { Name = name });
            _tasks = tasks;
            return (tasks[name], isReplaced);
        }
    }

    /// <summary>Removes a task, while serving: requests taken before are answered.</summary>
    /// <returns>False where there is none of that name.</returns>
    public bool Remove(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        lock (_gate)
        {
            Dictionary<string, ServedTask> tasks = new(_tasks);
            if (!tasks.Remove(name, out ServedTask? old)) return false;
            Release(old.Prompts);
            _tasks = tasks;
            return true;
        }
    }

    /// <summary>Predicts the labels of rows, or the candidates of rows that offer their own.</summary>
    /// <param name="task">A task's name.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="cancellation">Gives the places in the queue back.</param>
    /// <exception cref="ServingException">The request is not taken; the exception says why.</exception>
    /// <exception cref="ArgumentException">
    /// A field or the candidates are missing, or a text cannot be encoded.
    /// </exception>
    public async Task<Prediction[]> PredictAsync(
        string task, IReadOnlyList<TaskRow> rows, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(rows);
        ServingRequest request = await RunAsync(task, Create, cancellation).ConfigureAwait(false);
        TaskDeclaration declaration = request.Task!.Declaration;
        return [.. request.Scores.Select((scores, i) => Prediction.Of(declaration, rows[i].Candidates, scores))];

        ServingRequest Create(ServedTask? served)
        {
            TaskCodec codec = served!.Codec;
            EncodedExample[] examples = [.. rows.Select((row, i) => Encode(codec, row, i))];
            return new ServingRequest(served, Array.ConvertAll(examples, static one => one.Source))
            {
                Answers = Array.ConvertAll(examples, one => one.Candidates ?? codec.LabelIds),
            };
        }
    }

    /// <summary>Writes a text after each text, the most probable token each time.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="task">The task whose prompt stands beside them; null for none.</param>
    /// <param name="maxTokens">Tokens to write at most, for each.</param>
    /// <param name="cancellation">Gives the places in the queue back, and those of sequences already begun.</param>
    /// <exception cref="ServingException">The request is not taken; the exception says why.</exception>
    /// <exception cref="ArgumentException">A text cannot be encoded.</exception>
    public async Task<string[]> GenerateAsync(
        IReadOnlyList<string> texts, string? task = null, int maxTokens = 64, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 1);
        if (maxTokens > _options.MaxNewTokens)
        {
            throw new ServingException(
                ServingProblem.TooLarge, $"{maxTokens} tokens to generate, expected {_options.MaxNewTokens} at most");
        }
        ServingRequest request = await RunAsync(task, Create, cancellation).ConfigureAwait(false);
        // A model's vocabulary may be rounded up beyond the tokenizer's; such an id stands for no text.
        return Array.ConvertAll(
            request.Ids, ids => _tokenizer.Decode(Array.FindAll(ids, id => id < _tokenizer.VocabularySize)));

        ServingRequest Create(ServedTask? served) =>
            new(served, [.. texts.Select((text, i) => EncodeText(served, text, i))]) { MaxTokens = maxTokens };
    }

    /// <summary>
    /// Takes no more requests and answers those that were taken; those not answered when <paramref name="deadline"/> is
    /// cancelled fail.
    /// </summary>
    public async Task DrainAsync(CancellationToken deadline = default)
    {
        Task drained;
        lock (_gate)
        {
            _isDraining = true;
            if (_accepted.Count == 0) return;
            drained = (_drained ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
        try
        {
            await drained.WaitAsync(deadline).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            lock (_gate)
            {
                foreach (ServingRequest request in _accepted.ToArray()) End(request, Closed());
            }
        }
    }

    /// <summary>
    /// Answers what was taken, then frees prompts, and model and back end where they were loaded here.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await DrainAsync().ConfigureAwait(false);
        lock (_gate)
        {
            _isStopping = true;
            Monitor.Pulse(_gate);
        }
        await _stopped.Task.ConfigureAwait(false);
        foreach (IDisposable owned in _owned) owned.Dispose();
        _owned.Clear();
    }

    internal static bool IsBadFolder(Exception error) => error is ConfigurationException or IOException
        or UnauthorizedAccessException or InvalidDataException or ArgumentException or NotSupportedException;

    private static ServingException Closed() =>
        new(ServingProblem.Draining, "the server is shutting down and takes no more requests");

    private static EncodedExample Encode(TaskCodec codec, TaskRow row, int place)
    {
        bool offers = codec.Task.Kind == TaskKind.Candidates;
        if (offers != row.Candidates is { Count: > 0 })
        {
            string expected = offers ? "one or more" : "none, for the task has labels";
            throw new ArgumentException(
                $"row {place} has {row.Candidates?.Count ?? 0} candidates, expected {expected}");
        }
        string text = codec.Task.Format(row.Fields, out IReadOnlyList<Range> literals);
        return codec.Encode(new TaskExample(text, 0) { Literals = literals, Candidates = row.Candidates });
    }

    /// <summary>A task whose prompts stay until they are released; null of no name.</summary>
    private ServedTask? Take(string? name)
    {
        if (name is null) return null;
        lock (_gate)
        {
            if (!_tasks.TryGetValue(name, out ServedTask? task))
                throw new ServingException(ServingProblem.UnknownTask, $"there is no task '{name}'");
            Retain(task.Prompts);
            return task;
        }
    }

    private int[] EncodeText(ServedTask? task, string text, int place)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (task is not null) return task.Codec.Encode(text);
        int[] ids = _tokenizer.Encode(text, EncodeOptions.ModelInput);
        if (ids.Length > _options.MaxTextTokens)
        {
            throw new ServingException(
                ServingProblem.TooLarge,
                $"text {place} has {ids.Length} tokens, expected {_options.MaxTextTokens} at most");
        }
        int unknown = Array.FindIndex(ids, id => id >= _model.Config.VocabularySize);
        if (unknown < 0) return ids;
        throw new ArgumentException(
            $"text {place} has the token {ids[unknown]}, expected one below {_model.Config.VocabularySize}, the size "
            + "of the model's vocabulary");
    }

    private ITokenizer TokenizerOf(string? path)
    {
        // A tokenizer of its own that is gone, as when both were moved, is the model's.
        if (path is null || !Path.Exists(path)) return _tokenizer;
        if (!_tokenizers.TryGetValue(path, out ITokenizer? tokenizer))
            _tokenizers.Add(path, tokenizer = SentencePieceTokenizer.Load(path));
        return tokenizer;
    }

    /// <summary>Makes a request of a task and waits until it is answered.</summary>
    private async Task<ServingRequest> RunAsync(
        string? task, Func<ServedTask?, ServingRequest> create, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        ServedTask? served = Take(task);
        ServingRequest request;
        try
        {
            request = create(served);
            Enqueue(request);
        }
        catch
        {
            if (served is not null)
            {
                lock (_gate) Release(served.Prompts);
            }
            throw;
        }
        using CancellationTokenRegistration registration = cancellation.UnsafeRegister(
            (_, token) =>
            {
                lock (_gate) End(request, new OperationCanceledException(token));
            },
            null);
        await request.Done.Task.ConfigureAwait(false);
        return request;
    }

    private void Enqueue(ServingRequest request)
    {
        lock (_gate)
        {
            int length = _waitingRows + _waitingTexts;
            int count = request.Sources.Length;
            if (_isDraining) throw Closed();
            if (count > _options.MaxQueue)
            {
                _metrics.Reject(request);
                throw new ServingException(
                    ServingProblem.TooLarge,
                    $"{count} rows, expected {_options.MaxQueue} at most, the size of the queue");
            }
            if (length + count > _options.MaxQueue)
            {
                _metrics.Reject(request);
                throw new ServingException(
                    ServingProblem.QueueFull, $"{length} rows are waiting, and {count} more do not fit in the queue of "
                    + $"{_options.MaxQueue}")
                {
                    RetryAfter = TimeSpan.FromSeconds(Math.Clamp(length / _rowsPerSecond, 1, 60)),
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
            if (Ready() >= _wakeAt) Monitor.Pulse(_gate);
        }
    }

    /// <summary>Runs something between two batches: nothing else may compute on the model's device.</summary>
    internal Task<T> OnWorker<T>(Func<T> work)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_isDraining) throw Closed();
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

    private void Retain(ServedPrompts prompts) => prompts.Users++;

    private void Release(ServedPrompts prompts)
    {
        if (--prompts.Users > 0) return;
        _unused.Add(prompts);
        Monitor.Pulse(_gate);
    }

    /// <summary>
    /// Answers a request, or fails it; whatever of it waits or is being generated gives its place back.
    /// </summary>
    private void End(ServingRequest request, Exception? error)
    {
        if (request.IsOver) return;
        Count(request, -request.Waiting);
        request.IsOver = true;
        if (request.Task is { } task) Release(task.Prompts);
        _accepted.Remove(request);
        if (error is null) request.Done.SetResult();
        else if (error is OperationCanceledException canceled) request.Done.SetCanceled(canceled.CancellationToken);
        else request.Done.SetException(error);
        _metrics.End(request, error);
        if (_accepted.Count == 0) _drained?.TrySetResult();
    }

    private void Count(ServingRequest request, int count)
    {
        if (request.Generates) _waitingTexts += count;
        else _waitingRows += count;
    }

    /// <summary>Examples that a batch could take now.</summary>
    private int Ready() => _waitingRows + Math.Min(_waitingTexts, _options.MaxBatch - _sequences.Count);

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
            lock (_gate)
            {
                _isDraining = true;
                foreach (ServingRequest request in _accepted.ToArray()) End(request, error);
            }
            _stopped.TrySetException(error);
        }
    }

    /// <summary>Does what is due: a job, a batch or a step of generation; or waits for it.</summary>
    /// <returns>False when everything is answered and the server ends.</returns>
    private bool WorkOnce()
    {
        Action? job;
        List<ServingExample> batch = [];
        ServedPrompts[] unused;
        lock (_gate)
        {
            while (!_jobs.TryDequeue(out job) && _unused.Count == 0)
            {
                int ready = Ready();
                TimeSpan wait = ready == 0 ? Timeout.InfiniteTimeSpan : WaitFor(ready);
                if (ready > 0 && _decodingDebt <= 0 && wait <= TimeSpan.Zero) batch = Collect();
                if (batch.Count > 0 || _sequences.Count > 0) break;
                if (ready == 0 && _isStopping)
                {
                    Close();
                    return false;
                }
                _wakeAt = ready == 0 ? 1 : Target;
                // Rounded up: a wait that ends too soon would only begin again.
                Monitor.Wait(_gate, ready == 0 ? -1 : 1 + Math.Max(0, (int)wait.TotalMilliseconds));
            }
            unused = [.. _unused];
            _unused.Clear();
        }
        foreach (ServedPrompts prompts in unused) prompts.Dispose();
        job?.Invoke();
        if (batch.Count > 0) Compute(batch);
        else if (job is null && unused.Length == 0) DecodeStep();
        return true;
    }

    private int Target => Math.Min(_options.MaxBatch, _lastBatch);

    /// <summary>How long a batch is to wait for more examples; nothing or less where it is due.</summary>
    private TimeSpan WaitFor(int ready)
    {
        if (ready >= Target || _isDraining) return TimeSpan.Zero;
        // Where nothing was computed for that long, the server is idle.
        long since = _batchEnd;
        foreach (ServingRequest request in _accepted)
        {
            if (request.Waiting > 0) since = Math.Min(since, request.Arrived);
        }
        return _options.MaxDelay - Stopwatch.GetElapsedTime(since);
    }

    /// <summary>Takes examples for a batch.</summary>
    private List<ServingExample> Collect()
    {
        List<ServingExample> batch = [];
        int tokens = 0;
        // Texts need places that are free for a long time; where rows wait, they get half of a batch at least.
        int places = _options.MaxBatch - _sequences.Count;
        int texts = _waitingRows > 0 ? Math.Min(places, (_options.MaxBatch + 1) / 2) : places;
        // One request never holds all places of generation, so that another need not wait until it is done.
        int share = Math.Max(1, _options.MaxBatch * 3 / 4);
        for (int passed = 0; texts > 0 && passed < _texts.Count;)
        {
            ServingRequest request = _texts.Dequeue();
            if (request.Waiting == 0) continue;
            bool isTaken = request.Generating < share && Take(request);
            if (request.Waiting > 0) _texts.Enqueue(request);
            passed = isTaken ? 0 : passed + 1;
            if (!isTaken) continue;
            request.Generating++;
            texts--;
        }
        // A part of every batch is for what is left of long requests.
        int kept = _further.Count > 0 ? Math.Max(1, _options.MaxBatch / 4) : 0;
        TakeFirst(_options.MaxBatch - kept);
        while (batch.Count < _options.MaxBatch && _further.TryDequeue(out ServingRequest? request))
        {
            if (request.Waiting == 0) continue;
            bool isTaken = Take(request);
            if (request.Waiting > 0) _further.Enqueue(request);
            if (!isTaken) break;
        }
        TakeFirst(_options.MaxBatch);
        return batch;

        void TakeFirst(int most)
        {
            while (batch.Count < most && _first.TryPeek(out ServingRequest? request))
            {
                if (request.Waiting > 0 && request.Next < FirstRows && !Take(request)) return;
                if (request.Waiting > 0 && request.Next < FirstRows) continue;
                _first.Dequeue();
                if (request.Waiting > 0) _further.Enqueue(request);
            }
        }

        bool Take(ServingRequest request)
        {
            ServingExample example = new(request, request.Next);
            if (batch.Count > 0 && tokens + example.Length > _options.MaxBatchTokens) return false;
            tokens += example.Length;
            batch.Add(example);
            Count(request, -1);
            request.Next++;
            return true;
        }
    }

    /// <summary>Encodes a batch; ranks the answers of some examples and begins to generate from the others.</summary>
    private void Compute(List<ServingExample> batch)
    {
        long start = Stopwatch.GetTimestamp();
        // Those to be ranked first: each kind has its states in one piece.
        ServingExample[] ranked = [.. batch.Where(static one => !one.Request.Generates)];
        ServingExample[] generated = [.. batch.Where(static one => one.Request.Generates)];
        ServingExample[] examples = [.. ranked, .. generated];
        SequenceOffsets sources = SequenceOffsets.FromLengths(Array.ConvertAll(examples, static one => one.Length));
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
                    states.Slice(0, rankedRows), Part(ranked),
                    Array.ConvertAll(ranked, static one => one.Request.Answers![one.Text]));
            }
            if (generated.Length > 0)
            {
                isJoining = true;
                _decoding.Join(states.Slice(rankedRows, sources.Rows - rankedRows), Part(generated));
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
                if (request.Close()) End(request, null);
            }
            _sequences.AddRange(generated.Select(static one => new Sequence(one)));
            _lastBatch = batch.Count;
            _batchEnd = Stopwatch.GetTimestamp();
            _decodingDebt = _sequences.Count > 0 ? elapsed.TotalSeconds : 0;
            double rate = batch.Count / Math.Max(elapsed.TotalSeconds, 1e-6);
            _rowsPerSecond += 0.1 * (rate - _rowsPerSecond);
        }
        _metrics.Batch(examples, sources.Rows, elapsed);

        static SequenceOffsets Part(ServingExample[] examples) =>
            SequenceOffsets.FromLengths(Array.ConvertAll(examples, static one => one.Length));
    }

    /// <summary>One token more for every sequence being generated.</summary>
    private void DecodeStep()
    {
        long start = Stopwatch.GetTimestamp();
        int[] next;
        try
        {
            Drop();
            next = _decoding.Step();
        }
        catch (Exception error)
        {
            FailGeneration(error);
            return;
        }
        lock (_gate)
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
                if (request.Close()) End(request, null);
            }
        }
        try
        {
            Drop();
        }
        catch (Exception error)
        {
            FailGeneration(error);
        }
        _decodingDebt = _sequences.Count == 0 ? 0 : _decodingDebt - Stopwatch.GetElapsedTime(start).TotalSeconds;
        _metrics.Generated(next.Length);
    }

    /// <summary>Takes out sequences that are done, and those that nobody waits for any more.</summary>
    private void Drop()
    {
        int[] kept;
        lock (_gate)
        {
            kept = [.. Enumerable.Range(0, _sequences.Count)
                .Where(i => !_sequences[i].IsDone && !_sequences[i].Example.Request.IsOver)];
        }
        if (kept.Length == _sequences.Count) return;
        _decoding.Keep(kept);
        Sequence[] left = Array.ConvertAll(kept, i => _sequences[i]);
        lock (_gate)
        {
            _sequences.Clear();
            _sequences.AddRange(left);
        }
    }

    /// <summary>Fails the requests of some examples; the server goes on with the others.</summary>
    private void Fail(IEnumerable<ServingExample> examples, Exception error)
    {
        lock (_gate)
        {
            foreach (ServingExample example in examples) End(example.Request, error);
        }
    }

    /// <summary>Begins generation anew: after an error the caches may be of different lengths.</summary>
    private void FailGeneration(Exception error)
    {
        Fail(_sequences.Select(static one => one.Example), error);
        _decoding.Dispose();
        _decoding = _model.StartDecoding();
        lock (_gate) _sequences.Clear();
        _decodingDebt = 0;
    }

    /// <summary>Frees everything; called by the worker with the lock, as the last thing it does.</summary>
    private void Close()
    {
        _decoding.Dispose();
        _metrics.Dispose();
        foreach (ServedPrompts prompts in _tasks.Values.Select(static task => task.Prompts).Distinct())
            prompts.Dispose();
        _tasks = new Dictionary<string, ServedTask>();
        _stopped.SetResult();
    }

    private sealed class Sequence(ServingExample example)
    {
        public ServingExample Example => example;

        public List<int> Ids { get; } = [];

        public bool IsDone { get; set; }
    }
}
