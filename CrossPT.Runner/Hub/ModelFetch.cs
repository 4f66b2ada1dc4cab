using CrossPT.Runner.Cli;
using CrossPT.Runner.Hub.Transfer;

namespace CrossPT.Runner.Hub;

/// <summary>Fetches one commit's files into the cache: first what tells the model's kind, its weights last.</summary>
internal sealed class ModelFetch(
    HubClient client, HubCache cache, ITransferProgress progress, HubName name, string commit)
{
    private readonly HubName _name = name with { Revision = commit };
    private readonly List<PulledFile> _files = [];

    /// <summary>The snapshot.</summary>
    public string Folder { get; } = cache.SnapshotOf(name.Repository, commit);

    /// <summary>What it consists of.</summary>
    public IReadOnlyList<PulledFile> Files => _files;

    public async Task RunAsync(HubFile config, bool weights, CancellationToken cancellation)
    {
        await TakeAsync(ModelFiles.Config, config, ModelFiles.ConfigLimit, cancellation).ConfigureAwait(false);
        await TryAsync(ModelFiles.TokenizerConfig, ModelFiles.ConfigLimit, cancellation).ConfigureAwait(false);
        ModelKind.CheckNames(name, Folder);
        string tokenizer = await FirstAsync(
            ModelFiles.Tokenizers, static _ => ModelFiles.TokenizerLimit, cancellation).ConfigureAwait(false)
            ?? throw new UserException(
                $"{name}: has neither {string.Join(" nor ", ModelFiles.Tokenizers)}, expected a T5 or mT5 with a "
                + "SentencePiece tokenizer");
        if (tokenizer != ModelFiles.Tokenizers[0])
        {
            await TryAsync(ModelFiles.AddedTokens, ModelFiles.ConfigLimit, cancellation).ConfigureAwait(false);
        }

        ModelKind.CheckContents(name, Folder);
        if (!weights) return;
        string file = await FirstAsync(
            ModelFiles.Weights, static one => ModelFiles.IsIndex(one) ? ModelFiles.IndexLimit
                : ModelFiles.WeightLimit, cancellation).ConfigureAwait(false)
            ?? throw new UserException(
                $"{name}: has no weights that can be read, expected one of {string.Join(", ", ModelFiles.Weights)}");
        if (!ModelFiles.IsIndex(file)) return;
        foreach (string shard in ModelFiles.ShardsOf(Path.Combine(Folder, file)))
        {
            if (!await TryAsync(shard, ModelFiles.WeightLimit, cancellation).ConfigureAwait(false))
                throw new UserException($"{name}: has no {shard}, which its {file} names", ExitCode.Failed);
        }
    }

    private async Task<string?> FirstAsync(string[] files, Func<string, long> limit, CancellationToken cancellation)
    {
        foreach (string file in files)
        {
            if (await TryAsync(file, limit(file), cancellation).ConfigureAwait(false)) return file;
        }
        return null;
    }

    /// <summary>Fetches a file if there is one.</summary>
    public async Task<bool> TryAsync(string file, long limit, CancellationToken cancellation)
    {
        if (cache.IsKnownToLack(name.Repository, commit, file)) return false;
        string path = Path.Combine(Folder, file);
        if (HubCache.IsFile(path))
        {
            _files.Add(new PulledFile(file, HubModels.SizeOf(path), Downloaded: false));
            return true;
        }
        if (await client.HeadAsync(_name, file, cancellation).ConfigureAwait(false) is { } info)
        {
            await TakeAsync(file, info, limit, cancellation).ConfigureAwait(false);
            return true;
        }
        cache.SetAbsent(name.Repository, commit, file);
        return false;
    }

    private async Task TakeAsync(string file, HubFile info, long limit, CancellationToken cancellation)
    {
        string path = Path.Combine(Folder, file), blob = cache.BlobOf(name.Repository, info.Etag);
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        string held = cache.LockOf(name.Repository, info.Etag);
        using IDisposable locked = await FileLock.TakeAsync(
            held, () => progress.Note($"{name}/{file}: another process is downloading it, waiting"), cancellation)
                .ConfigureAwait(false);
        bool downloads = !HubCache.IsFile(path);
        if (downloads)
        {
            // Another revision may have the same content.
            downloads = !File.Exists(blob) || (info.Size is { } size && HubModels.SizeOf(blob) != size);
            if (downloads)
                await client.DownloadAsync(name, file, info, blob, limit, cancellation).ConfigureAwait(false);
            cache.Link(name.Repository, commit, file, info.Etag);
        }
        _files.Add(new PulledFile(file, HubModels.SizeOf(path), downloads));
    }
}
