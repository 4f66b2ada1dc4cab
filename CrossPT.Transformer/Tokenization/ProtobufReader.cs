using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// Reads the protobuf wire format from memory (protobuf encoding reference): a message is a row of fields, each a
/// varint key (field number × 8 + wire type) and a value.
/// </summary>
/// <remarks>Every length is checked against what is left before it is used; nothing is allocated.</remarks>
internal ref struct ProtobufReader
{
    private readonly string _file;
    private readonly ReadOnlySpan<byte> _data;
    private readonly int _origin;
    private int _position;

    /// <summary>Starts at the beginning of a message.</summary>
    /// <param name="file">File named in errors.</param>
    /// <param name="data">The message.</param>
    /// <param name="origin">Where the message starts in the file.</param>
    public ProtobufReader(string file, ReadOnlySpan<byte> data, int origin = 0)
    {
        _file = file;
        _data = data;
        _origin = origin;
    }

    /// <summary>Wire types in use.</summary>
    public enum Wire
    {
        Varint = 0,
        Fixed64 = 1,
        Bytes = 2,
        Fixed32 = 5,
    }

    /// <summary>Offset in the file of the next byte.</summary>
    public readonly int Offset => _origin + _position;

    /// <summary>Reads the next field's key.</summary>
    /// <param name="field">Its number.</param>
    /// <param name="wire">How its value is written.</param>
    /// <returns>False at the end of the message.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool Next(out int field, out Wire wire)
    {
        field = 0;
        wire = default;
        if (_position == _data.Length)
        {
            return false;
        }

        int start = Offset;
        ulong key = Varint();
        if (key > uint.MaxValue || key >> 3 == 0)
        {
            throw Error(start, $"field key {key}", "a field number from 1 to 536870911");
        }

        field = (int)(key >> 3);
        wire = (Wire)(key & 7);
        if (wire is not (Wire.Varint or Wire.Fixed64 or Wire.Bytes or Wire.Fixed32))
        {
            throw Error(start, $"wire type {key & 7}", "0, 1, 2 or 5");
        }

        return true;
    }

    /// <summary>Reads a varint: seven bits a byte, the lowest first, at most ten bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ulong Varint()
    {
        int start = Offset;
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if (_position == _data.Length)
            {
                throw Error(start, "a number cut off by the end of the message", "a whole varint");
            }

            byte next = _data[_position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Error(start, "a varint of more than ten bytes", "at most ten");
    }

    /// <summary>Reads a value written as length and bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ReadOnlySpan<byte> Bytes()
    {
        int start = Offset;
        ulong length = Varint();
        int left = _data.Length - _position;
        if (length > (ulong)left)
        {
            throw Error(start, $"a length of {length} bytes", $"at most the {left} bytes left of the message");
        }

        return Take((int)length);
    }

    /// <summary>Reads a 32-bit number in IEEE single precision.</summary>
    public float Single()
    {
        if (_data.Length - _position < 4)
        {
            throw Error(Offset, $"{_data.Length - _position} bytes", "the 4 bytes of a number");
        }

        return BinaryPrimitives.ReadSingleLittleEndian(Take(4));
    }

    /// <summary>Passes over a value that is not needed.</summary>
    public void Skip(Wire wire)
    {
        switch (wire)
        {
            case Wire.Varint:
                Varint();
                break;
            case Wire.Bytes:
                Bytes();
                break;
            default:
                int size = wire == Wire.Fixed64 ? 8 : 4;
                if (_data.Length - _position < size)
                {
                    throw Error(Offset, $"{_data.Length - _position} bytes", $"the {size} bytes of a number");
                }

                Take(size);
                break;
        }
    }

    /// <summary>Throws unless a known field is written as its definition says.</summary>
    public readonly void Require(string name, Wire found, Wire expected)
    {
        if (found != expected)
        {
            throw Error(Offset, $"{name} written as wire type {(int)found}", $"wire type {(int)expected}");
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        ReadOnlySpan<byte> taken = _data.Slice(_position, count);
        _position += count;
        return taken;
    }

    private readonly TokenizerFormatException Error(int offset, string found, string expected) =>
        new(_file, $"byte {offset}", found, expected);
}
