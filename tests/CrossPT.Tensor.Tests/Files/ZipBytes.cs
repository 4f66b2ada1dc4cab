using System.IO.Compression;

namespace CrossPT.Tensors.Files.Tests;

/// <summary>Archives like those of torch.save.</summary>
internal static class ZipBytes
{
    public static byte[] Make(params (string Name, byte[] Bytes)[] items) =>
        Make(CompressionLevel.NoCompression, items);

    public static byte[] Make(CompressionLevel level, params (string Name, byte[] Bytes)[] items)
    {
        using MemoryStream stream = new();
        using (ZipArchive archive = new(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] bytes) in items)
            {
                using Stream item = archive.CreateEntry(name, level).Open();
                item.Write(bytes);
            }
        }
        return stream.ToArray();
    }

    /// <summary>A checkpoint: its pickle and its storages by key.</summary>
    public static byte[] Torch(byte[] pickle, params (string Key, byte[] Bytes)[] storages)
        => Make(
            [
                ("archive/data.pkl", pickle), .. storages.Select(static s => ($"archive/data/{s.Key}", s.Bytes)),
                ("archive/version", "3\n"u8.ToArray())]);

    public static byte[] Floats(int count)
    {
        byte[] bytes = new byte[4 * count];
        for (int i = 0; i < count; i++) BitConverter.TryWriteBytes(bytes.AsSpan(4 * i), (float)i);
        return bytes;
    }
}
