using System.Text.Json;
using System.Text.RegularExpressions;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Hub;

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
