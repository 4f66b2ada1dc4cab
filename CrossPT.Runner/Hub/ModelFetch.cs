using System.Text.Json;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Hub.Transfer;
using CrossPT.Tensors.Files;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

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

/// <summary>
/// Refuses what is no T5 with a SentencePiece tokenizer, by name and before its weights are downloaded.
/// </summary>
internal static class ModelKind
{
    // The last two are transformers 5's.
    private static readonly string[] s_tokenizers =
    [
        "T5Tokenizer", "T5TokenizerFast", "MT5Tokenizer", "MT5TokenizerFast", "PreTrainedTokenizerFast",
        "TokenizersBackend", "SentencePieceBackend",
    ];

    /// <summary>
    /// Checks <c>config.json</c>, and <c>tokenizer_config.json</c> where there is one: ByT5 and CodeT5 call themselves
    /// T5, too.
    /// </summary>
    /// <exception cref="UserException">It is another kind of model; the message says which.</exception>
    public static void CheckNames(HubName name, string folder)
    {
        string config = Path.Combine(folder, ModelFiles.Config);
        string tokenizer = Path.Combine(folder, ModelFiles.TokenizerConfig);
        string type = Text(config, "model_type")
            ?? throw new UserException($"{name}: its config.json names no model_type, expected t5 or mt5");
        if (type is not ("t5" or "mt5"))
            throw new UserException($"{name}: is a model of the type '{type}', expected t5 or mt5");
        foreach (string file in File.Exists(tokenizer) ? (string[])[tokenizer, config] : [config])
        {
            if (Text(file, "tokenizer_class") is { } kind && !s_tokenizers.Contains(kind))
                throw new UserException($"{name}: {Reason(kind)}");
        }
    }

    /// <summary>Reads configuration and tokenizer as a run will.</summary>
    /// <exception cref="T5FormatException">The configuration makes no T5.</exception>
    /// <exception cref="TokenizerFormatException">The tokenizer cannot be read.</exception>
    public static void CheckContents(HubName name, string folder)
    {
        T5Config config = T5Config.Load(folder);
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(folder);
        // A fine-tuned model may have dropped the extra pieces at the end; a wholly different vocabulary is another
        // thing.
        if (tokenizer.VocabularySize > config.VocabularySize + 256)
            throw new UserException(
                $"{name}: its tokenizer has {tokenizer.VocabularySize} pieces for a vocabulary of "
                    + $"{config.VocabularySize}, expected one that fits");
    }

    private static string Reason(string kind) => kind switch
    {
        "ByT5Tokenizer" => "is a ByT5, which reads bytes, expected a T5 or mT5 with a SentencePiece tokenizer",
        "RobertaTokenizer" or "RobertaTokenizerFast" =>
            "has CodeT5's tokenizer (byte-level BPE), expected a T5 or mT5 with a SentencePiece tokenizer",
        _ => $"has the tokenizer '{kind}', expected a T5 or mT5 with a SentencePiece tokenizer",
    };

    private static string? Text(string path, string key)
    {
        if (ForeignFile.Explain(path, FileContent.Json) is { } foreign) throw new UserException($"{path}: {foreign}");
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.Length > ModelFiles.ConfigLimit)
                throw new UserException(
                    $"{path}: has {stream.Length} bytes, expected at most {ModelFiles.ConfigLimit}");
            using JsonDocument document = JsonDocument.Parse(stream);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty(key, out JsonElement value)
                && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new UserException($"{path}: is no JSON that can be read", inner: error);
        }
    }
}
