using System.Text;
using static CrossPT.Tensors.Files.Tests.SafetensorsBytes;

namespace CrossPT.Tensors.Files.Tests;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_ValidFile_OffersEntriesMetadataAndBytes()
    {
        string header = "{" + Tensor("b", "U8", "2,3", 8, 14) + ",\"__metadata__\":{\"format\":\"pt\"},"
            + Tensor("a", "F32", "2", 0, 8) + "}   ";
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Write("m.safetensors", Make(header, 14)));

        Assert.Equal(["a Float32 [2]", "b UInt8 [2, 3]"], file.Entries.Select(static e => e.ToString()));
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.True(file.TryGet("b", out TensorEntry? b));
        Assert.False(file.TryGet("c", out _));
        Assert.Equal(6, b.ByteLength);
        Assert.Equal(8 + header.Length + 8, b.Offset);
        byte[] part = new byte[4];
        file.Read(b, 2, part);
        Assert.Equal([11, 12, 13, 14], part);
    }

    [Theory]
    [InlineData("{}", 0)]
    [InlineData("{\"__metadata__\":null}", 0)]
    [InlineData("{\"\\u0061\":{\"shape\":[],\"dtype\":\"F64\",\"data_offsets\":[0,8],\"later\":{\"x\":[1]}}}", 8)]
    [InlineData(
        "{\"z\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[4,4]},"
        + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4)]
    public void Open_UnusualButValid_Opens(string header, int dataLength)
    {
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Write("m.safetensors", Make(header, dataLength)));
        foreach (TensorEntry entry in file.Entries) file.Read(entry, 0, new byte[entry.ByteLength]);
    }

    [Theory]
    [InlineData("[]", 0, "header byte 8", "'{'")]
    [InlineData(" {}", 0, "header byte 8", "'{'")]
    [InlineData("{", 0, "header byte", "JSON")]
    [InlineData("{}x", 0, "JSON")]
    [InlineData("{}{}", 0, "JSON")]
    [InlineData("{\"a\":1}", 0, "'a'", "1, expected an object")]
    [InlineData("{\"a\":{}}", 0, "'a'", "no dtype")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[]}}", 0, "'a'", "no data_offsets")]
    [InlineData(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"shape\":[],\"data_offsets\":[0,4]}}", 4, "second field shape")]
    [InlineData("{\"a\":{\"dtype\":7,\"shape\":[],\"data_offsets\":[0,4]}}", 4, "dtype is 7, expected text")]
    [InlineData("{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[4],\"data_offsets\":[0,4]}}", 4, "'F8_E4M3'", "BF16")]
    [InlineData("{\"a\":{\"dtype\":\"U16\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "'U16'")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4, "is -1, expected")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}", 4, "is 1.0, expected")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1e0],\"data_offsets\":[0,4]}}", 4, "is 1e0, expected")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[\"1\"],\"data_offsets\":[0,4]}}", 4, "is text, expected")]
    [InlineData(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296],\"data_offsets\":[0,4]}}", 4, "4294967296", "2147483647")]
    [InlineData(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,4]}}", 4,
        "99999999999999999999")]
    [InlineData(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2147483647,2147483647,2147483647],\"data_offsets\":[0,4]}}", 4,
        "overflows")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "4 bytes of data, expected 8")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4, "data_offsets [4, 0]")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}}", 4, "within the 4 bytes")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}", 4, "-4")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4, "second of data_offsets")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", 4, "third of data_offsets")]
    [InlineData("{\"\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "empty name")]
    [InlineData("{\"\\ud800\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "surrogate")]
    [InlineData("{\"__metadata__\":{\"a\":1}}", 0, "__metadata__", "expected text")]
    [InlineData("{\"__metadata__\":[]}", 0, "__metadata__", "expected an object")]
    [InlineData("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "'a'", "twice")]
    [InlineData("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "__metadata__", "twice")]
    public void Open_BrokenHeader_SaysWhere(string header, int dataLength, params string[] parts)
        => Refused.WhenOpened(_folder.Write("m.safetensors", Make(header, dataLength)), parts);

    [Fact]
    public void Open_SameNameTwice_IsRefused()
        => Refused.WhenOpened(
            _folder.Write(
                "m.safetensors",
                Make("{" + Tensor("a", "U8", "1", 0, 1) + "," + Tensor("\\u0061", "U8", "1", 1, 2) + "}", 2)), "'a'",
                    "twice");

    [Fact]
    public void Open_Overlap_IsRefused()
        => Refused.WhenOpened(
            _folder.Write(
                "m.safetensors",
                Make("{" + Tensor("a", "U8", "2", 0, 2) + "," + Tensor("b", "U8", "2", 1, 3) + "}", 3)), "'b'",
                    "overlaps", "expected 2");

    [Fact]
    public void Open_Hole_IsRefused()
        => Refused.WhenOpened(
            _folder.Write(
                "m.safetensors",
                Make("{" + Tensor("a", "U8", "2", 0, 2) + "," + Tensor("b", "U8", "2", 3, 5) + "}", 5)), "'b'", "hole",
                    "expected 2");

    [Fact]
    public void Open_TrailingBytes_AreRefused()
        => Refused.WhenOpened(
            _folder.Write("m.safetensors", Make("{" + Tensor("a", "U8", "2", 0, 2) + "}", 3)),
            "1 bytes after the last tensor");

    [Fact]
    public void Open_InvalidUtf8_IsRefused()
        => Refused.WhenOpened(
            _folder.Write(
                "m.safetensors", Make([(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}'], 0)),
                    "UTF-8");

    [Fact]
    public void Open_TooManyDimensions_IsRefused()
        => Refused.WhenOpened(
            _folder.Write(
                "m.safetensors",
                Make("{" + Tensor("a", "U8", string.Join(',', Enumerable.Repeat(1, 65)), 0, 1) + "}", 1)),
                    "64 dimensions");

    [Fact]
    public void Open_DeepJson_IsRefused()
        => Refused.WhenOpened(
            _folder.Write("m.safetensors", Make("{\"a\":{\"x\":" + new string('[', 100_000), 0)), "JSON");

    [Theory]
    [InlineData(0UL, "header byte 8")]
    [InlineData(100UL, "only 2 bytes follow")]
    [InlineData(100_000_001UL, "at most 100000000")]
    [InlineData(ulong.MaxValue, "18446744073709551615")]
    [InlineData(1UL << 63, "9223372036854775808")]
    public void Open_WrongHeaderLength_IsRefused(ulong length, string part)
        => Refused.WhenOpened(_folder.Write("m.safetensors", Make("{}"u8.ToArray(), 0, length)), part);

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(20)]
    [InlineData(-1)]
    public void Open_Truncated_IsRefused(int length)
    {
        byte[] whole = Make("{" + Tensor("a", "F32", "2", 0, 8) + "}", 8);
        Refused.WhenOpened(
            _folder.Write("m.safetensors", whole.AsSpan(0, length < 0 ? whole.Length + length : length)));
    }

    [Fact]
    public void Open_ManyTinyMetadata_StaysWithinBounds()
    {
        StringBuilder header = new("{\"__metadata__\":{");
        for (int i = 0; i < 500_000; i++) header.Append('"').Append(i).Append("\":\"\",");
        Assert.True(
            Allocation.Of(
                () => Refused.WhenOpened(_folder.Write("m.safetensors", Make(header.ToString(), 0)), "65536"),
                header.Length + 8) >= 0);
    }

    [Theory]
    [InlineData(1 << 18)]
    [InlineData((1 << 18) + 1)]
    public void Open_AsManyEmptyTensorsAsFit_StaysWithinBounds(int count)
    {
        StringBuilder header = new("{");
        for (int i = 0; i < count; i++) header.Append(i == 0 ? "" : ",").Append(Tensor($"{i:x}", "U8", "0", 0, 0));
        string path = _folder.Write("m.safetensors", Make(header.Append('}').ToString(), 0));
        Allocation.Of(
            () =>
            {
                if (count > EntryTable.CountLimit) Refused.WhenOpened(path, "more than 262144 tensors");
                else TensorFiles.Open(path).Dispose();
            },
            header.Length);
    }

    [Fact]
    public void Read_OutsideTheTensorOrOfAnotherFile_Throws()
    {
        byte[] bytes = Make("{" + Tensor("a", "F32", "2", 0, 8) + "}", 8);
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Write("m.safetensors", bytes));
        using SafetensorsFile other = SafetensorsFile.Open(_folder.Write("n.safetensors", bytes));
        TensorEntry entry = file.Entries[0];
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(entry, 4, new byte[8]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(entry, -4, new byte[4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(entry, 2, new byte[4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(entry, long.MaxValue - 3, new byte[4]));
        Assert.Throws<ArgumentException>(() => file.Read(other.Entries[0], 0, new byte[4]));
    }

    [Fact]
    public void Read_AfterTheFileBecameShorter_SaysWhereItEnds()
    {
        string path = _folder.Write("m.safetensors", Make("{" + Tensor("a", "F32", "2", 0, 8) + "}", 8));
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using (FileStream stream = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            stream.SetLength(stream.Length - 4);
        Refused.With(path, () => file.Read(file.Entries[0], 0, new byte[8]), "expected 4 more bytes");
    }

    [Fact]
    public void Get_UnknownName_NamesSomeThatAreThere()
    {
        string path = _folder.Write("m.safetensors", Make("{" + Tensor("a", "F32", "2", 0, 8) + "}", 8));
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Refused.With(path, () => file.Get("b\n"), "'b\\u000a'", "'a'");
    }
}
