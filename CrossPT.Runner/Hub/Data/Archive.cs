using System.Formats.Tar;
using System.IO.Compression;
using System.IO.Hashing;
using CrossPT.Runner.Cli;

namespace CrossPT.Runner.Hub.Data;

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

/// <summary>Decides about the names in an archive: which are taken, and that none is a trick.</summary>
internal sealed class ArchivePaths(DataFile file, string archive)
{
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    /// <summary>Whether an entry is taken; a second one of its name is an error.</summary>
    /// <param name="name">Its name in the archive.</param>
    /// <param name="path">Its path from the data folder: a plain name at the end of a path of ours.</param>
    /// <exception cref="UserException">The name leads out of the folder: such an archive is not used at
    /// all.</exception>
    public bool Takes(string name, out string path)
    {
        path = name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;
        if (LeadsOut(path))
            throw new UserException(
                $"{archive}: has an entry '{Shown(name)}', which leads out of the folder; it is not unpacked",
                ExitCode.Failed);
        if (!IsWanted(path)) return false;
        return _taken.Add(path)
            ? true
            : throw new UserException($"{archive}: has two entries '{Shown(name)}', expected one", ExitCode.Failed);
    }

    /// <summary>Refuses an archive that lacks something.</summary>
    public void CheckComplete()
    {
        foreach (string path in file.Paths)
        {
            if (path.EndsWith('/')
                ? !_taken.Any(taken => taken.StartsWith(path, StringComparison.Ordinal))
                : !_taken.Contains(path))
                throw new UserException($"{archive}: has no {path}; its layout has changed", ExitCode.Failed);
        }
    }

    /// <summary>A name fit for a message.</summary>
    public static string Shown(string name) => name.Length <= 100 ? name : $"{name[..100]}…";

    private static bool LeadsOut(string path) =>
        path.StartsWith('/') || path.Contains('\0', StringComparison.Ordinal)
            || path.Contains(':', StringComparison.Ordinal)
        || path.Split('/', '\\').Contains("..") || path.StartsWith('\\');

    private bool IsWanted(string path)
    {
        if (path.EndsWith('/')) return false;
        foreach (string wanted in file.Paths.Concat(file.Optional))
        {
            if (wanted.EndsWith('/')
                ? path.StartsWith(wanted, StringComparison.Ordinal) && IsPlain(path[wanted.Length..])
                : path == wanted) return true;
        }
        return false;
    }

    private static bool IsPlain(string name)
        => name.Length <= 200 && name[0] != '.'
            && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}

/// <summary>
/// How much an archive may unpack to, whatever it declares: small archives of endless zeros fill no disk.
/// </summary>
/// <param name="archive">What messages call it.</param>
/// <param name="compressed">Its own bytes.</param>
internal sealed class UnpackBudget(string archive, long compressed)
{
    /// <summary>Entries, wanted or not. The largest known set has 100,000.</summary>
    public const int MostEntries = 250_000;

    // Text comes to a fifth of itself, rarely to a twentieth; what is small may be more regular.
    private const int MostTimes = 100;
    private const long AnySize = 16 << 20, Most = 8L << 30;

    private long _left = Allowed(compressed);
    private int _entries;

    /// <summary>Counts an entry.</summary>
    public void AddEntry()
    {
        if (++_entries > MostEntries)
            throw new UserException(
                $"{archive}: has more than {MostEntries} entries; it is not unpacked", ExitCode.Failed);
    }

    /// <summary>Counts bytes, declared or real.</summary>
    public void Take(long bytes)
    {
        if (bytes < 0 || bytes > _left)
        {
            long most = Allowed(compressed) >> 20;
            throw new UserException(
                $"{archive}: unpacks to more than {most} MB, too much for its {compressed} bytes; it is not unpacked",
                ExitCode.Failed);
        }
        _left -= bytes;
    }

    private static long Allowed(long compressed) => Math.Min(Most, AnySize + (MostTimes * compressed));
}

/// <summary>A stream that is read forward within a budget.</summary>
internal sealed class BudgetStream(Stream inner, UnpackBudget budget) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int read = inner.Read(buffer);
        budget.Take(read);
        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
