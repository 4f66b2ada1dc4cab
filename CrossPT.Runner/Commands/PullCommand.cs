using System.CommandLine;
using System.Globalization;
using CrossPT.Prompting.Configuration;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Hub;
using CrossPT.Runner.Hub.Data;
using CrossPT.Runner.Hub.Transfer;

namespace CrossPT.Runner.Commands;

/// <summary>
/// <c>crosspt pull</c>: a model of the hub, or the data of tasks, into the caches that all other commands look in.
/// </summary>
internal static class PullCommand
{
    private static readonly Argument<string> s_name =
        Options.Argument("NAME", "a model (t5-base, google/mt5-small), glue, superglue, or a task's data set")
            .Offers([.. DataSets.Groups, .. DataSets.All.Select(static set => set.Name)]);
    private static readonly Option<string> s_revision =
        Options.Text("--revision", "R", "a branch, a tag, refs/pr/N or a commit of a model")
            .Otherwise(HubName.MainRevision);
    private static readonly Option<bool> s_dataset =
        Options.Flag("--dataset", "NAME is a data set of the hub: OWNER/NAME or OWNER/NAME/CONFIGURATION");
    private static readonly Option<bool> s_offline =
        Options.Flag("--offline", "makes no network requests: only checks whether it is here");

    public static CommandDefinition Define() => new()
    {
        Arguments = [s_name],
        Options = [s_revision, s_dataset, s_offline],
        Notes = $"Data sets: {string.Join(", ", DataSets.All.Select(static set => set.Name))}. Models go to the "
            + "Hugging Face cache (HF_HOME, HF_HUB_CACHE), data to CROSSPT_DATA or crosspt/data in the user's cache, "
            + "where train finds it. HF_TOKEN, HF_ENDPOINT, HF_HUB_OFFLINE, HF_HUB_ETAG_TIMEOUT, "
            + "HF_HUB_DOWNLOAD_TIMEOUT and the proxy variables work as in Python.",
        Example = "pull t5-base",
        Run = Run,
    };

    private static int Run(CommandContext context)
    {
        string name = context.Value(s_name);
        HubSettings settings = HubSettings.Read(context.Variable, context.Has(s_offline));
        if (context.Has(s_dataset))
        {
            if (context.Has(s_revision))
                throw new UserException(
                    $"--revision: without effect on a data set, expected a model beside it, found {name}");
            using TransferProgress progress = new(context.Console, lines: true);
            HubDatasets hub = new(settings, progress);
            return Show(context, hub.PullAsync(
                DatasetName.Parse(name), context.Interruption.Token).GetAwaiter().GetResult());
        }
        IReadOnlyList<DataSet> sets = DataSets.Find(name);
        if (sets.Count == 0) return PullModel(context, settings, name);
        if (context.Has(s_revision))
            throw new UserException($"--revision: without effect on data, expected a model beside it, found {name}");
        return PullData(context, settings, sets);
    }

    private static int PullModel(CommandContext context, HubSettings settings, string text)
    {
        HubName name = HubName.Parse(text, context.Find(s_revision));
        string[] sets = [.. DataSets.All.Select(static set => set.Name), .. DataSets.Groups];
        if (NearestName.Near(text, sets) is { } nearest)
        {
            throw new UserException(
                $"{text}: no such data set, the nearest is {nearest} (a model of that name: OWNER/{text})");
        }
        using TransferProgress progress = new(context.Console, lines: true);
        ModelPull pull = new HubModels(settings, progress).PullAsync(
            name, weights: true, context.Interruption.Token).GetAwaiter().GetResult();
        return Show(context, pull);
    }

    private static int Show(CommandContext context, ModelPull pull)
    {
        long bytes = pull.Files.Where(static file => file.Downloaded).Sum(static file => file.Bytes);
        if (context.IsJson)
        {
            context.WriteJson(json =>
            {
                json.WriteString(pull.Name.IsDataset ? "dataset" : "model", pull.Name.Repository);
                json.WriteString("revision", pull.Name.Revision);
                json.WriteString("commit", pull.Commit);
                json.WriteString("folder", pull.Folder);
                json.WriteNumber("downloaded_bytes", bytes);
                json.WriteStartArray("files");
                foreach (PulledFile file in pull.Files)
                {
                    json.WriteStartObject();
                    json.WriteString("name", file.Name);
                    json.WriteNumber("bytes", file.Bytes);
                    json.WriteBoolean("downloaded", file.Downloaded);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            });
            return ExitCode.Done;
        }
        string name = pull.Name.IsDataset ? pull.Name.Repository : pull.Name.ToString();
        string came = bytes > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F1} MB downloaded")
            : "here already";
        context.Text.WriteLine($"{name}: {came}, commit {pull.Commit}");
        context.Text.WriteLine(pull.Folder);
        return ExitCode.Done;
    }

    private static int PullData(CommandContext context, HubSettings settings, IReadOnlyList<DataSet> sets)
    {
        DataFolder folder = DataFolder.Default(context.Variable);
        if (settings.Offline && sets.FirstOrDefault(set => !folder.Has(set)) is { } missing)
            throw new UserException(
                $"{missing.Name}: is not in {folder.Root}, and the network is off (--offline, HF_HUB_OFFLINE or "
                + "TRANSFORMERS_OFFLINE)", ExitCode.Failed);
        List<(DataSet Set, IReadOnlyList<PulledData>? Files)> pulled = [];
        using RemoteClient client = new(settings.Transfer);
        using TransferProgress progress = new(context.Console, lines: true);
        DataPull pull = new(folder, client, progress, Mirror(context));
        string? shown = null;
        foreach (DataSet set in sets)
        {
            if (!folder.Has(set) && set.Terms != shown) context.Note(shown = set.Terms);
            pulled.Add((set, pull.RunAsync(set, context.Interruption.Token).GetAwaiter().GetResult()));
        }
        if (!context.IsJson)
        {
            foreach ((DataSet set, IReadOnlyList<PulledData>? files) in pulled)
            {
                string paths = string.Join(", ", set.Files.SelectMany(static file => file.Paths));
                context.Text.WriteLine($"{set.Name}: {(files is null ? "here already" : "downloaded")}, {paths}");
            }
            context.Text.WriteLine(folder.Root);
            return ExitCode.Done;
        }
        context.WriteJson(json =>
        {
            json.WriteString("folder", folder.Root);
            json.WriteStartArray("data");
            foreach ((DataSet set, IReadOnlyList<PulledData>? files) in pulled)
            {
                json.WriteStartObject();
                json.WriteString("name", set.Name);
                json.WriteBoolean("downloaded", files is not null);
                json.WriteString("terms", set.Terms);
                json.WriteStartArray("paths");
                foreach (string path in set.Files.SelectMany(static file => file.Paths)) json.WriteStringValue(path);
                json.WriteEndArray();
                if (files is not null) DataPull.WriteFiles(json, files);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
        return ExitCode.Done;
    }

    private static Uri? Mirror(CommandContext context)
    {
        if (context.Variable("CROSSPT_DATA_MIRROR") is not { Length: > 0 } text) return null;
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? mirror) && mirror.Scheme is "http" or "https"
            ? mirror
            : throw new UserException($"CROSSPT_DATA_MIRROR: found '{text}', expected an http address");
    }
}
