namespace CrossPT.Tensors.Files.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_NewAndOldFile_HasTheNewContent()
    {
        AtomicFile.Write(_folder["a.json"], static stream => stream.Write("one"u8));
        AtomicFile.Write(_folder["a.json"], static stream => stream.Write("two"u8));
        Assert.Equal("two", File.ReadAllText(_folder["a.json"]));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Write_Throws_KeepsTheOldFileAndNoOther()
    {
        _folder.Write("a.json", "old");
        Assert.Throws<FormatException>(() => AtomicFile.Write(_folder["a.json"], static stream =>
        {
            stream.Write("half"u8);
            throw new FormatException();
        }));
        Assert.Equal("old", File.ReadAllText(_folder["a.json"]));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Write_FolderMissingOrInThePlaceOfTheFile_Throws()
    {
        Assert.Throws<DirectoryNotFoundException>(() => AtomicFile.Write(_folder["no/a.json"], static _ => { }));
        Assert.Throws<IOException>(() => AtomicFile.Write(_folder.Path, static _ => { }));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Write_LongestName_Works()
    {
        string name = new('n', 255);
        AtomicFile.Write(_folder[name], static stream => stream.WriteByte(1));
        Assert.Equal([1], File.ReadAllBytes(_folder[name]));
    }

    [Fact]
    public void Write_ExistingFile_KeepsItsPermissions()
    {
        if (OperatingSystem.IsWindows()) return;
        string path = _folder.Write("a.json", "old");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        AtomicFile.Write(path, static stream => stream.Write("new"u8));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }
}
