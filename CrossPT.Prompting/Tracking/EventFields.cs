namespace CrossPT.Prompting.Tracking;

/// <summary>The fields of a protobuf message, one after the other; never beyond its end.</summary>
internal ref struct EventFields(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;

    /// <summary>Number of the field.</summary>
    public int Number { get; private set; }

    /// <summary>How it is written: 0 a varint, 1 eight bytes, 2 a length and bytes, 5 four bytes.</summary>
    public int Wire { get; private set; }

    /// <summary>The number of a varint.</summary>
    public ulong Varint { get; private set; }

    /// <summary>The bytes of the others.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Whether it ended within a field.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Goes to the next field; false at the end.</summary>
    public bool Next()
    {
        if (_rest.IsEmpty || IsBroken) return false;
        if (!ReadVarint(out ulong tag)) return Break();
        (Number, Wire) = ((int)(tag >> 3), (int)(tag & 7));
        Value = default;
        ulong length;
        switch (Wire)
        {
            case 0:
                bool whole = ReadVarint(out ulong value);
                Varint = value;
                return whole || Break();
            case 1:
                length = 8;
                break;
            case 5:
                length = 4;
                break;
            case 2 when ReadVarint(out length):
                break;
            default:
                return Break();
        }
        if (length > (ulong)_rest.Length) return Break();
        Value = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return true;
    }

    private bool ReadVarint(out ulong value)
    {
        value = 0;
        for (int i = 0; i < 10 && i < _rest.Length; i++)
        {
            value |= (ulong)(_rest[i] & 0x7f) << (7 * i);
            if ((_rest[i] & 0x80) != 0) continue;
            _rest = _rest[(i + 1)..];
            return true;
        }
        return false;
    }

    private bool Break()
    {
        IsBroken = true;
        return false;
    }
}
