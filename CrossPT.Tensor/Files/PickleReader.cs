using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace CrossPT.Tensors.Files;

/// <summary>The bytes of a pickle, taken in order and never beyond their end.</summary>
internal sealed class PickleReader(string path, byte[] bytes, AllocationBudget budget)
{
    private const int LineLimit = 256;

    private int _at;

    /// <summary>Where the current instruction begins.</summary>
    public int InstructionStart { get; private set; }

    public bool AtEnd => _at == bytes.Length;

    public int Remaining => bytes.Length - _at;

    public byte NextInstruction()
    {
        InstructionStart = _at;
        return Byte();
    }

    public byte Byte() => Take(1)[0];

    public int UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public long UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>A length of 64 bits; those beyond 2^63 come out as too long like any other.</summary>
    public long Length64() => (long)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(Take(8)), long.MaxValue);

    public double Double() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    /// <summary>A two's complement integer, or <see cref="PickleWideInteger"/> when it has more than 8 bytes.</summary>
    public object Integer(long length)
    {
        ReadOnlySpan<byte> digits = Take(length);
        if (digits.Length > 8) return PickleWideInteger.Instance;
        if (digits.Length == 0) return 0L;
        long value = (sbyte)digits[^1];
        for (int i = digits.Length - 2; i >= 0; i--) value = (value << 8) | digits[i];
        return value;
    }

    public string Text(long length)
    {
        ReadOnlySpan<byte> utf8 = Take(length);
        budget.Charge(32 + (2 * length));
        if (!Utf8.IsValid(utf8)) throw Fail("text that is not valid UTF-8");
        return Encoding.UTF8.GetString(utf8);
    }

    /// <summary>A short line of ASCII, for names.</summary>
    public string Line()
    {
        int length = bytes.AsSpan(_at, Math.Min(Remaining, LineLimit)).IndexOf((byte)'\n');
        if (length < 0) throw Fail($"a name without end, expected at most {LineLimit} characters and a line feed");
        budget.Charge(32 + (2 * length));
        string line = Encoding.ASCII.GetString(Take(length));
        _at++;
        return line;
    }

    public TensorFileException Fail(string problem) => new(path, $"pickle byte {InstructionStart}: {problem}");

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > Remaining) throw Fail($"{count} bytes are asked for, but only {Remaining} follow");
        ReadOnlySpan<byte> taken = bytes.AsSpan(_at, (int)count);
        _at += (int)count;
        return taken;
    }
}
