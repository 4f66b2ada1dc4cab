using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Runner.Tests.Commands;

/// <summary>What the commands say of a model whose files hold more, or other things, than a T5.</summary>
public sealed class WildModelTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _golden;

    public WildModelTests()
    {
        TinyModel.Write(_folder.FullName);
        _golden = Path.Combine(_folder.FullName, "golden.safetensors");
        TinyModel.AddResults(TinyModel.Inputs(), _folder.FullName, _golden);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TensorsBesideAT5_AreAWarning_AndWithStrictAnError()
    {
        Rewrite("", "v_head.summary.weight");
        CliRun run = Verify();
        Assert.Equal(0, run.Code);
        Assert.Contains("warning: ", run.Error);
        Assert.Contains("v_head.summary.weight [1, 16]", run.Error);
        Verify("--strict").AssertBadInput("beside those of a T5", "v_head.summary.weight [1, 16]");
    }

    [Theory]
    [InlineData("model.")]
    [InlineData("module.")]
    [InlineData("_orig_mod.")]
    public void NamesBehindAPrefix_LoadWithALine_AlsoWithStrict(string prefix)
    {
        Rewrite(prefix);
        foreach (CliRun run in (CliRun[])[Verify(), Verify("--strict")])
        {
            Assert.Equal(0, run.Code);
            Assert.Contains($"begin with '{prefix}'", run.Error);
        }
    }

    [Fact]
    public void BiasOfANorm_IsAnError()
    {
        Rewrite("", "encoder.final_layer_norm.bias");
        Verify().AssertBadInput("encoder.final_layer_norm.bias [1, 16] is left over");
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("config.json")]
    [InlineData("golden.safetensors")]
    public void Pointer_InPlaceOfAFile_IsNamed(string name)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1024\n");
        Verify().AssertBadInput(name, "is a git-lfs pointer, not the file itself of 1,024 bytes: run 'git lfs pull'");
    }

    [Fact]
    public void Pointer_InPlaceOfInputOrConfiguration_IsNamed()
    {
        string path = Path.Combine(_folder.FullName, "file.json");
        File.WriteAllText(path, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1024\n");
        CliRun.Of("train", path).AssertBadInput("file.json", "is a git-lfs pointer");
        CliRun.Of("tokenize", "--model", "demo", "--input", path).AssertBadInput("file.json", "is a git-lfs pointer");
    }

    private CliRun Verify(params string[] options) =>
        CliRun.Of(["verify", "--model", _folder.FullName, "--golden", _golden, .. options]);

    private void Rewrite(string prefix, params string[] extra)
    {
        string path = Path.Combine(_folder.FullName, "model.safetensors");
        Dictionary<string, TinyModel.Stored> tensors = [];
        using (ITensorSource source = TensorFiles.Open(path))
        {
            foreach (TensorEntry entry in source.Entries)
            {
                byte[] bytes = new byte[entry.ByteLength];
                source.Read(entry, 0, bytes);
                tensors[prefix + entry.Name] = new TinyModel.Stored(entry.DType, entry.Shape, bytes);
            }
        }
        foreach (string name in extra) tensors[name] = TinyModel.Stored.Of(new float[16], 1, 16);
        TinyModel.Save(tensors, path);
    }
}
