using System.Buffers.Binary;
using System.Text;

namespace CrossPT.Tensors.Files.Tests;

/// <summary>Writes pickles instruction by instruction, right and wrong ones.</summary>
internal sealed class PickleBytes
{
    private readonly MemoryStream _out = new();

    public PickleBytes(byte protocol = 2) => Raw(0x80, protocol);

    public int Length => (int)_out.Length;

    public PickleBytes Raw(params ReadOnlySpan<byte> bytes)
    {
        _out.Write(bytes);
        return this;
    }

    /// <summary>Instructions that are characters: <c>(t}]</c>.</summary>
    public PickleBytes Op(string instructions) => Raw(Encoding.Latin1.GetBytes(instructions));

    public PickleBytes Global(string module, string name) => Op($"c{module}\n{name}\n");

    public PickleBytes Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return Op("X").UInt32((uint)utf8.Length).Raw(utf8);
    }

    public PickleBytes Int(long value)
    {
        Span<byte> digits = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(digits, value);
        return Raw(0x8A, 8).Raw(digits);
    }

    public PickleBytes UInt32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Raw(bytes);
    }

    public PickleBytes UInt64(ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return Raw(bytes);
    }

    public PickleBytes Ints(params ReadOnlySpan<long> values)
    {
        Op("(");
        foreach (long value in values) Int(value);
        return Op("t");
    }

    public PickleBytes Storage(string type, string key, long count)
        => Op("(").Text("storage").Global("torch", type).Text(key).Text("cpu").Int(count).Op("tQ");

    public PickleBytes Tensor(string type, string key, long count, long offset, long[] sizes, long[] strides)
        => Global("torch._utils", "_rebuild_tensor_v2").Op("(").Storage(type, key, count).Int(offset).Ints(sizes)
            .Ints(strides)
            .Raw(0x89).Global("collections", "OrderedDict").Op(")R").Op("tR");

    /// <summary>A contiguous float tensor over the whole of its storage.</summary>
    public PickleBytes Tensor(string key, params long[] sizes)
    {
        long[] strides = new long[sizes.Length];
        long stride = 1;
        for (int d = sizes.Length - 1; d >= 0; d--)
        {
            strides[d] = stride;
            stride *= sizes[d];
        }
        return Tensor("FloatStorage", key, stride, 0, sizes, strides);
    }

    public byte[] ToArray() => _out.ToArray();

    public byte[] Stop() => Op(".").ToArray();
}
