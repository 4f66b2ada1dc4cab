using CrossPT.TestKit;

namespace CrossPT.Tensors.Files.Tests;

/// <summary>Files that others wrote: Hugging Face's models, prompts from torch.save.</summary>
public sealed class SharedFilesTests
{
    [Fact]
    public void Sharded_HasTheTensorsOfTheWholeModel()
    {
        using ITensorSource whole = TensorFiles.Open(SharedFolder.Path("fixtures", "tiny_v11"));
        using ITensorSource shards = TensorFiles.Open(SharedFolder.Path("fixtures", "tiny_v11_sharded"));
        Assert.IsType<SafetensorsFile>(whole);
        Assert.IsType<ShardedTensorFile>(shards);
        Assert.Equal(
            whole.Entries.Select(static e => e.Name).Order(), shards.Entries.Select(static e => e.Name).Order());
        foreach (TensorEntry entry in whole.Entries)
            Assert.Equal(whole.ReadSingles(entry.Name), shards.ReadSingles(entry.Name));
    }

    [Fact]
    public void EveryFixture_IsReadAndWrittenAgainTheSame()
    {
        using MemoryBackend backend = new(DType.Float64);
        string[] files = Directory.GetFiles(
            SharedFolder.Path("fixtures"), "*.safetensors", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (string path in files)
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            SafetensorsWriter writer = new(file.Metadata);
            foreach (TensorEntry entry in file.Entries)
            {
                byte[] bytes = new byte[entry.ByteLength];
                file.Read(entry, 0, bytes);
                writer.Add(entry.Name, entry.DType, entry.Shape, bytes);
                using Tensor tensor = file.ReadTensor(entry, backend);
                Assert.Equal(entry.Shape, tensor.Shape);
            }
            using MemoryStream again = new();
            writer.WriteTo(again);
            byte[] old = File.ReadAllBytes(path);
            int data = (int)file.Entries[0].Offset;
            Assert.Equal(old.AsSpan(data), again.ToArray().AsSpan((int)(again.Length - (old.Length - data))));
        }
    }

    [Fact]
    public void EveryPrompt_IsOneMatrix()
    {
        string[] files = Directory.GetFiles(SharedFolder.Path("prompts"), "*.pt", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (string path in files)
        {
            using ITensorSource file = TensorFiles.Open(path);
            TensorEntry entry = Assert.Single(file.Entries);
            Assert.Equal("tensor", entry.Name);
            Assert.Equal(100, entry.Shape[0]);
            float[] values = file.ReadSingles("tensor");
            Assert.All(values, static v => Assert.True(float.IsFinite(v)));
            Assert.Contains(values, static v => v != 0);
        }
    }
}
