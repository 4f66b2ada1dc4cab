namespace CrossPT.Tensors.Files.Tests;

public sealed class ShardedTensorFileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public ShardedTensorFileTests()
    {
        new SafetensorsWriter().Add("a", DType.UInt8, new Shape(1), new byte[] { 1 })
            .Add("extra", DType.UInt8, new Shape(1), new byte[] { 9 }).Save(_folder["m-1.safetensors"]);
        new SafetensorsWriter().Add("b", DType.UInt8, new Shape(2), new byte[] { 2, 3 })
            .Save(_folder["m-2.safetensors"]);
    }

    public void Dispose() => _folder.Dispose();

    private string Index(string json) => _folder.Write("model.safetensors.index.json", json);

    [Fact]
    public void Open_TwoShards_IsOneModel()
    {
        string path = Index(
            """{"metadata":{"total_size":3,"x":[{}]},"weight_map":{"b":"m-2.safetensors","a":"m-1.safetensors"}}""");
        foreach (string place in (string[])[path, _folder.Path])
        {
            using ITensorSource file = TensorFiles.Open(place);
            Assert.Equal(["b", "a"], file.Entries.Select(static e => e.Name));
            Assert.Equal([2, 3], file.ReadInt32("b"));
            Assert.Equal([1], file.ReadInt32("a"));
            Assert.False(file.TryGet("extra", out _));
        }
    }

    [Fact]
    public void Open_PyTorchShard_IsRead()
    {
        _folder.Write(
            "p.bin",
            ZipBytes.Torch(
                new PickleBytes().Op("}").Text("a").Tensor("0", 2).Op("s").Stop(), ("0", ZipBytes.Floats(2))));
        _folder.Write("pytorch_model.bin.index.json", """{"weight_map":{"a":"p.bin"}}""");
        using ITensorSource file = TensorFiles.Open(_folder.Path);
        Assert.Equal([0, 1], file.ReadSingles("a"));
    }

    [Theory]
    [InlineData("../m-1.safetensors")]
    [InlineData("sub/m-1.safetensors")]
    [InlineData("sub\\\\m-1.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("C:m-1.safetensors")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("a\\u0000b")]
    public void Open_ShardOutsideTheFolder_IsRefused(string shard)
        => Refused.WhenOpened(Index($"{{\"weight_map\":{{\"a\":\"{shard}\"}}}}"), "'a'", "plain name");

    [Theory]
    [InlineData("""{"weight_map":{"a":"m-3.safetensors"}}""", "m-3.safetensors", "not beside it")]
    [InlineData("""{"weight_map":{"c":"m-1.safetensors"}}""", "'c'", "m-1.safetensors")]
    [InlineData("""{"weight_map":{"a":"m-1.safetensors","a":"m-1.safetensors"}}""", "'a'", "twice")]
    [InlineData("""{"weight_map":{},"weight_map":{}}""", "twice")]
    [InlineData("""{"weight_map":{"a":1}}""", "'a'", "expected text")]
    [InlineData("""{"weight_map":[]}""", "expected an object")]
    [InlineData("""{"weight_map":{"":"m-1.safetensors"}}""", "empty name")]
    [InlineData("""{"metadata":{}}""", "no weight_map")]
    [InlineData("[]", "expected an object")]
    [InlineData("{\"weight_map\":{", "JSON")]
    [InlineData("", "JSON")]
    public void Open_BrokenIndex_SaysWhat(string json, params string[] parts) => Refused.WhenOpened(Index(json), parts);

    [Fact]
    public void Open_IndexOfVeryManyTensors_StaysWithinBounds()
    {
        string names = string.Join(',', Enumerable.Range(0, 300_000).Select(static i => $"\"{i:x}\":\"a\""));
        string json = $"{{\"weight_map\":{{{names}}}}}";
        string path = Index(json);
        Allocation.Of(() => Refused.WhenOpened(path, "more than 262144 tensors"), json.Length);
    }

    [Fact]
    public void Open_BrokenShard_NamesTheShard()
    {
        Index("""{"weight_map":{"a":"m-1.safetensors","b":"m-2.safetensors"}}""");
        string shard = _folder.Write("m-2.safetensors", "short");
        Refused.With(shard, () => TensorFiles.Open(_folder.Path), "5 bytes");
    }

    [Fact]
    public void Read_EntryOfAnotherSource_Throws()
    {
        using ITensorSource file = TensorFiles.Open(Index("""{"weight_map":{"a":"m-1.safetensors"}}"""));
        Assert.Throws<ArgumentException>(
            () => file.Read(new TensorEntry("a", DType.UInt8, new Shape(1), 0), 0, new byte[1]));
        Assert.Throws<ArgumentException>(
            () => file.Read(new TensorEntry("z", DType.UInt8, new Shape(1), 0), 0, new byte[1]));
    }
}
