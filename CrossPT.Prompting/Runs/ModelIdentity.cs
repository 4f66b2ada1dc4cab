using System.Security.Cryptography;
using System.Text;
using CrossPT.Tensors.Files;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Runs;

/// <summary>Which model prompts belong to: they mean nothing before any other.</summary>
/// <param name="Name">The folder's name; of a snapshot in the Hugging Face cache, the repository's.</param>
/// <param name="Path">Where it was.</param>
/// <param name="Sha256">
/// Of the weight file, in hexadecimal; of several shards, of the lines <c>HASH  NAME</c> that <c>sha256sum</c> prints
/// of them in the order of their names.
/// </param>
public sealed record ModelIdentity(string Name, string Path, string Sha256)
{
    private const string CachePrefix = "models--", CacheSnapshots = "snapshots";
    private const int CommitDigits = 40;

    /// <summary>The commit of a snapshot in the Hugging Face cache; null of any other folder.</summary>
    public string? Revision { get; init; }

    /// <summary>Identifies a model folder by the weights that <see cref="TensorFiles"/> would open in it.</summary>
    /// <exception cref="TensorFileException">There are none.</exception>
    public static ModelIdentity Of(string folder, IProgress<WorkProgress>? progress = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(folder));
        string[] files;
        using (ITensorSource source = TensorFiles.Open(full)) files = WeightFiles(source);
        (string name, string? revision) = NameOf(full);
        progress?.Report(new WorkProgress("hashing the model", 0, 0, ""));
        string hash = files.Length == 1
            ? HashOf(files[0])
            : HashOf(files.Select(static file => (file, HashOf(file))));
        return new ModelIdentity(name, full, hash) { Revision = revision };
    }

    /// <summary>
    /// A folder's name; of <c>models--OWNER--NAME/snapshots/COMMIT</c>, the repository and the commit.
    /// </summary>
    internal static (string Name, string? Revision) NameOf(string folder)
    {
        string[] parts = folder.Split(System.IO.Path.DirectorySeparatorChar);
        return parts.Length >= 3 && parts[^2] == CacheSnapshots
            && parts[^3].StartsWith(CachePrefix, StringComparison.Ordinal)
            && parts[^1].Length == CommitDigits && parts[^1].All(char.IsAsciiHexDigitLower)
                ? (parts[^3][CachePrefix.Length..].Replace("--", "/", StringComparison.Ordinal), parts[^1])
                : (System.IO.Path.GetFileName(folder), null);
    }

    /// <summary>
    /// The hash of the weights as the file names of the Hugging Face cache give it, where each link in a snapshot leads
    /// to a blob named by its SHA-256; null where the folder is no snapshot or its weights are no such links.
    /// </summary>
    internal static string? LinkedHashOf(string folder)
    {
        if (NameOf(folder).Revision is null) return null;
        string[] files;
        using (ITensorSource source = TensorFiles.Open(folder)) files = WeightFiles(source);
        string?[] blobs = [.. files.Select(static file => System.IO.Path.GetFileName(new FileInfo(file).LinkTarget))];
        if (blobs.Contains(null)) return null;
        return files.Length == 1 ? blobs[0] : HashOf(files.Zip(blobs, static (file, blob) => (file, blob!)));
    }

    private static string[] WeightFiles(ITensorSource source) => source is ShardedTensorFile sharded
        ? [.. sharded.ShardPaths.Order(StringComparer.Ordinal)]
        : [source.Path];

    private static string HashOf(IEnumerable<(string Path, string Hash)> shards)
    {
        string lines = string.Concat(
            shards.Select(static shard => $"{shard.Hash}  {System.IO.Path.GetFileName(shard.Path)}\n"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines)));
    }

    private static string HashOf(string file)
    {
        using FileStream stream = new(
            file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 20, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
