using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace CrossPT.Runner.Tests.Hub.Data;

/// <summary>Archives made in memory.</summary>
internal static class ArchiveBytes
{
    public static byte[] Zip(params (string Name, string Text)[] entries) => Zip(static _ => { }, entries);

    /// <summary>With something done to each entry.</summary>
    public static byte[] Zip(Action<ZipArchiveEntry> change, params (string Name, string Text)[] entries)
    {
        using MemoryStream stream = new();
        using (ZipArchive zip = new(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, string text) in entries)
            {
                ZipArchiveEntry entry = zip.CreateEntry(name);
                change(entry);
                using Stream content = entry.Open();
                content.Write(Encoding.UTF8.GetBytes(text));
            }
        }
        return stream.ToArray();
    }

    public static byte[] TarGzip(params (string Name, string Text)[] entries) =>
        TarGzip(
            [
                .. entries.Select(
                    static one => (TarEntry)new PaxTarEntry(TarEntryType.RegularFile, one.Name)
                    {
                        DataStream = new MemoryStream(Encoding.UTF8.GetBytes(one.Text)),
                    })]);

    public static byte[] TarGzip(params TarEntry[] entries)
    {
        using MemoryStream stream = new();
        using (GZipStream gzip = new(stream, CompressionLevel.Optimal, leaveOpen: true))
        {
            using TarWriter tar = new(gzip);
            foreach (TarEntry entry in entries) tar.WriteEntry(entry);
        }
        return stream.ToArray();
    }
}
