using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using static CrossPT.Tensors.Files.Tests.ZipBytes;

namespace CrossPT.Tensors.Files.Tests;

public sealed class PyTorchFileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static byte[] OneTensor => new PickleBytes().Tensor("0", 2, 3).Stop();

    [Fact]
    public void Open_BareTensor_IsCalledTensor()
    {
        using ITensorSource file = TensorFiles.Open(_folder.Write("a.pt", Torch(OneTensor, ("0", Floats(6)))));
        Assert.IsType<PyTorchFile>(file);
        Assert.Equal("tensor Float32 [2, 3]", Assert.Single(file.Entries).ToString());
        Assert.Equal([0, 1, 2, 3, 4, 5], file.ReadSingles("tensor"));
    }

    [Fact]
    public void Open_NestedContainersAndSharedStorage_HasDottedNames()
    {
        PickleBytes pickle = new PickleBytes().Op("}(")
            .Text("model").Global("collections", "OrderedDict").Op(")R(")
            .Text("w").Tensor("FloatStorage", "0", 6, 0, [2, 3], [3, 1])
            .Text("wT").Tensor("FloatStorage", "0", 6, 0, [3, 2], [1, 3])
            .Text("part").Tensor("FloatStorage", "0", 6, 1, [2, 2], [3, 1])
            .Op("u").Op("}").Text("_metadata").Op("}sb")
            .Text("list").Op("](").Tensor("FloatStorage", "0", 6, 4, [], []).Op("NK\u0007(").Tensor("1", 0, 3).Op("te")
            .Int(5).Tensor("FloatStorage", "0", 6, 5, [1], [77])
            .Text("epoch").Int(3).Text("loss").Op("G").Raw(0, 0, 0, 0, 0, 0, 0, 0).Text("wide")
            .Raw(0x8A, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9).Op("N").Raw(0x88)
            .Op("u");
        using PyTorchFile file = PyTorchFile.Open(
            _folder.Write("a.bin", Torch(pickle.Stop(), ("0", Floats(6)), ("1", []))));

        Assert.Equal(
            ["model.w", "model.wT", "model.part", "list.0", "list.3.0", "5"], file.Entries.Select(static e => e.Name));
        Assert.Equal([0, 1, 2, 3, 4, 5], file.ReadSingles("model.w"));
        Assert.Equal([0, 3, 1, 4, 2, 5], file.ReadSingles("model.wT"));
        Assert.Equal([1, 2, 4, 5], file.ReadSingles("model.part"));
        Assert.Equal([4], file.ReadSingles("list.0"));
        Assert.Empty(file.ReadSingles("list.3.0"));
        Assert.Equal([5], file.ReadSingles("5"));
        float[] middle = new float[2];
        file.Read(file.Get("model.wT"), 12, System.Runtime.InteropServices.MemoryMarshal.AsBytes(middle.AsSpan()));
        Assert.Equal([4, 2], middle);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(file.Get("model.wT"), 2, new byte[4]));
    }

    [Theory]
    [InlineData("DoubleStorage", DType.Float64)]
    [InlineData("HalfStorage", DType.Float16)]
    [InlineData("BFloat16Storage", DType.BFloat16)]
    [InlineData("LongStorage", DType.Int64)]
    [InlineData("IntStorage", DType.Int32)]
    [InlineData("ShortStorage", DType.Int16)]
    [InlineData("CharStorage", DType.Int8)]
    [InlineData("ByteStorage", DType.UInt8)]
    [InlineData("BoolStorage", DType.Boolean)]
    public void Open_EveryStorage_HasItsType(string storage, DType type)
    {
        byte[] bytes = [.. Enumerable.Range(0, 48).Select(static i => (byte)i)];
        byte[] pickle = new PickleBytes().Op("](").Tensor(storage, "0", 6, 0, [2, 3], [3, 1])
            .Tensor(storage, "0", 6, 0, [3, 2], [1, 3]).Op("e").Stop();
        using PyTorchFile file = PyTorchFile.Open(_folder.Write("a.pt", Torch(pickle, ("0", bytes))));
        byte[] whole = new byte[6 * type.ByteSize()];
        byte[] turned = new byte[whole.Length];
        file.Read(file.Get("0"), 0, whole);
        file.Read(file.Get("1"), 0, turned);
        Assert.Equal(type, file.Entries[0].DType);
        Assert.Equal(bytes[..whole.Length], whole);
        Assert.Equal(
            ((int[])[0, 3, 1, 4, 2, 5]).SelectMany(i => bytes.Skip(i * type.ByteSize()).Take(type.ByteSize())), turned);
    }

    [Fact]
    public void Open_DeflatedPickle_IsRead_DeflatedStorageIsRefused()
    {
        byte[] packed = Make(
            CompressionLevel.Optimal, ("a/data.pkl", new PickleBytes().Op("}").Stop()),
            ("a/version", "3\n"u8.ToArray()));
        using (PyTorchFile file = PyTorchFile.Open(_folder.Write("a.pt", packed))) Assert.Empty(file.Entries);
        Refused.WhenOpened(
            _folder.Write(
                "b.pt", Make(CompressionLevel.Optimal, ("a/data.pkl", OneTensor), ("a/data/0", new byte[24]))),
                    "'a/data/0'", "compressed");
    }

    [Fact]
    public void Open_ManyTensors_ReadFromManyThreads()
    {
        PickleBytes pickle = new PickleBytes(4).Op("](");
        for (int i = 0; i < 32; i++)
            pickle.Tensor("FloatStorage", "0", 10_000, 0, [100, 100], i % 2 == 0 ? [100, 1] : [1, 100]);
        using PyTorchFile file = PyTorchFile.Open(
            _folder.Write("a.pt", Torch(pickle.Op("e").Stop(), ("0", Floats(10_000)))));
        Parallel.ForEach(file.Entries, entry =>
        {
            float[] values = file.ReadSingles(entry.Name);
            bool turned = int.Parse(entry.Name, System.Globalization.CultureInfo.InvariantCulture) % 2 == 1;
            for (int i = 0; i < values.Length; i++) Assert.Equal(turned ? (i % 100 * 100) + (i / 100) : i, values[i]);
        });
    }

    public static TheoryData<string, byte[], string[]> Broken => new()
    {
        { "missing storage", Torch(OneTensor), ["'tensor'", "storage '0'", "does not have"] },
        { "short storage", Torch(OneTensor, ("0", Floats(5))), ["20 bytes", "6 elements"] },
        { "no pickle", Make(("a/other", [1])), ["data.pkl", "'a/other'"] },
        { "no folder", Make(("data.pkl", OneTensor)), ["data.pkl"] },
        {
            "big endian", Make(("a/data.pkl", OneTensor), ("a/byteorder", "big"u8.ToArray()), ("a/data/0", Floats(6))),
            ["byteorder", "little"] },
        {
            "leaves storage",
            Torch(new PickleBytes().Tensor("FloatStorage", "0", 6, 1, [2, 3], [3, 1]).Stop(), ("0", Floats(6))),
            ["from element 1", "6 elements"] },
        {
            "stride leaves storage",
            Torch(new PickleBytes().Tensor("FloatStorage", "0", 6, 0, [2, 3], [4, 1]).Stop(), ("0", Floats(6))),
            ["strides [4, 1]"] },
        {
            "stride overflows",
            Torch(new PickleBytes().Tensor("FloatStorage", "0", 6, 0, [3], [long.MaxValue]).Stop(), ("0", Floats(6))),
            ["leaves its storage"] },
        {
            "expanded",
            Torch(
                new PickleBytes().Tensor("FloatStorage", "0", 1, 0, [1 << 30, 1 << 30], [0, 0]).Stop(),
                ("0", Floats(1))), ["repeats", "contiguous()"] },
        {
            "count overflows",
            Torch(
                new PickleBytes().Tensor("FloatStorage", "0", 1, 0, [1 << 30, 1 << 30, 1 << 30], [0, 0, 0]).Stop(),
                ("0", Floats(1))), ["more elements"] },
        {
            "empty beyond its storage",
            Torch(new PickleBytes().Tensor("FloatStorage", "0", 1, 2, [0], [1]).Stop(), ("0", Floats(1))),
            ["from element 2"] },
        {
            "negative size",
            Torch(new PickleBytes().Tensor("FloatStorage", "0", 6, 0, [-1], [1]).Stop(), ("0", Floats(6))),
            ["size -1"] },
        {
            "negative stride",
            Torch(new PickleBytes().Tensor("FloatStorage", "0", 6, 5, [2], [-1]).Stop(), ("0", Floats(6))),
            ["stride -1"] },
        {
            "negative offset",
            Torch(new PickleBytes().Tensor("FloatStorage", "0", 6, -1, [2], [1]).Stop(), ("0", Floats(6))),
            ["element -1"] },
        {
            "same name twice",
            Torch(
                new PickleBytes().Op("}(").Text("a.b").Tensor("0", 6).Text("a").Op("}").Text("b").Tensor("0", 6)
                    .Op("su").Stop(), ("0", Floats(6))), ["'a.b'", "twice"] },
        {
            "empty name", Torch(new PickleBytes().Op("}").Text("").Tensor("0", 6).Op("s").Stop(), ("0", Floats(6))),
            ["0 characters"] },
        {
            "odd key", Torch(new PickleBytes().Op("}N").Tensor("0", 6).Op("s").Stop(), ("0", Floats(6))),
            ["neither text nor an integer"] },
        {
            "bare storage",
            Torch(new PickleBytes().Op("]").Storage("FloatStorage", "0", 6).Op("a").Stop(), ("0", Floats(6))),
            ["'0'", "bare storage"] },
        { "empty", [], ["empty"] },
        { "no archive", "hello\0, these are bytes"u8.ToArray(), ["0x68", "zip"] },
        { "text", "hello, this is text"u8.ToArray(), ["is a text file", "hello, this is text"] },
        { "old format", [0x80, 2, 0x8A, 10, .. "lfc9c46f9"u8], ["before 1.6", "torch.save"] },
        { "tar", [.. new byte[257], .. "ustar"u8, .. new byte[300]], ["tar", "torch.save"] },
        {
            "same item twice", Make(("a/data.pkl", OneTensor), ("a/data/0", Floats(6)), ("a/data/0", Floats(6))),
            ["two items", "'a/data/0'"] },
    };

    [Theory]
    [MemberData(nameof(Broken), DisableDiscoveryEnumeration = true)]
    public void Open_Broken_SaysWhat(string what, byte[] bytes, string[] parts)
    {
        Assert.NotEmpty(what);
        Refused.WhenOpened(_folder.Write("a.pt", bytes), parts);
    }

    [Fact]
    public void Open_ContainerInItself_IsRefused()
    {
        byte[] loop = new PickleBytes().Op("]q\0h\0ah\0a").Stop();
        Refused.WhenOpened(_folder.Write("a.pt", Torch(loop)), "contains itself");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Open_ListsThatDoubleWithoutEnd_AreRefusedSoon(bool withTensor)
    {
        PickleBytes pickle = new PickleBytes().Op("(](");
        if (withTensor) pickle.Tensor("0", 1);
        pickle.Op("e");
        for (int i = 0; i < 50; i++) pickle.Op("q\0](h\0h\0e");
        string path = _folder.Write("a.pt", Torch(pickle.Op("t").Stop(), ("0", Floats(1))));
        Allocation.Of(() => Refused.WhenOpened(path, "too much"), 0);
    }

    [Fact]
    public void Open_LongListInManyPlaces_IsRefusedSoon()
    {
        PickleBytes pickle = new PickleBytes().Op("(](").Op(new string('N', 200_000)).Op("eq\0](");
        for (int i = 0; i < 200_000; i++) pickle.Op("h\0");
        string path = _folder.Write("a.pt", Torch(pickle.Op("et").Stop()));
        Allocation.Of(() => Refused.WhenOpened(path, "too much"), new FileInfo(path).Length);
    }

    [Fact]
    public void Open_ZipBomb_IsRefusedBeforeItGrows()
    {
        byte[] zeros = Make(CompressionLevel.Optimal, ("a/data.pkl", new byte[64 << 20]));
        Allocation.Of(() => Refused.WhenOpened(_folder.Write("a.pt", zeros), "at most 16777216"), zeros.Length);

        // Half the declared size, then twice: the table says what deflate does not keep.
        byte[] small = Make(CompressionLevel.Optimal, ("a/data.pkl", new byte[1000]));
        int length = small.AsSpan().IndexOf("PK\u0001\u0002"u8) + 24;
        foreach (uint claim in (ReadOnlySpan<uint>)[500, 2000, 10_000_000])
        {
            byte[] changed = [.. small];
            BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(length), claim);
            Allocation.Of(
                () => Refused.WhenOpened(
                    _folder.Write("b.pt", changed), claim == 10_000_000 ? "more than can be packed" : "expected"),
                        small.Length);
        }
    }

    [Fact]
    public void Open_DamagedPickle_FailsItsChecksum()
    {
        byte[] bytes = Torch(new PickleBytes().Op("}").Text("abc").Int(1).Op("s").Stop());
        bytes[bytes.AsSpan().IndexOf("abc"u8)]++;
        Refused.WhenOpened(_folder.Write("a.pt", bytes), "checksum");
    }

    [Fact]
    public void Open_OverlappingStorages_AreRefused()
    {
        // The second storage is declared within the first: its header stands there as data.
        byte[] inner = Make(("archive/data/1", Floats(6)));
        byte[] pickle = new PickleBytes().Op("](").Tensor("0", 30).Tensor("1", 6).Op("e").Stop();
        byte[] outer = Torch(pickle, ("0", [.. inner, .. new byte[200]]), ("1", Floats(6)));
        int place = outer.AsSpan().IndexOf(inner.AsSpan(0, 30));
        int entry = outer.AsSpan().LastIndexOf("archive/data/1"u8) - 46;
        BinaryPrimitives.WriteUInt32LittleEndian(outer.AsSpan(entry + 42), (uint)place);
        Refused.WhenOpened(_folder.Write("a.pt", outer), "overlap");
    }

    [Fact]
    public void Open_ArchiveCutShortOrWithText_SaysSo()
    {
        byte[] whole = Torch(OneTensor, ("0", Floats(6)));
        for (int length = 4; length < whole.Length; length++)
            Refused.WhenOpened(_folder.Write("a.pt", whole.AsSpan(0, length)));
        Refused.WhenOpened(_folder.Write("a.pt", [.. whole, .. Encoding.ASCII.GetBytes("more")]), "cut short");
    }
}
