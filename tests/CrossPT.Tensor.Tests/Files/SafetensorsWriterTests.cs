using System.Runtime.InteropServices;
using System.Text;

namespace CrossPT.Tensors.Files.Tests;

public sealed class SafetensorsWriterTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Save_EveryType_ReadsBack()
    {
        SafetensorsWriter writer = new(new Dictionary<string, string> { ["b"] = "2 ü \"", ["a"] = "1" });
        byte[] bytes = [.. Enumerable.Range(1, 48).Select(static i => (byte)i)];
        foreach (DType type in Enum.GetValues<DType>())
            writer.Add($"t.{type}", type, new Shape(2, 3), bytes.AsMemory(0, 6 * type.ByteSize()));
        writer.Add("scalar", DType.Float32, new Shape([]), bytes.AsMemory(0, 4))
            .Add("empty", DType.Float32, new Shape(0, 3), ReadOnlyMemory<byte>.Empty);
        writer.Save(_folder["m.safetensors"]);
        writer.Save(_folder["n.safetensors"]);

        using SafetensorsFile file = SafetensorsFile.Open(_folder["m.safetensors"]);
        Assert.Equal(File.ReadAllBytes(_folder["n.safetensors"]), File.ReadAllBytes(_folder["m.safetensors"]));
        Assert.Equal(0, (file.Entries[0].Offset) % 8);
        Assert.Equal("2 ü \"", file.Metadata["b"]);
        foreach (DType type in Enum.GetValues<DType>())
        {
            TensorEntry entry = file.Get($"t.{type}");
            byte[] read = new byte[entry.ByteLength];
            file.Read(entry, 0, read);
            Assert.Equal(type, entry.DType);
            Assert.Equal(new Shape(2, 3), entry.Shape);
            Assert.Equal(bytes[..read.Length], read);
        }
        Assert.Equal(0, file.Get("scalar").Shape.Rank);
        Assert.Empty(file.ReadSingles("empty"));
    }

    [Fact]
    public void WriteTo_OrderAndHeader_AreAsGiven()
    {
        using MemoryStream stream = new();
        new SafetensorsWriter(new Dictionary<string, string> { ["z"] = "1", ["a"] = "2" })
            .Add("second", DType.UInt8, new Shape(1), new byte[] { 1 })
            .Add("first", DType.UInt8, new Shape(1), new byte[] { 2 })
            .WriteTo(stream);
        string text = Encoding.UTF8.GetString(stream.ToArray().AsSpan(8..^2));
        Assert.Equal(
            """{"__metadata__":{"a":"2","z":"1"},"second":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"""
                + "\"first\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}",
            text.TrimEnd(' '));
        Assert.Equal(0, text.Length % 8);
    }

    [Theory]
    [InlineData(DType.Float32, DType.Float16)]
    [InlineData(DType.Float32, DType.BFloat16)]
    [InlineData(DType.Float64, DType.BFloat16)]
    [InlineData(DType.Float64, DType.Float32)]
    [InlineData(DType.Float32, DType.Float64)]
    public void Save_StoredInAnotherType_IsRounded(DType own, DType stored)
    {
        MemoryBackend backend = new(own);
        float[] values = [1, -2.5f, 0, 1.00390625f, 0.1f, 65504];
        using Tensor tensor = TensorData.FromSingles(backend, values, 2, 3);
        new SafetensorsWriter().Add("t", tensor, stored).Save(_folder["m.safetensors"]);
        using SafetensorsFile file = SafetensorsFile.Open(_folder["m.safetensors"]);
        float[] expected = [.. values.Select(v => stored switch
        {
            DType.Float16 => (float)(Half)v,
            DType.BFloat16 => v == 1.00390625f ? 1 : v == 0.1f ? 0.10009765625f : v == 65504 ? 65536 : v,
            _ => v,
        })];
        Assert.Equal(stored, file.Entries[0].DType);
        Assert.Equal(expected, file.ReadSingles("t"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Save_ViewOfColumnsAndLargeTensor_WritesRows(bool isHostMemory)
    {
        MemoryBackend backend = new(isHostMemory: isHostMemory);
        float[] values = [.. Enumerable.Range(0, 700_000).Select(static i => i * 0.5f)];
        using Tensor tensor = TensorData.FromSingles(backend, values, 7000, 100);
        using Tensor columns = tensor.SliceColumns(3, 5);
        new SafetensorsWriter().Add("whole", tensor).Add("columns", columns).Add("half", columns, DType.BFloat16)
            .Save(_folder["m.safetensors"]);
        using SafetensorsFile file = SafetensorsFile.Open(_folder["m.safetensors"]);
        float[] part = [.. Enumerable.Range(0, 35_000).Select(i => values[(i / 5 * 100) + 3 + (i % 5)])];
        Assert.Equal(values, file.ReadSingles("whole"));
        Assert.Equal(part, file.ReadSingles("columns"));
        using Tensor back = file.ReadTensor("whole", backend);
        Assert.Equal(values, back.ToSingles());
        using Tensor half = file.ReadTensor("half", new MemoryBackend(DType.Float64, isHostMemory));
        Assert.Equal(part[..15], half.ToDoubles()[..15].Select(static v => (float)v));
    }

    [Fact]
    public void Add_WhatCannotBeWritten_Throws()
    {
        SafetensorsWriter writer = new SafetensorsWriter().Add("a", DType.UInt8, new Shape(1), new byte[1]);
        using Tensor indices = TensorData.FromInt32(new MemoryBackend(), [1, 2], 2);
        Assert.Throws<ArgumentException>(() => writer.Add("a", DType.UInt8, new Shape(1), new byte[1]));
        Assert.Throws<ArgumentException>(() => writer.Add("", DType.UInt8, new Shape(1), new byte[1]));
        Assert.Throws<ArgumentException>(() => writer.Add("__metadata__", DType.UInt8, new Shape(1), new byte[1]));
        Assert.Throws<ArgumentException>(() => writer.Add("\ud800", DType.UInt8, new Shape(1), new byte[1]));
        Assert.Throws<ArgumentException>(() => writer.Add("b", DType.UInt8, new Shape(2), new byte[1]));
        Assert.Throws<ArgumentException>(() => writer.Add("b", indices, DType.Float16));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void Save_CallbackWritesAnotherLength_KeepsTheOldFile(int length)
    {
        string path = _folder.Write("m.safetensors", "old");
        SafetensorsWriter writer = new SafetensorsWriter()
            .Add("a", DType.UInt8, new Shape(4), stream => stream.Write(new byte[length]));
        Assert.Throws<InvalidOperationException>(() => writer.Save(path));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void ReadTensor_Integers_BecomeInt32()
    {
        MemoryBackend backend = new();
        new SafetensorsWriter()
            .Add("i64", DType.Int64, new Shape(2), MemoryMarshal.AsBytes<long>([-5, int.MaxValue]).ToArray())
            .Add("i16", DType.Int16, new Shape(2), MemoryMarshal.AsBytes<short>([-5, 7]).ToArray())
            .Add("i8", DType.Int8, new Shape(2), new byte[] { 0xFF, 1 })
            .Add("bool", DType.Boolean, new Shape(2), new byte[] { 0, 1 })
            .Add("wide", DType.Int64, new Shape(2), MemoryMarshal.AsBytes<long>([0, 1L << 40]).ToArray())
            .Save(_folder["m.safetensors"]);
        using SafetensorsFile file = SafetensorsFile.Open(_folder["m.safetensors"]);
        using Tensor wide = file.ReadTensor("i64", backend);
        Assert.Equal([-5, int.MaxValue], wide.ToInt32());
        Assert.Equal([-5, 7], file.ReadInt32("i16"));
        Assert.Equal([-1, 1], file.ReadInt32("i8"));
        Assert.Equal([0, 1], file.ReadInt32("bool"));
        Refused.With(file.Path, () => file.ReadTensor("wide", backend), "'wide'", "element 1", "1099511627776");
        Refused.With(file.Path, () => file.ReadSingles("i8"), "'i8'", "Int8");
    }
}
