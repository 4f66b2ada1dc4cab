using System.Formats.Tar;
using CrossPT.Runner.Cli;
using CrossPT.Runner.Hub.Data;

namespace CrossPT.Runner.Tests.Hub.Data;

/// <summary>Archives that are what they should be, and archives that are tricks.</summary>
public sealed class ArchiveTests
{
    private static readonly DataFile s_zip = new("https://host/x.zip", DataFileKind.Zip, ["X/train.tsv", "X/dev.tsv"])
    {
        Optional = ["X/test.tsv"],
    };
    private static readonly DataFile s_tar = new(
        "https://host/x.tgz", DataFileKind.TarGzip, ["X/train/", "X/list.txt"]);

    [Fact]
    public void Zip_GivesTheWantedFilesAlone()
    {
        using TempFolder folder = new();
        Unpack(
            s_zip, folder,
            ArchiveBytes.Zip(
                ("X/", ""), ("X/train.tsv", "a"), ("X/dev.tsv", "b"), ("__MACOSX/._train.tsv", "junk"),
                ("X/Icon\r", "junk"), ("X/run.sh", "evil")));
        Assert.Equal(["dev.tsv", "train.tsv"], Names(folder));
        Assert.Equal("a", File.ReadAllText(Path.Combine(folder.FullName, "out", "X", "train.tsv")));
    }

    [Fact]
    public void Tar_GivesTheWantedFilesAlone()
    {
        using TempFolder folder = new();
        Unpack(
            s_tar, folder,
            ArchiveBytes.TarGzip(
                ("./X/train/0_1.txt", "a"), ("X/train/1_9.txt", "b"), ("X/train/deep/2.txt", "c"), ("X/list.txt", "d"),
                ("X/other.txt", "e")));
        Assert.Equal(["0_1.txt", "1_9.txt", "list.txt"], Names(folder));
    }

    public static TheoryData<string> Tricks =>
        ["../up.txt", "X/../../up.txt", "/etc/up.txt", "C:/up.txt", "..\\up.txt", "\\up.txt", "X/a\\..\\..\\up.txt"];

    [Theory]
    [MemberData(nameof(Tricks))]
    public void Path_ThatLeadsOut_RefusesTheWholeArchive(string name)
    {
        Refuse(
            s_zip, ArchiveBytes.Zip(("X/train.tsv", "a"), ("X/dev.tsv", "b"), (name, "evil")),
            "leads out of the folder");
        Refuse(
            s_tar, ArchiveBytes.TarGzip(("X/list.txt", "a"), ("X/train/0.txt", "b"), (name, "evil")),
            "leads out of the folder");
    }

    [Fact]
    public void Link_IsRefused()
    {
        Refuse(
            s_zip,
            ArchiveBytes.Zip(
                static entry => entry.ExternalAttributes = entry.Name == "dev.tsv" ? unchecked((int)0xA1FF0000) : 0,
                ("X/train.tsv", "a"), ("X/dev.tsv", "/etc/passwd")), "is a link");
        foreach (TarEntryType type in (TarEntryType[])[TarEntryType.SymbolicLink, TarEntryType.HardLink])
            Refuse(
                s_tar, ArchiveBytes.TarGzip(new PaxTarEntry(type, "X/list.txt") { LinkName = "/etc/passwd" }),
                "is a link");
        Refuse(
            s_tar, ArchiveBytes.TarGzip(new PaxTarEntry(TarEntryType.Fifo, "X/train/0.txt")), "is a link or a device");
    }

    [Fact]
    public void Bomb_IsRefused_ByWhatItDeclares_AndByWhatItIs()
    {
        byte[] bomb = ArchiveBytes.Zip(("X/train.tsv", new string('0', 20 << 20)), ("X/dev.tsv", "b"));
        Refuse(s_zip, bomb, "unpacks to more than");
        // The sizes of the first entry, in its own header and in the directory at the end, say 1,000 bytes.
        byte[] liar = [.. bomb];
        int directory = Find(liar, "PK\u0001\u0002"u8);
        BitConverter.TryWriteBytes(liar.AsSpan(directory + 24), 1000);
        Refuse(s_zip, liar, "more bytes than the 1000 it declares", "its CRC-32 is wrong", "is no sound zip");
        // Of a tar, all is unpacked to get at the rest, wanted or not.
        Refuse(
            s_tar, ArchiveBytes.TarGzip(("X/other.txt", new string('0', 24 << 20)), ("X/list.txt", "a")),
            "unpacks to more than");
    }

    [Fact]
    public void Entries_TwiceOrTooMany_AreRefused()
    {
        Refuse(s_zip, ArchiveBytes.Zip(("X/train.tsv", "a"), ("X/train.tsv", "b")), "two entries");
        UnpackBudget budget = new("x", 1);
        for (int i = 0; i < UnpackBudget.MostEntries; i++) budget.AddEntry();
        Assert.Throws<UserException>(budget.AddEntry);
    }

    [Fact]
    public void Archive_ThatIsBroken_IsRefused()
    {
        byte[] zip = ArchiveBytes.Zip(("X/train.tsv", "a row"), ("X/dev.tsv", "b"));
        byte[] tar = ArchiveBytes.TarGzip(("X/list.txt", new string('x', 5000)), ("X/train/0.txt", "b"));
        Refuse(s_zip, ArchiveBytes.Zip(("X/train.tsv", "a")), "has no X/dev.tsv");
        Refuse(s_tar, ArchiveBytes.TarGzip(("X/list.txt", "a")), "has no X/train/");
        Refuse(s_zip, zip[..^10], "is no sound zip");
        Refuse(s_zip, [1, 2, 3], "is no sound zip");
        Refuse(s_tar, zip, "is no sound gzipped tar");
        Refuse(s_tar, tar[..(tar.Length / 2)], "is no sound gzipped tar", "has no X");
        byte[] wrong = [.. zip];
        int directory = Find(wrong, "PK\u0001\u0002"u8);
        wrong[directory + 16] ^= 1;
        Refuse(s_zip, wrong, "CRC-32", "is no sound zip");
    }

    private static int Find(byte[] bytes, ReadOnlySpan<byte> what) => bytes.AsSpan().IndexOf(what);

    private static void Refuse(DataFile file, byte[] bytes, params string[] anyOf)
    {
        using TempFolder folder = new();
        UserException error = Assert.Throws<UserException>(() => Unpack(file, folder, bytes));
        Assert.True(anyOf.Any(words => error.Message.Contains(words, StringComparison.Ordinal)), error.Message);
        Assert.Equal(1, error.Code);
        Assert.False(
            File.Exists(Path.Combine(folder.FullName, "up.txt"))
                || File.Exists(Path.Combine(Path.GetDirectoryName(folder.FullName)!, "up.txt")));
    }

    private static void Unpack(DataFile file, TempFolder folder, byte[] bytes) =>
        Archive.Unpack(
            file, folder.Write("archive", bytes),
            Directory.CreateDirectory(Path.Combine(folder.FullName, "out")).FullName, default);

    private static IEnumerable<string> Names(TempFolder folder) =>
        Directory.EnumerateFiles(Path.Combine(folder.FullName, "out"), "*", SearchOption.AllDirectories)
            .Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal);
}
