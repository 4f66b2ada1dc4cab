namespace CrossPT.Prompting.Tasks.Reading.Parquet;

/// <summary>
/// A field of a Thrift struct: its type in the compact protocol, its largest value or count, and the type of a list's
/// elements.
/// </summary>
internal sealed record ThriftField(
    byte Type, byte Element = 0, int Limit = int.MaxValue, Dictionary<int, ThriftField>? Struct = null);

/// <summary>
/// Reads structs of Thrift's compact protocol, checking every length and type, and copies the known fields.
/// Parquet.Net's own reader trusts its input: it allocates what a length claims, and reads past the end for ever.
/// </summary>
/// <param name="input">The bytes.</param>
/// <param name="output">Gets the copy; null only checks, and then refuses unknown fields, as no copy can leave them
/// out.</param>
internal sealed class ThriftFilter(byte[] input, Stream? output)
{
    public const byte Bool = 1, Byte = 3, Int32 = 5, Int64 = 6, Binary = 8, List = 9, Struct = 12;

    private const byte False = 2, Int16 = 4, Double = 7, Set = 10, Map = 11;
    private const int DeepestNesting = 16, MostStructs = 250_000;

    private int _structs;

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    /// <summary>Integers by field number; those of a struct within it by 100 · its number + their own.</summary>
    public Dictionary<int, long> Numbers { get; } = [];

    /// <summary>Reads a struct.</summary>
    /// <exception cref="InvalidDataException">The bytes are no such struct.</exception>
    /// <exception cref="EndOfStreamException">They end within it.</exception>
    public void CopyStruct(Dictionary<int, ThriftField> fields, int parent = 0)
    {
        int number = 0;
        if (++_structs > MostStructs) throw new InvalidDataException($"more than {MostStructs} structs");
        while (Next() is not 0 and byte header)
        {
            byte type = (byte)(header & 15);
            number = header >> 4 != 0 ? number + (header >> 4) : (int)ReadInteger(short.MaxValue);
            if (!fields.TryGetValue(number, out ThriftField? field))
            {
                if (output is null) throw new InvalidDataException($"an unknown field {number}");
                Skip(type, 0);
                continue;
            }
            if ((type == False ? Bool : type) != field.Type)
                throw new InvalidDataException($"field {number} of type {type}, expected {field.Type}");
            output?.WriteByte(type);
            WriteVarint((ulong)number << 1);
            if (type is not (Bool or False)) CopyValue(field, (parent * 100) + number);
        }
        output?.WriteByte(0);
    }

    private void CopyValue(ThriftField field, int key)
    {
        switch (field.Type)
        {
            case Byte:
                byte value = Next();
                output?.WriteByte(value);
                break;
            case Int32 or Int64:
                long integer = ReadInteger(field.Type == Int32 ? field.Limit : long.MaxValue);
                Numbers[key] = integer;
                WriteVarint((ulong)((integer << 1) ^ (integer >> 63)));
                break;
            case Binary:
                int length = ReadLength();
                WriteVarint((ulong)length);
                output?.Write(input, Position, length);
                Position += length;
                break;
            case List:
                (int count, byte type) = ReadListHeader();
                if (count > 0 && type != field.Element)
                    throw new InvalidDataException($"a list of type {type}, expected {field.Element}");
                if (count > field.Limit)
                    throw new InvalidDataException($"a list of {count}, expected at most {field.Limit}");
                output?.WriteByte((byte)(0xF0 | field.Element));
                WriteVarint((ulong)count);
                ThriftField element = new(field.Element, Struct: field.Struct);
                for (int i = 0; i < count; i++) CopyValue(element, key);
                break;
            case Struct:
                CopyStruct(field.Struct!, key);
                break;
            default:
                throw new InvalidDataException($"a value of type {field.Type}");
        }
    }

    private void Skip(byte type, int depth)
    {
        if (depth > DeepestNesting)
            throw new InvalidDataException($"more than {DeepestNesting} structs within each other");
        switch (type)
        {
            case Bool or False:
                break;
            case Byte:
                Next();
                break;
            case Int16 or Int32 or Int64:
                ReadVarint();
                break;
            case Double:
                for (int i = 0; i < sizeof(double); i++) Next();
                break;
            case Binary:
                int length = ReadLength();
                Position += length;
                break;
            case List or Set:
                (int count, byte element) = ReadListHeader();
                for (int i = 0; i < count; i++) SkipElement(element);
                break;
            case Map:
                int pairs = ReadLength();
                byte types = pairs > 0 ? Next() : (byte)0;
                for (int i = 0; i < pairs; i++)
                {
                    SkipElement((byte)(types >> 4));
                    SkipElement((byte)(types & 15));
                }
                break;
            case Struct:
                while (Next() is not 0 and byte header)
                {
                    if (header >> 4 == 0) ReadVarint();
                    Skip((byte)(header & 15), depth + 1);
                }
                break;
            default:
                throw new InvalidDataException($"a value of type {type}");
        }

        // A truth value has a byte of its own only in a list or map.
        void SkipElement(byte element)
        {
            if (element is Bool or False) Next();
            else Skip(element, depth + 1);
        }
    }

    private byte Next() => Position < input.Length ? input[Position++]
        : throw new EndOfStreamException("it ends too early");

    private (int Count, byte Element) ReadListHeader()
    {
        byte header = Next();
        int count = header >> 4 == 15 ? ReadLength() : header >> 4;
        return (count, (byte)(header & 15));
    }

    /// <summary>A length or count, each of which stands for a byte or more.</summary>
    private int ReadLength()
    {
        ulong length = ReadVarint();
        return length <= (ulong)(input.Length - Position) ? (int)length
            : throw new EndOfStreamException($"it ends before {length} more bytes");
    }

    private long ReadInteger(long largest)
    {
        ulong zigzag = ReadVarint();
        long value = (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
        return value <= largest && value >= -largest - 1 ? value
            : throw new InvalidDataException($"the number {value}");
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Next();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
        throw new InvalidDataException("a number of more than 64 bits");
    }

    private void WriteVarint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) output?.WriteByte((byte)(value | 0x80));
        output?.WriteByte((byte)value);
    }
}
