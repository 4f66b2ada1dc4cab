using System.Text.RegularExpressions;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Hub.Transfer;

namespace CrossPT.Runner.Hub;

/// <summary>
/// Data sets of the hub: the Parquet files that it makes of every public one, on a branch of their own.
/// </summary>
internal sealed partial class HubDatasets(HubSettings settings, ITransferProgress progress)
{
    private const string Revision = "refs/convert/parquet";
    private const long LargestFile = 16L << 30;
    private const int MostFiles = 10_000;

    private readonly HubCache _cache = new(settings.Cache, "datasets");

    /// <summary>
    /// The folder of a configuration in the cache, with a folder a split; null where the cache has none. Makes no
    /// network requests.
    /// </summary>
    /// <exception cref="UserException">There are several, and none is named.</exception>
    public static string? Find(HubSettings settings, DatasetName name)
    {
        HubName hub = HubNameOf(name);
        HubCache cache = new(settings.Cache, "datasets");
        if (cache.CommitOf(hub.Repository, hub) is not { } commit) return null;
        string folder = cache.SnapshotOf(hub.Repository, commit);
        string[] folders = Directory.Exists(folder) ? Directory.GetDirectories(folder) : [];
        string[] all = [.. folders.Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)];
        if (name.Configuration.Length > 0)
            return all.Contains(name.Configuration) ? Path.Combine(folder, name.Configuration) : null;
        return all.Length <= 1
            ? all.Select(one => Path.Combine(folder, one)).FirstOrDefault()
            : throw new UserException(
                $"{name}: has the configurations {string.Join(", ", all)}, expected {name}/CONFIGURATION");
    }

    /// <summary>Brings a data set into the cache and takes from it what is there already.</summary>
    /// <param name="name">The data set, or one configuration of it.</param>
    /// <param name="cancellation">Stops; what has come stays for another time.</param>
    /// <param name="isOne">Refuses a data set of several configurations of which none is named.</param>
    /// <exception cref="UserException">There is none such, or the network failed.</exception>
    public async Task<ModelPull> PullAsync(DatasetName name, CancellationToken cancellation, bool isOne = false)
    {
        HubName hub = HubNameOf(name);
        if (settings.Offline)
            throw new UserException($"{name}: the network is off (--offline, HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE)",
                ExitCode.Failed);
        using HubClient client = new(settings, progress);
        IReadOnlyList<(string Configuration, string Split, int Files)> all =
            await client.ListParquetAsync(hub, cancellation).ConfigureAwait(false);
        (string? strange, string? split, _) =
            all.FirstOrDefault(static one => !Names().IsMatch(one.Configuration) || !Names().IsMatch(one.Split));
        if (strange is not null)
            throw new UserException(
                $"{name}: has the configuration '{strange}' with the split '{split}', expected names of folders",
                ExitCode.Failed);
        (string Configuration, string Split, int Files)[] wanted =
            [.. all.Where(one => name.Configuration.Length == 0 || one.Configuration == name.Configuration)];
        string known = string.Join(", ", all.Select(static one => one.Configuration).Distinct().Take(16));
        if (wanted.Length == 0)
            throw new UserException($"{name}: has no such configuration, only {(known.Length == 0 ? "none" : known)}");
        if (isOne && wanted.Select(static one => one.Configuration).Distinct().Count() > 1)
            throw new UserException($"{name}: has the configurations {known}, expected {name}/CONFIGURATION");
        if (wanted.Sum(static one => (long)one.Files) is > MostFiles and long count)
            throw new UserException($"{name}: has {count} files, expected at most {MostFiles}");
        // The first file of a split last: where it is, the others are, and whoever reads goes on from it.
        string[] files =
        [
            .. wanted.SelectMany(static one => Enumerable.Range(0, one.Files).Reverse().Select(
                i => $"{one.Configuration}/{one.Split}/{i:D4}.parquet")),
        ];
        HubFile first = await client.HeadAsync(hub, files[0], cancellation).ConfigureAwait(false)
            ?? throw new UserException($"{name}: has no {files[0]} at {settings.Endpoint}, which its list names",
                ExitCode.Failed);
        ModelFetch fetch = new(client, _cache, progress, hub, first.Commit);
        foreach (string file in files)
        {
            if (!await fetch.TryAsync(file, LargestFile, cancellation).ConfigureAwait(false))
                throw new UserException($"{name}: has no {file}, which its list names", ExitCode.Failed);
        }
        // Last of all: until now the revision stood for what was whole before.
        _cache.SetCommit(hub.Repository, hub, first.Commit);
        return new ModelPull(hub, first.Commit, fetch.Folder, fetch.Files);
    }

    private static HubName HubNameOf(DatasetName name) => new(name.Repository, Revision) { IsDataset = true };

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.+=,-]{0,127}\z")]
    private static partial Regex Names();
}

/// <summary>
/// A data set on the hub, or one configuration of it: <c>stanfordnlp/imdb</c>, <c>nyu-mll/glue/rte</c>.
/// </summary>
/// <param name="Repository">Its owner and name.</param>
/// <param name="Configuration">The configuration; empty for all.</param>
internal sealed record DatasetName(string Repository, string Configuration)
{
    /// <summary>Reads a name.</summary>
    /// <exception cref="UserException">It can be none.</exception>
    public static DatasetName Parse(string text)
    {
        string[] parts = text.Split('/');
        bool isName = parts.Length is 2 or 3 && HubName.TryParse($"{parts[0]}/{parts[1]}", out HubName? name)
            && name.Repository == $"{parts[0]}/{parts[1]}";
        return isName
            ? new DatasetName($"{parts[0]}/{parts[1]}", parts.Length == 3 ? parts[2] : "")
            : throw new UserException(
                $"'{text}': can be no data set's name, expected OWNER/NAME or OWNER/NAME/CONFIGURATION");
    }

    public override string ToString() => Configuration.Length == 0 ? Repository : $"{Repository}/{Configuration}";
}
