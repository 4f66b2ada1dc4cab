using CrossPT.Runner.Cli;
using CrossPT.Runner.Hub.Transfer;

namespace CrossPT.Runner.Hub;

/// <summary>Models of the hub, from the cache or into it.</summary>
internal sealed class HubModels(HubSettings settings, ITransferProgress progress)
{
    private readonly HubCache _cache = new(settings.Cache);

    /// <summary>
    /// The snapshot of a model that is whole in the cache; null where none is. Makes no network requests.
    /// </summary>
    /// <param name="name">The model.</param>
    /// <param name="weights">Whether its weights are needed.</param>
    public ModelPull? Find(HubName name, bool weights)
    {
        foreach (string repository in name.Names)
        {
            if (_cache.CommitOf(repository, name) is { } commit
                && Present(name, repository, commit, weights) is { } found) return found;
        }
        return null;
    }

    /// <summary>Brings a model into the cache and takes from it what is there already.</summary>
    /// <param name="name">The model.</param>
    /// <param name="weights">Whether its weights are needed.</param>
    /// <param name="cancellation">Stops; what has come stays for another time.</param>
    /// <exception cref="UserException">There is none such, it is of another kind, or the network failed.</exception>
    public async Task<ModelPull> PullAsync(HubName name, bool weights, CancellationToken cancellation)
    {
        if (settings.Offline)
        {
            return Find(name, weights) ?? throw new UserException(
                $"{name}: is not in the cache {_cache.Root}, and the network is off (--offline, HF_HUB_OFFLINE or "
                    + $"TRANSFORMERS_OFFLINE)", ExitCode.Failed);
        }
        if (name.IsCommit && Find(name, weights) is { } unchanging) return unchanging;
        using HubClient client = new(settings, progress);
        HubFile config = await client.HeadAsync(name, ModelFiles.Config, cancellation).ConfigureAwait(false)
            ?? throw new UserException($"{name}: has no config.json at {settings.Endpoint}, expected a T5 or mT5");
        foreach (string repository in name.Names)
        {
            if (Present(name, repository, config.Commit, weights) is not { } present) continue;
            _cache.SetCommit(repository, name, config.Commit);
            return present;
        }
        ModelFetch fetch = new(client, _cache, progress, name, config.Commit);
        await fetch.RunAsync(config, weights, cancellation).ConfigureAwait(false);
        // Last of all: until now the revision stood for what was whole before.
        _cache.SetCommit(name.Repository, name, config.Commit);
        return new ModelPull(name, config.Commit, fetch.Folder, fetch.Files);
    }

    private ModelPull? Present(HubName name, string repository, string commit, bool weights)
    {
        string folder = _cache.SnapshotOf(repository, commit);
        if (!ModelFiles.IsComplete(folder, weights)) return null;
        PulledFile[] files =
        [
            .. Directory.EnumerateFiles(folder).Where(HubCache.IsFile).Order(StringComparer.Ordinal)
                .Select(static path => new PulledFile(Path.GetFileName(path), SizeOf(path), Downloaded: false)),
        ];
        return new ModelPull(name, commit, folder, files);
    }

    /// <summary>Bytes of a file, or of the one that a link leads to.</summary>
    internal static long SizeOf(string path)
    {
        using FileStream stream = new(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        return stream.Length;
    }
}

/// <summary>A file of a model in the cache.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Downloaded">Whether it came now.</param>
internal sealed record PulledFile(string Name, long Bytes, bool Downloaded);

/// <summary>A model in the cache.</summary>
/// <param name="Name">As it was asked for.</param>
/// <param name="Commit">The commit that is.</param>
/// <param name="Folder">Its snapshot: a model folder like any other.</param>
/// <param name="Files">What it consists of.</param>
internal sealed record ModelPull(HubName Name, string Commit, string Folder, IReadOnlyList<PulledFile> Files);
