using System.Security.Cryptography;
using System.Text;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Runs;

/// <summary>Which model prompts belong to: they mean nothing before any other.</summary>
/// <param name="Name">The folder's name.</param>
/// <param name="Path">Where it was.</param>
/// <param name="Sha256">
/// Of the weight file, in hexadecimal; of several shards, of the lines <c>HASH  NAME</c> that <c>sha256sum</c> prints of them in the order of their names.
/// </param>
public sealed record ModelIdentity(string Name, string Path, string Sha256)
{
    /// <summary>Identifies a model folder by the weights that <see cref="TensorFiles"/> would open in it.</summary>
    /// <exception cref="TensorFileException">There are none.</exception>
    public static ModelIdentity Of(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(folder));
        string[] files;
        using (ITensorSource source = TensorFiles.Open(full))
        {
            files = source is ShardedTensorFile sharded ? [.. sharded.ShardPaths.Order(StringComparer.Ordinal)] : [source.Path];
        }
        return new ModelIdentity(System.IO.Path.GetFileName(full), full, files.Length == 1 ? HashOf(files[0]) : HashOf(files));
    }

    private static string HashOf(string[] shards)
    {
        string lines = string.Concat(shards.Select(static shard => $"{HashOf(shard)}  {System.IO.Path.GetFileName(shard)}\n"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines)));
    }

    private static string HashOf(string file)
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 20, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
