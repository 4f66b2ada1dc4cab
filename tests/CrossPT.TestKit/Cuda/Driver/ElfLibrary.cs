using System.Text;

namespace CrossPT.TestKit.Cuda.Driver;

/// <summary>
/// A shared library for Linux on x86-64, written by hand: every function it exports jumps to wherever the function's
/// slot points, so that a program which loads a library by its name comes to call us.
/// </summary>
/// <remarks>
/// The file is loaded as it lies, in two parts. Read and executed: the header, the table of parts, then a hash table
/// that leads from a name to a symbol, the symbols, their names, and the functions. Read and written, from the next
/// page on: the dynamic section, which tells the loader where those tables are, and the slots. There are no
/// relocations, for a function finds its slot by its distance (System V ABI, "Object files" and its x86-64 supplement).
/// </remarks>
internal static class ElfLibrary
{
    /// <summary>The symbol of the first slot; the others follow in the order of the functions.</summary>
    public const string Slots = "slots";

    private const int HeaderBytes = 64;
    private const int PartBytes = 56;
    private const int Parts = 4;
    private const int SymbolBytes = 24;
    private const int FunctionBytes = 8;
    private const int DynamicBytes = 7 * 16;
    private const int PageBytes = 4096;
    private const int Readable = 4, Writable = 2, Executable = 1;

    /// <summary>
    /// The bytes of a library that calls itself <paramref name="name"/>, whatever its file is called: a loader asked
    /// for that name takes it, once it is loaded.
    /// </summary>
    public static byte[] Write(string name, IReadOnlyList<string> functions)
    {
        int count = functions.Count, symbols = 1 + count + 1;
        StringBuilder names = new("\0");
        int Name(string text)
        {
            int at = names.Length;
            names.Append(text).Append('\0');
            return at;
        }
        int ownName = Name(name), slotsName = Name(Slots);
        int[] functionNames = [.. functions.Select(Name)];

        int hash = HeaderBytes + (Parts * PartBytes);
        int symbolTable = Round(hash + (4 * (3 + symbols)), 8);
        int nameTable = symbolTable + (symbols * SymbolBytes);
        int code = Round(nameTable + names.Length, 16), codeEnd = code + (count * FunctionBytes);
        int dynamic = Round(codeEnd, PageBytes), slots = dynamic + DynamicBytes, end = slots + (8 * count);

        MemoryStream bytes = new();
        BinaryWriter file = new(bytes);
        void PadTo(int offset) => file.Write(new byte[offset - (int)bytes.Length]);

        WriteHeader(file);
        WritePart(file, type: 1, Readable | Executable, 0, codeEnd, PageBytes);
        WritePart(file, type: 1, Readable | Writable, dynamic, end - dynamic, PageBytes);
        WritePart(file, type: 2, Readable | Writable, dynamic, DynamicBytes, 8);
        // The stack, of which we ask nothing; without this part it would have to be executable.
        WritePart(file, type: 0x6474e551, Readable | Writable, 0, 0, 16);

        // One bucket: a chain from symbol 1 to the last.
        foreach (int word in (int[])[1, symbols, 1, 0, .. Enumerable.Range(2, symbols - 2), 0]) file.Write(word);

        PadTo(symbolTable + SymbolBytes);
        for (int i = 0; i < count; i++)
            WriteSymbol(file, functionNames[i], isFunction: true, code + (i * FunctionBytes), FunctionBytes);
        WriteSymbol(file, slotsName, isFunction: false, slots, 8 * count);
        file.Write(Encoding.ASCII.GetBytes(names.ToString()));

        PadTo(code);
        for (int i = 0; i < count; i++)
        {
            // jmp *[rip + distance], from the end of these six bytes; then two that nobody reaches.
            const int length = 6;
            file.Write((ushort)0x25FF);
            file.Write(slots + (8 * i) - (code + (i * FunctionBytes) + length));
            file.Write((ushort)0xCCCC);
        }

        PadTo(dynamic);
        // Own name, hash table, names and their size, symbols and the size of one, end.
        (long Tag, long Value)[] entries =
        [
            (14, ownName), (4, hash), (5, nameTable), (10, names.Length), (6, symbolTable), (11, SymbolBytes), (0, 0),
        ];
        foreach ((long tag, long value) in entries)
        {
            file.Write(tag);
            file.Write(value);
        }
        PadTo(end);
        return bytes.ToArray();
    }

    private static void WriteHeader(BinaryWriter file)
    {
        // 64 bits, little-endian, version 1.
        file.Write([0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        // Shared object, x86-64, version 1.
        file.Write((ushort)3);
        file.Write((ushort)62);
        file.Write(1);
        // No entry point; the parts follow; no sections, which only linkers and debuggers read.
        foreach (long word in (long[])[0, HeaderBytes, 0]) file.Write(word);
        file.Write(0);
        foreach (int word in (int[])[HeaderBytes, PartBytes, Parts, 0, 0, 0]) file.Write((ushort)word);
    }

    /// <summary>A part that lies in memory as far from the first byte as in the file.</summary>
    private static void WritePart(BinaryWriter file, int type, int access, long offset, long size, long alignment)
    {
        file.Write(type);
        file.Write(access);
        foreach (long word in (long[])[offset, offset, offset, size, size, alignment]) file.Write(word);
    }

    /// <summary>A global symbol; section 1 stands for being defined here.</summary>
    private static void WriteSymbol(BinaryWriter file, int name, bool isFunction, long address, long size)
    {
        file.Write(name);
        file.Write((byte)(isFunction ? 0x12 : 0x11));
        file.Write((byte)0);
        file.Write((ushort)1);
        file.Write(address);
        file.Write(size);
    }

    private static int Round(int value, int to) => (value + to - 1) / to * to;
}
