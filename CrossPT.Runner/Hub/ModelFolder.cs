using System.CommandLine;
using System.Text.Json;
using System.Text.RegularExpressions;
using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Runs;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Consoles;
using CrossPT.Runner.Demo;
using CrossPT.Runner.Hub.Data;
using CrossPT.Runner.Hub.Transfer;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Runner.Hub;

/// <summary>
/// What <c>--model</c> and a configuration's <c>"model"</c> name: a folder, else the demo's, else one of the hub, from
/// the cache or downloaded into it.
/// </summary>
internal static class ModelFolder
{
    public static Option<string> Option { get; } = Options.Text(
        "--model", "M",
            "model folder (config.json, weights, tokenizer), a name on the hub, NAME[@REVISION], or demo, the model "
            + "that comes with the program").Required();

    /// <summary>Whether tensors that T5 has no place for are an error.</summary>
    public static Option<bool> Strict { get; } =
        Options.Flag("--strict", "refuses weights with tensors that are not a T5's, instead of warning");

    /// <summary>The same, of which the tokenizer alone is needed; a tokenizer's file does, too.</summary>
    public static string FindTokenizer(CommandContext context, string text)
    {
        text = Locate(text, text);
        return File.Exists(text) || Directory.Exists(text) || !HubName.TryParse(text, out HubName? name) ? text
            : OfHub(context, name, weights: false);
    }

    /// <summary>
    /// The folder of a model: the path where that is there, else the demo's where the name is its, else the path. Makes
    /// no network requests.
    /// </summary>
    public static string Locate(string path, string? name) => !Path.Exists(path) && name == DemoFiles.Name
        ? DemoFiles.ModelFolder : path;

    /// <summary>
    /// The folder of a run's model as <c>--model</c> says, or as its record does where it is no longer where the run
    /// found it; null where it is.
    /// </summary>
    public static string? ForRun(CommandContext context, string? given, string run)
    {
        if (given is not null) return Find(context, given);
        ModelIdentity model = RunRecord.Load(Path.Combine(run, RunFolder.ConfigName)).Model;
        string folder = Locate(model.Path, model.Name);
        if (folder != model.Path) return folder;
        return !Directory.Exists(folder) && model.Revision is { } revision
            && HubName.TryParse($"{model.Name}@{revision}", out HubName? name) ? OfHub(context, name, weights: true)
            : null;
    }

    /// <summary>A configuration with its model's folder.</summary>
    public static RunConfiguration Resolve(CommandContext context, RunConfiguration configuration)
    {
        if (Directory.Exists(configuration.Model) || File.Exists(configuration.Model)
            || !HubName.TryParse(configuration.ModelText ?? "", out HubName? name)) return configuration;
        try
        {
            return configuration with { Model = OfHub(context, name, weights: true) };
        }
        catch (UserException error)
        {
            throw new UserException($"{configuration.Place}: model: {error.Message}", error.Code, error);
        }
    }

