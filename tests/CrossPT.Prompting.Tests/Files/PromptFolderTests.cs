using CrossPT.Prompting.Files;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Tests.Files;

public sealed class PromptFolderTests : IDisposable
{
    private static readonly SavedPrompt s_prompt = new("a", [1, 2, 3, 4], 2);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Finds_FilesAdaptersAndRuns_InOrder()
    {
        Directory.CreateDirectory(_folder.PathOf("sub/run"));
        PromptExport.ToSafetensors(s_prompt, _folder.PathOf("b.safetensors"));
        PromptExport.ToNpy(s_prompt, _folder.PathOf("a.npy"));
        PromptExport.ToPeft(s_prompt, _folder.PathOf("sub/adapter"));
        PromptTensors.Safetensors(
            _folder.PathOf("sub/run/prompts.safetensors"), ("target.x", [2, 2], [1, 2, 3, 4]),
            ("private.x", [2, 2], [1, 2, 3, 4]));
        _folder.Write("notes.txt", "no prompt");
        _folder.Write("c.bin", "");
        _folder.Write("sub/broken/adapter_config.json", "{ \"peft_type\": \"LORA\" }");
        PromptFind[] finds = [.. PromptFolder.Find(_folder.FullName)];
        Assert.Equal(
            ["a.npy", "b.safetensors", "c.bin", "sub/adapter", "sub/broken", "sub/run"],
            finds.Select(find => Path.GetRelativePath(_folder.FullName, find.Path)));
        Assert.Equal([1, 1, 0, 1, 0, 2], finds.Select(static find => find.Prompts.Count));
        Assert.Contains("is empty", finds[2].Problem);
        Assert.Contains("LORA", finds[4].Problem);
        Assert.Equal(["target.x", "private.x"], finds[5].Prompts.Select(static prompt => prompt.Name));
        Assert.All(finds, static find => Assert.Equal(find.Prompts.Count == 0, find.Problem is not null));
    }

    [Fact]
    public void LinkToItsOwnFolder_IsNotFollowed()
    {
        if (OperatingSystem.IsWindows()) return;
        PromptExport.ToNpy(s_prompt, _folder.PathOf("a.npy"));
        Directory.CreateSymbolicLink(_folder.PathOf("loop"), _folder.FullName);
        Assert.Single(PromptFolder.Find(_folder.FullName));
    }

    [Fact]
    public void NoFolder_IsRefused() =>
        Assert.Throws<DirectoryNotFoundException>(() => PromptFolder.Find(_folder.PathOf("none")));

    [Fact]
    public void MaliciousPickle_IsRefused_AndNothingOfItRuns()
    {
        string touched = _folder.PathOf("touched"), path = PromptTensors.Malicious(_folder.PathOf("evil.pt"), touched);
        TensorFileException error = Assert.Throws<TensorFileException>(() => PromptFile.Load(path));
        Assert.Contains("'posix.system'", error.Message);
        Assert.Contains("nothing was run", error.Message);
        Assert.Contains("posix.system", Assert.Single(PromptFolder.Find(_folder.FullName)).Problem);
        Assert.False(File.Exists(touched));
    }
}
