using CrossPT.Tensors;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Runs;

/// <summary>
/// Frozen models with their hashes and tokenizers, loaded once for all the runs of a process, on any number of threads.
/// A model is freed at a known line: when as many runs are done with it as were expected to need it.
/// </summary>
/// <param name="backend">Where models are loaded; of the kind that the runs compute with, not owned.</param>
/// <param name="progress">Told how loading goes.</param>
public sealed class SharedModels(IBackend backend, IProgress<WorkProgress>? progress = null) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _models = [];
    private readonly Dictionary<string, Lazy<ITokenizer>> _tokenizers = [];

    /// <summary>Models in memory now.</summary>
    public int Loaded
    {
        get
        {
            lock (_gate) return _models.Values.Count(static entry => entry.Model.IsValueCreated);
        }
    }

    /// <summary>One run more is going to need the model of a folder.</summary>
    public void Expect(string folder)
    {
        lock (_gate) EntryOf(folder).Expected++;
    }

    /// <summary>One of the runs that were expected is over; after the last of them the model is freed.</summary>
    public void Release(string folder)
    {
        Entry entry;
        lock (_gate)
        {
            entry = EntryOf(folder);
            if (--entry.Expected > 0) return;
            _models.Remove(KeyOf(folder));
        }
        entry.Dispose();
    }

    /// <summary>Frees what is left; models that runs were given stay with them.</summary>
    public void Dispose()
    {
        foreach (Entry entry in _models.Values) entry.Dispose();
        _models.Clear();
    }

    /// <summary>The model for a run's own back end; the caller disposes it.</summary>
    internal T5Model Open(string folder, IBackend own) => Find(folder).Model.Value.Share(own);

    internal ModelIdentity IdentityOf(string folder) => Find(folder).Identity.Value;

    internal ITokenizer TokenizerOf(string path)
    {
        Lazy<ITokenizer>? tokenizer;
        lock (_gate)
        {
            string key = KeyOf(path);
            if (!_tokenizers.TryGetValue(key, out tokenizer))
                _tokenizers.Add(key, tokenizer = new Lazy<ITokenizer>(() => SentencePieceTokenizer.Load(path)));
        }
        return tokenizer.Value;
    }

    private static string KeyOf(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    private Entry Find(string folder)
    {
        lock (_gate) return EntryOf(folder);
    }

    private Entry EntryOf(string folder)
    {
        string key = KeyOf(folder);
        if (!_models.TryGetValue(key, out Entry? entry)) _models.Add(key, entry = new Entry(folder, backend, progress));
        return entry;
    }

    /// <summary>Loaded by whoever comes first, while the others wait for it and not for other models.</summary>
    private sealed class Entry(string folder, IBackend backend, IProgress<WorkProgress>? progress) : IDisposable
    {
        public int Expected { get; set; }

        public Lazy<T5Model> Model { get; } = new(() => T5Model.Load(folder, backend, progress: progress));

        public Lazy<ModelIdentity> Identity { get; } = new(() => ModelIdentity.Of(folder, progress));

        public void Dispose()
        {
            if (Model.IsValueCreated) Model.Value.Dispose();
        }
    }
}
