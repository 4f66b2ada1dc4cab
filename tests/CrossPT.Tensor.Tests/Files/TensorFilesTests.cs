namespace CrossPT.Tensors.Files.Tests;

public sealed class TensorFilesTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_ContentDecides_NotTheName()
    {
        new SafetensorsWriter().Save(_folder["a.bin"]);
        NpyFile.Write(_folder["b.pt"], DType.UInt8, new Shape(1), new byte[1]);
        _folder.Write("c.safetensors", ZipBytes.Torch(new PickleBytes().Op("}").Stop()));
        using ITensorSource a = TensorFiles.Open(_folder["a.bin"]);
        using ITensorSource b = TensorFiles.Open(_folder["b.pt"]);
        using ITensorSource c = TensorFiles.Open(_folder["c.safetensors"]);
        Assert.IsType<SafetensorsFile>(a);
        Assert.IsType<NpyFile>(b);
        Assert.IsType<PyTorchFile>(c);
    }

    [Fact]
    public void Open_ModelFolder_PrefersTheWholeSafetensors()
    {
        Refused.WhenOpened(_folder.Path, "folder without weights", "pytorch_model.bin");
        _folder.Write("pytorch_model.bin", ZipBytes.Torch(new PickleBytes().Op("}").Stop()));
        using (ITensorSource source = TensorFiles.Open(_folder.Path)) Assert.IsType<PyTorchFile>(source);
        _folder.Write("model.safetensors.index.json", "{\"weight_map\":{}}");
        using (ITensorSource source = TensorFiles.Open(_folder.Path)) Assert.IsType<ShardedTensorFile>(source);
        new SafetensorsWriter().Save(_folder["model.safetensors"]);
        using (ITensorSource source = TensorFiles.Open(_folder.Path)) Assert.IsType<SafetensorsFile>(source);
    }

    [Fact]
    public void Open_NothingToRead_SaysWhy()
    {
        Refused.WhenOpened(_folder["no.safetensors"], "does not exist");
        Refused.WhenOpened(_folder["no/no.pt"], "does not exist");
        Refused.WhenOpened(_folder["no.json"], "does not exist");
        Refused.WhenOpened(_folder.Write("empty", ""), "is empty");
        Refused.WhenOpened(_folder.Write("empty.safetensors", ""), "has 0 bytes");
        Refused.WhenOpened(_folder.Write("notes.txt", "nothing of this kind"), "is a text file");
        Refused.WhenOpened(_folder.Write("notes.dat", "nothing\0of this kind"), "no known kind");
        Refused.With(_folder.Path, () => SafetensorsFile.Open(_folder.Path), "is a folder");
        Refused.With(_folder.Path, () => PyTorchFile.Open(_folder.Path), "is a folder");
        Refused.With(_folder.Path, () => NpyFile.Open(_folder.Path), "is a folder");
        Refused.With(_folder.Path, () => ShardedTensorFile.Open(_folder.Path), "is a folder");
    }

    [Fact]
    public void Open_NotPermittedOrInUse_SaysWhy()
    {
        string path = _folder["m.safetensors"];
        new SafetensorsWriter().Save(path);
        using (new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            Refused.WhenOpened(path, "cannot be opened");
        Assert.Contains(
            "read permission", PositionalFile.OpenError(path, new UnauthorizedAccessException()).Message,
            StringComparison.Ordinal);

        // An administrator may read everything, so this can only be seen by others.
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess) return;
        File.SetUnixFileMode(path, UnixFileMode.None);
        Refused.WhenOpened(path, "read permission");
    }

    [Fact]
    public void Read_AfterDispose_Throws()
    {
        new SafetensorsWriter().Add("a", DType.UInt8, new Shape(1), new byte[1]).Save(_folder["m.safetensors"]);
        SafetensorsFile file = SafetensorsFile.Open(_folder["m.safetensors"]);
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Read(file.Entries[0], 0, new byte[1]));
    }
}
