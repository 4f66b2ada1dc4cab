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
/// Answers do not depend on what else is in a batch, but for rounding in the last digits of float32. Short requests do
/// not wait for long ones (<see cref="ServingQueue"/>), nor rows for generated text (<see cref="ServingWorker"/>).
/// </remarks>
/// <example>
/// <code>
/// await using PromptServer server = await PromptServer.LoadAsync(["runs/rte-mrpc-1", "runs/sst2-1"]);
/// Prediction[] answers = await server.PredictAsync("rte", [new Row(fields)]);
/// </code>
/// </example>
public sealed class PromptServer : IAsyncDisposable
{
    /// <summary>Name of the meter whose instruments tell what a server does.</summary>
    public const string MeterName = "CrossPT.Serving";

    private readonly T5Model _model;
    private readonly ITokenizer _tokenizer;
    private readonly Dictionary<string, ITokenizer> _tokenizers = [];
    private readonly List<IDisposable> _owned = [];
    // Guards tasks, queue and every request.
    private readonly object _gate = new();
    private readonly TaskTable _tasks;
    private readonly ServingQueue _queue;
    private readonly ServingWorker _worker;

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
        Options = options ?? new PromptServerOptions();
        Options.Check();
        Model = identity;
        _model = model;
        _tokenizer = tokenizer;
        ServingMetrics metrics = new(() => QueueLength, () => Tasks.Count);
        _tasks = new TaskTable(_gate);
        _queue = new ServingQueue(_gate, Options, _tasks, metrics);
        _worker = new ServingWorker(_gate, model, _queue, _tasks, metrics);
    }

    /// <summary>The tasks by name.</summary>
    public IReadOnlyDictionary<string, ServedTask> Tasks => _tasks.Tasks;

    /// <summary>Which model is served.</summary>
    public ModelIdentity Model { get; }

    /// <summary>Limits.</summary>
    public PromptServerOptions Options { get; }

    /// <summary>Examples waiting to be computed.</summary>
    public int QueueLength
    {
        get
        {
            lock (_gate) return _queue.Length;
        }
    }

    /// <summary>Whether no request is taken any more.</summary>
    public bool IsDraining
    {
        get
        {
            lock (_gate) return _queue.IsDraining;
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

    /// <summary>Loads a model, for tasks that are added later. The CPU keeps weights of 16 bits as they are.</summary>
    /// <inheritdoc cref="LoadAsync"/>
    public static PromptServer Load(
        string model, IBackend? backend = null, PromptServerOptions? options = null,
        IProgress<WorkProgress>? progress = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        ModelIdentity identity = ModelIdentity.Of(model, progress);
        ITokenizer tokenizer = SentencePieceTokenizer.Load(model);
        IBackend device = backend ?? new CpuBackend(weights: T5Model.StoredType(model));
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
                added.AddRange(await LoadRunAsync(folder).ConfigureAwait(false));
                results.Add((folder, null));
            }
            catch (Exception error) when (IsBadFolder(error))
            {
                results.Add((folder, error));
            }
        }
        _tasks.Add(added);
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
        IReadOnlyList<ServedTask> found = await LoadRunAsync(folder).ConfigureAwait(false);
        return _tasks.Put(name, found, folder, task);
    }

    /// <summary>Removes a task, while serving: requests taken before are answered.</summary>
    /// <returns>False where there is none of that name.</returns>
    public bool Remove(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _tasks.Remove(name);
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
        string task, IReadOnlyList<Row> rows, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(rows);
        ServingRequest request = await RunAsync(task, Create, cancellation).ConfigureAwait(false);
        TaskDeclaration declaration = request.Task!.Declaration;
        return [.. request.Scores.Select((scores, i) => Prediction.Of(declaration, rows[i].Candidates, scores) with
        {
            Router = request.Attention[i] is { } weights ? [.. request.Task.Columns.Zip(weights)] : [],
        })];

        ServingRequest Create(ServedTask? served)
        {
            TaskCodec codec = served!.Codec;
            EncodedExample[] examples = [.. rows.Select((row, i) => codec.Encode(Example.Of(codec.Task, row, i)))];
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
        if (maxTokens > Options.MaxNewTokens)
        {
            throw new ServingException(
                ServingProblem.TooLarge, $"{maxTokens} tokens to generate, expected {Options.MaxNewTokens} at most");
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
        lock (_gate) drained = _queue.Drain();
        try
        {
            await drained.WaitAsync(deadline).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            lock (_gate) _queue.FailAll(ServingException.Closed());
        }
    }

    /// <summary>
    /// Answers what was taken, then frees prompts, and model and back end where they were loaded here.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await DrainAsync().ConfigureAwait(false);
        await _worker.StopAsync().ConfigureAwait(false);
        foreach (IDisposable owned in _owned) owned.Dispose();
        _owned.Clear();
    }

    internal static bool IsBadFolder(Exception error) => error is ConfigurationException or IOException
        or UnauthorizedAccessException or InvalidDataException or ArgumentException or NotSupportedException;

    /// <summary>Runs something between two batches: nothing else may compute on the model's device.</summary>
    internal Task<T> OnWorker<T>(Func<T> work) => _worker.Run(work);

    private Task<IReadOnlyList<ServedTask>> LoadRunAsync(string folder) =>
        OnWorker(() => ServedRun.Load(folder, _model, Model, TokenizerOf));

    private int[] EncodeText(ServedTask? task, string text, int place)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (task is not null) return task.Codec.Encode(text);
        int[] ids = _tokenizer.Encode(text, EncodeOptions.ModelInput);
        if (ids.Length > Options.MaxTextTokens)
        {
            throw new ServingException(
                ServingProblem.TooLarge,
                $"text {place} has {ids.Length} tokens, expected {Options.MaxTextTokens} at most");
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
        ServedTask? served = task is null ? null : _tasks.Retain(task);
        ServingRequest request;
        try
        {
            request = create(served);
            lock (_gate) _queue.Add(request);
        }
        catch
        {
            if (served is not null) _tasks.Release(served);
            throw;
        }
        using CancellationTokenRegistration registration = cancellation.UnsafeRegister(
            (_, token) =>
            {
                lock (_gate) _queue.End(request, new OperationCanceledException(token));
            },
            null);
        await request.Done.Task.ConfigureAwait(false);
        return request;
    }
}