    /// <summary>Loads its T5, frozen, and says what loading assumed and left out.</summary>
    /// <exception cref="UserException">Something was left out, and <c>--strict</c> is given.</exception>
    public static T5Model Load(CommandContext context, string folder, IBackend backend)
    {
        using WorkBar work = new(context.Console);
        T5Model model = T5Model.Load(folder, backend, progress: work);
        work.Dispose();
        try
        {
            Report(context, model);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Says what loading a model assumed and left out.</summary>
    /// <exception cref="UserException">Something was left out, and <c>--strict</c> is given.</exception>
    public static void Report(CommandContext context, T5Model model)
    {
        foreach (string note in model.Notes) context.Note($"note: {note}");
        if (model.Warnings.Count > 0 && context.Has(Strict)) throw new UserException(model.Warnings[0]);
        context.Warn(model.Warnings);
    }

    /// <summary>
    /// The commit in the cache that a name leads to now; null where none does. Makes no network requests.
    /// </summary>
    public static string? FindCommit(CommandContext context, HubName name)
    {
        using TransferProgress progress = new(context.Console, lines: false);
        return new HubModels(HubSettings.Read(context.Variable), progress).Find(name, weights: true)?.Commit;
    }

    /// <summary>The folder with a tokenizer and a configuration that is here; null where there is none. Makes no
    /// network requests.</summary>
    public static string? FindHere(CommandContext context, string text)
    {
        string path = Locate(text, text);
        if (Directory.Exists(path)) return path;
        if (!HubName.TryParse(text, out HubName? name)) return null;
        using TransferProgress progress = new(context.Console, lines: false);
        return new HubModels(HubSettings.Read(context.Variable), progress).Find(name, weights: false)?.Folder;
    }

    /// <summary>The folder, or an error in one sentence.</summary>
    public static string Find(CommandContext context, string text)
    {
        string path = Locate(text, text);
        if (Directory.Exists(path)) return path;
        if (File.Exists(text)) throw new UserException($"{text}: is a file, expected a model folder");
        return HubName.TryParse(text, out HubName? name) ? OfHub(context, name, weights: true)
            : throw new UserException($"{text}: no such folder, expected a model folder");
    }

    private static string OfHub(CommandContext context, HubName name, bool weights)
    {
        HubSettings settings = HubSettings.Read(context.Variable);
        using TransferProgress progress = new(context.Console, lines: false);
        HubModels models = new(settings, progress);
        if (models.Find(name, weights) is { } present) return present.Folder;
        if (settings.Offline)
        {
            throw new UserException(
                $"{name}: no such model folder, and no such model in the cache {settings.Cache}; the network is off "
                    + $"(HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE)");
        }
        context.Note($"{name}: no such folder, and not in the cache; downloading it from {settings.Endpoint}");
        // Ctrl+C ends it at once: what has come stays for another time, and the command has nothing else to save yet.
        return models.PullAsync(name, weights, CancellationToken.None).GetAwaiter().GetResult().Folder;
    }
}

/// <summary>
/// What a configuration needs and does not give by a path: its model of the hub, and data that was pulled.
/// </summary>
internal static class FoundInputs
{
    /// <summary>The configuration with the folders of both.</summary>
    /// <exception cref="UserException">One of them is nowhere; the message says what would bring it.</exception>
    public static RunConfiguration Of(CommandContext context, RunConfiguration configuration) =>
        DefaultData.Resolve(context, ModelFolder.Resolve(context, configuration));
}

/// <summary>The files of a repository that a T5 is made of; all others stay where they are.</summary>
internal static partial class ModelFiles
{
    public const string Config = "config.json", TokenizerConfig = "tokenizer_config.json";

    /// <summary>More than any real file of the kind has, and little enough to be read whole.</summary>
    public const long ConfigLimit = 1 << 20, TokenizerLimit = 64 << 20, IndexLimit = 64 << 20;

    /// <summary>A T5 of 11 billion numbers in single precision has 45 GB.</summary>
    public const long WeightLimit = 1L << 37;

    private const int MostShards = 4096;

    /// <summary>Added tokens of a folder without <c>tokenizer.json</c>, as older versions wrote them.</summary>
    public const string AddedTokens = "added_tokens.json";

    /// <summary>Where the pieces are, the first that is there: the one that Hugging Face would load.</summary>
    public static readonly string[] Tokenizers = ["tokenizer.json", "spiece.model"];

    /// <summary>Where the weights are, the first that is there; safetensors need no unpickling.</summary>
    public static readonly string[] Weights =
    [
        "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json",
    ];

    /// <summary>Whether a folder has all that is needed.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="weights">Whether weights are needed, too, or configuration and tokenizer alone.</param>
    public static bool IsComplete(string folder, bool weights)
    {
        if (!Has(Config) || !Tokenizers.Any(Has)) return false;
        if (!weights) return true;
        return Weights.FirstOrDefault(Has) is { } file
            && (!IsIndex(file) || ShardsOf(Path.Combine(folder, file)).All(Has));

        bool Has(string name) => HubCache.IsFile(Path.Combine(folder, name));
    }

    /// <summary>Whether a weight file only names others.</summary>
    public static bool IsIndex(string file) => file.EndsWith(".index.json", StringComparison.Ordinal);

    /// <summary>The files that an index names.</summary>
    /// <exception cref="UserException">It is none, or names something that is no plain file beside it.</exception>
    public static IReadOnlyList<string> ShardsOf(string path)
    {
        SortedSet<string> shards = new(StringComparer.Ordinal);
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.Length > IndexLimit)
                throw new UserException(
                    $"{path}: has {stream.Length} bytes, expected an index of at most {IndexLimit}");
            using JsonDocument document = JsonDocument.Parse(stream);
            foreach (JsonProperty entry in document.RootElement.GetProperty("weight_map").EnumerateObject())
            {
                string shard = entry.Value.GetString() ?? "";
                if (!Shard().IsMatch(shard))
                    throw new UserException(
                        $"{path}: names the shard '{(shard.Length > 60 ? shard[..60] : shard)}', expected a file "
                            + $"beside it");
                if (shards.Add(shard) && shards.Count > MostShards)
                    throw new UserException($"{path}: names more than {MostShards} shards");
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new UserException(
                $"{path}: is no index of shards, expected \"weight_map\" with the file of each tensor", inner: error);
        }
        return shards.Count > 0 ? [.. shards] : throw new UserException($"{path}: names no shard");
    }

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9._-]{0,200}\.(safetensors|bin)\z")]
    private static partial Regex Shard();
}
