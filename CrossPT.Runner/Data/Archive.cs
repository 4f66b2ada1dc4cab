using System.Formats.Tar;
using System.IO.Compression;
using System.IO.Hashing;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Data;

/// <summary>
/// Unpacks the wanted files of an archive and nothing else: no links, no path out of the folder, no more than its
/// budget.
/// </summary>
internal static class Archive
{
    private const int LinkMode = 0xA000, KindMask = 0xF000;

    /// <summary>Unpacks into a folder.</summary>
    /// <param name="file">What is wanted of it.</param>
    /// <param name="path">The archive.</param>
    /// <param name="folder">Where to; wanted paths are below it.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="UserException">It is no such archive, lacks something, or is a trick.</exception>
    public static void Unpack(DataFile file, string path, string folder, CancellationToken cancellation)
    {
        ArchivePaths paths = new(file, file.Address);
        UnpackBudget budget = new(file.Address, new FileInfo(path).Length);
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (file.Kind == DataFileKind.Zip) UnpackZip(stream, file.Address, paths, budget, folder, cancellation);
            else UnpackTar(stream, file.Address, paths, budget, folder, cancellation);
        }
        catch (Exception error) when (
            error is InvalidDataException or EndOfStreamException or FormatException or ArgumentException
                or NotSupportedException)
        {
            string kind = file.Kind == DataFileKind.Zip ? "zip" : "gzipped tar";
            throw new UserException($"{file.Address}: is no sound {kind} archive ({error.Message.TrimEnd('.')})",
                ExitCode.Failed, error);
        }
        paths.CheckComplete();
    }

    private static void UnpackZip(
        FileStream stream, string archive, ArchivePaths paths, UnpackBudget budget, string folder,
        CancellationToken cancellation)
    {
        using ZipArchive zip = new(stream, ZipArchiveMode.Read);
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            budget.AddEntry();
            if (!paths.Takes(entry.FullName, out string path)) continue;
            if (((entry.ExternalAttributes >> 16) & KindMask) == LinkMode) throw Link(archive, entry.FullName);
            long declared = entry.Length;
            budget.Take(declared);
            using Stream content = entry.Open();
            uint crc = Write(content, archive, entry.FullName, declared, Path.Combine(folder, path), cancellation);
            if (crc != entry.Crc32)
                throw new UserException(
                    $"{archive}: the entry '{ArchivePaths.Shown(entry.FullName)}' is broken (its CRC-32 is wrong)",
                    ExitCode.Failed);
        }
    }

    private static void UnpackTar(
        FileStream stream, string archive, ArchivePaths paths, UnpackBudget budget, string folder,
        CancellationToken cancellation)
    {
        using GZipStream plain = new(stream, CompressionMode.Decompress);
        // Everything is decompressed to get at the next entry, wanted or not.
        using BudgetStream counted = new(plain, budget);
        using TarReader tar = new(counted);
        while (tar.GetNextEntry() is { } entry)
        {
            cancellation.ThrowIfCancellationRequested();
            budget.AddEntry();
            if (entry.EntryType is TarEntryType.GlobalExtendedAttributes) continue;
            if (!paths.Takes(entry.Name, out string path)) continue;
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                throw Link(archive, entry.Name);
            Write(entry.DataStream ?? Stream.Null, archive, entry.Name, entry.Length, Path.Combine(folder, path),
                cancellation);
        }
    }

    private static uint Write(Stream content, string archive, string name, long declared, string path,
        CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using FileStream output = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        byte[] buffer = new byte[1 << 16];
        Crc32 crc = new();
        for (int read; (read = content.Read(buffer)) > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            if (output.Length + read > declared) throw Size(archive, name, "more", declared);
            output.Write(buffer, 0, read);
            crc.Append(buffer.AsSpan(0, read));
        }
        return output.Length == declared ? crc.GetCurrentHashAsUInt32() : throw Size(archive, name, "fewer", declared);
    }

    private static UserException Size(string archive, string name, string which, long declared) =>
        new(
            $"{archive}: the entry '{ArchivePaths.Shown(name)}' has {which} bytes than the {declared} it declares; "
            + "it is not unpacked", ExitCode.Failed);

    private static UserException Link(string archive, string name) =>
        new(
            $"{archive}: the entry '{ArchivePaths.Shown(name)}' is a link or a device, expected a file; "
            + "it is not unpacked", ExitCode.Failed);
}
