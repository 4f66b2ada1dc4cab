using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Hub.Transfer;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Hub.Data;

/// <summary>A file that a data set was downloaded as.</summary>
/// <param name="Address">Its official address.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">What its bytes came to.</param>
/// <param name="Known">Whether that was known beforehand.</param>
internal sealed record PulledData(string Address, long Bytes, string Sha256, bool Known);

/// <summary>Downloads data sets into a folder.</summary>
internal sealed class DataPull(DataFolder folder, RemoteClient client, ITransferProgress progress, Uri? mirror = null)
{
    // More than any of the files has; those with a known size have that.
    private const long LargestFile = 2L << 30;

    /// <summary>Downloads, checks and unpacks a data set, unless it is here.</summary>
    /// <returns>What was downloaded; null where it was here.</returns>
    /// <exception cref="UserException">A file did not come, or is not what it should be.</exception>
    public async Task<IReadOnlyList<PulledData>?> RunAsync(DataSet set, CancellationToken cancellation)
    {
        if (folder.Has(set)) return null;
        Directory.CreateDirectory(folder.Downloads);
        using IDisposable locked = await FileLock.TakeAsync(
            folder.LockOf(set), () => progress.Note($"{set.Name}: another process is downloading it, waiting"),
            cancellation).ConfigureAwait(false);
        if (folder.Has(set)) return null;
        // Of this set alone, and under its lock: what a killed process left here is nobody's.
        string stage = Path.Combine(folder.Downloads, $"{set.Name}.unpacked");
        if (Directory.Exists(stage)) Directory.Delete(stage, recursive: true);
        Directory.CreateDirectory(stage);
        try
        {
            List<PulledData> files = [];
            List<string> archives = [];
            foreach (DataFile file in set.Files)
            {
                string path = Path.Combine(folder.Downloads, NameOf(file));
                archives.Add(path);
                files.Add(await DownloadAsync(set, file, path, cancellation).ConfigureAwait(false));
                if (file.Kind != DataFileKind.Plain) Archive.Unpack(file, path, stage, cancellation);
                else Place(path, Path.Combine(stage, file.Paths[0]));
            }
            DataStage.Publish(stage, folder, set);
            WriteRecord(set, files);
            foreach (string archive in archives) File.Delete(archive);
            return files;
        }
        finally
        {
            Directory.Delete(stage, recursive: true);
        }
    }

    private async Task<PulledData> DownloadAsync(
        DataSet set, DataFile file, string path, CancellationToken cancellation)
    {
        Uri official = new(file.Address);
        RemoteFile remote = new($"{set.Name}: {Path.GetFileName(official.LocalPath)}", AddressOf(official))
        {
            Size = file.Bytes, Hash = file.Sha256 is null ? null : new ContentHash(file.Sha256),
            Limit = file.Bytes ?? LargestFile,
        };
        // What nobody knows the hash of is not gone on with: the parts might be of two versions. What is whole, and was
        // not unpacked to the end, is.
        if (file.Sha256 is null) File.Delete(path + ".incomplete");
        bool present = File.Exists(path) && file.Sha256 is not null && ContentHash.Sha256Of(path) == file.Sha256;
        if (!present)
            await new FileDownload(client, progress).DownloadAsync(remote, path, cancellation).ConfigureAwait(false);
        PulledData pulled = new(
            file.Address, new FileInfo(path).Length, ContentHash.Sha256Of(path), file.Sha256 is not null);
        if (!pulled.Known)
            progress.Note($"{remote.Name}: no hash of it was ever published; its SHA-256 here is {pulled.Sha256}");
        return pulled;
    }

    /// <summary>The official address, or the same path on a mirror: <c>MIRROR/HOST/PATH</c>.</summary>
    private Uri AddressOf(Uri official) =>
        mirror is null
            ? official
            : new Uri($"{mirror.AbsoluteUri.TrimEnd('/')}/{official.Host}{official.AbsolutePath}");

    private void WriteRecord(DataSet set, List<PulledData> files)
    {
        string path = folder.RecordOf(set);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.Write(path, stream =>
        {
            using Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true });
            json.WriteStartObject();
            json.WriteString("name", set.Name);
            json.WriteString("terms", set.Terms);
            WriteFiles(json, files);
            json.WriteEndObject();
        });
    }

    /// <summary>Writes <c>"files"</c>.</summary>
    public static void WriteFiles(Utf8JsonWriter json, IReadOnlyList<PulledData> files)
    {
        json.WriteStartArray("files");
        foreach (PulledData file in files)
        {
            json.WriteStartObject();
            json.WriteString("address", file.Address);
            json.WriteNumber("bytes", file.Bytes);
            json.WriteString("sha256", file.Sha256);
            json.WriteBoolean("hash_was_known", file.Known);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    // Two archives of different collections are called RTE.zip.
    private static string NameOf(DataFile file)
        => Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes($"{file.Address} {file.Sha256}")).AsSpan(0, 16));

    private static void Place(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Move(from, to, overwrite: true);
    }
}

/// <summary>Moves an unpacked data set to its place.</summary>
internal static class DataStage
{
    /// <summary>
    /// Moves each folder at once where it is new; into one that is there, as two collections share <c>RTE</c>, file by
    /// file. Folders of texts are always moved at once: a part of one would look like the whole.
    /// </summary>
    public static void Publish(string stage, DataFolder folder, DataSet set)
    {
        foreach (string source in Directory.GetDirectories(stage))
        {
            string target = folder.PathOf(Path.GetFileName(source));
            bool ofTexts = set.Files.SelectMany(static file => file.Paths).Any(static path => path.EndsWith('/'));
            if (ofTexts && Directory.Exists(target)) Directory.Move(target, Path.Combine(stage, ".replaced"));
            if (!Directory.Exists(target) && TryMove(source, target)) continue;
            foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
            {
                string place = Path.Combine(target, Path.GetRelativePath(source, file));
                Directory.CreateDirectory(Path.GetDirectoryName(place)!);
                File.Move(file, place, overwrite: true);
            }
        }
    }

    private static bool TryMove(string source, string target)
    {
        try
        {
            Directory.Move(source, target);
            return true;
        }
        catch (IOException) when (Directory.Exists(target))
        {
            // Another data set made it in this moment.
            return false;
        }
    }
}
