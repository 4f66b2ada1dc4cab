using System.Buffers.Binary;
using System.Text;

namespace CrossPT.Tensors.Files.Tests;

public sealed class NpyFileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static byte[] Make(string header, int dataLength, byte version = 1)
    {
        byte[] text = Encoding.Latin1.GetBytes(header);
        byte[] length = new byte[version == 1 ? 2 : 4];
        if (version == 1) BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)text.Length);
        else BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)text.Length);
        return [0x93, .. "NUMPY"u8, version, 0, .. length, .. text, .. Enumerable.Range(0, dataLength)
            .Select(static i => (byte)i)];
    }

    [Theory]
    [InlineData(DType.Float64)]
    [InlineData(DType.Float32)]
    [InlineData(DType.Float16)]
    [InlineData(DType.Int64)]
    [InlineData(DType.Int32)]
    [InlineData(DType.Int16)]
    [InlineData(DType.Int8)]
    [InlineData(DType.UInt8)]
    [InlineData(DType.Boolean)]
    public void Write_EveryType_ReadsBack(DType type)
    {
        byte[] bytes = [.. Enumerable.Range(0, 6 * type.ByteSize()).Select(static i => (byte)i)];
        foreach (Shape shape in (Shape[])[new(2, 3), new(6), new(1, 6, 1)])
        {
            NpyFile.Write(_folder["a.npy"], type, shape, bytes);
            using ITensorSource file = TensorFiles.Open(_folder["a.npy"]);
            TensorEntry entry = Assert.Single(file.Entries);
            byte[] read = new byte[bytes.Length];
            file.Read(entry, 0, read);
            Assert.Equal($"tensor {type} {shape}", entry.ToString());
            Assert.Equal(0, entry.Offset % 64);
            Assert.Equal(bytes, read);
        }
    }

    [Fact]
    public void Write_TensorAndScalar_ReadBack()
    {
        using Tensor tensor = TensorData.FromSingles(new MemoryBackend(), [1, 2, 3, 4], 2, 2);
        using Tensor column = tensor.SliceColumns(1, 1);
        NpyFile.Write(_folder["a.npy"], column);
        NpyFile.Write(_folder["s.npy"], DType.Float64, new Shape([]), new byte[8]);
        using NpyFile file = NpyFile.Open(_folder["a.npy"]);
        using NpyFile scalar = NpyFile.Open(_folder["s.npy"]);
        Assert.Equal([2, 4], file.ReadSingles("tensor"));
        Assert.Equal([0.0], scalar.ReadDoubles("tensor"));
        Assert.Throws<ArgumentException>(
            () => NpyFile.Write(_folder["b.npy"], DType.BFloat16, new Shape(1), new byte[2]));
        Assert.Throws<ArgumentException>(() => NpyFile.Write(_folder["b.npy"], DType.Int16, new Shape(1), new byte[4]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Open_FortranOrder_IsTransposed(byte version)
    {
        using NpyFile file = NpyFile.Open(
            _folder.Write("a.npy", Make("{\"shape\":(2, 3, 2) , 'fortran_order': True,'descr':'|u1'}\n", 12, version)));
        Assert.Equal([0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11], file.ReadInt32("tensor"));
    }

    [Theory]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", 3, "3 bytes of data, expected 2")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", 1, "1 bytes of data, expected 2")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (2), }", 2, "tuple")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (-2,), }", 2, "size")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (2147483648,), }", 2, "2147483647")]
    [InlineData(
        "{'descr': '|u1', 'fortran_order': False, 'shape': (2147483647,2147483647,2147483647), }", 2, "overflows")]
    [InlineData("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", 4, "'>f4'")]
    [InlineData("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", 4, "'|O'")]
    [InlineData("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", 4, "structured")]
    [InlineData("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }", 4, "neither True nor False")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, }", 4, "once each")]
    [InlineData("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", 4, "'descr'")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}", 4, "'x'")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", 4, "padding")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,", 4, "size")]
    [InlineData("{'descr': '<f4", 4, "quotes")]
    [InlineData("", 4, "expected '{'")]
    [InlineData("{'d\u00e9scr': '<f4'}", 4, "ASCII")]
    public void Open_Broken_SaysWhere(string header, int dataLength, string part)
        => Refused.WhenOpened(_folder.Write("a.npy", Make(header, dataLength)), part);

    [Fact]
    public void Open_BrokenStart_SaysWhere()
    {
        Refused.WhenOpened(_folder.Write("a.npy", []), "no NumPy signature");
        Refused.WhenOpened(_folder.Write("a.npy", [0x93, .. "NUMPY"u8, 1]), "ends within");
        Refused.WhenOpened(_folder.Write("a.npy", Make("{}", 0, 4)), "version 4");
        Refused.WhenOpened(_folder.Write("a.npy", [0x93, .. "NUMPY"u8, 2, 0, 0xFF, 0xFF, 0xFF, 0xFF]), "4294967295");
    }
}
