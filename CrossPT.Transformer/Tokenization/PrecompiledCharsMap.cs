using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Unicode;

namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// Character replacements of a SentencePiece model (its <c>precompiled_charsmap</c>): a darts-clone double array from
/// byte strings to offsets, then the replacements, each ended by a zero byte.
/// </summary>
/// <remarks>
/// A unit of the array is 32 bits: bit 31 marks a leaf whose low 31 bits are the value; otherwise bits 0-7 are the
/// label, bit 8 says that a leaf hangs at the base, bits 10-30 are the offset to the base, times 256 if bit 9 is set.
/// What can be reached is checked once, at load, so that lookups need no further check. Immutable.
/// </remarks>
internal sealed class PrecompiledCharsMap
{
    private const uint Leaf = 1u << 31;
    private const int HeaderSize = 4;

    // The longest keys of the rules shipped with sentencepiece have some 20 bytes. A bound makes cycles visible.
    private const int MaxKeyBytes = 256;

    // NFKC's longest replacement has 33 bytes. A bound keeps the normalised text in proportion to the input.
    private const int MaxReplacementBytes = 1024;

    private readonly uint[] _units;
    private readonly byte[] _replacements;

    private PrecompiledCharsMap(uint[] units, byte[] replacements)
    {
        _units = units;
        _replacements = replacements;
    }

    /// <summary>Reads and checks a charsmap.</summary>
    /// <param name="file">File named in errors.</param>
    /// <param name="place">Where the file has the charsmap.</param>
    /// <param name="blob">The charsmap: size of the array in bytes (32 bits), the array, the replacements.</param>
    /// <exception cref="TokenizerFormatException">A size or offset points outside, or the array has a cycle.</exception>
    public static PrecompiledCharsMap Read(string file, string place, ReadOnlySpan<byte> blob)
    {
        if (blob.Length <= HeaderSize)
        {
            throw new TokenizerFormatException(file, place, $"a charsmap of {blob.Length} bytes", $"more than {HeaderSize}");
        }

        uint size = BinaryPrimitives.ReadUInt32LittleEndian(blob);
        int available = blob.Length - HeaderSize;
        if (size == 0 || size % sizeof(uint) != 0 || size > (uint)available)
        {
            throw new TokenizerFormatException(
                file, place, $"a trie of {size} bytes", $"a multiple of 4 from 4 to the {available} bytes that follow");
        }

        uint[] units = MemoryMarshal.Cast<byte, uint>(blob.Slice(HeaderSize, (int)size)).ToArray();
        if (!BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(units, units);
        }

        // One zero more, so that the last replacement ends even where the file leaves its zero out.
        byte[] replacements = new byte[available - (int)size + 1];
        blob[(HeaderSize + (int)size)..].CopyTo(replacements);

        var map = new PrecompiledCharsMap(units, replacements);
        if (map.FindFault() is var (found, expected))
        {
            throw new TokenizerFormatException(file, place, found, expected);
        }

        return map;
    }

    /// <summary>The longest key that <paramref name="text"/> begins with.</summary>
    /// <param name="text">Where to look; only its beginning counts.</param>
    /// <param name="replacement">What takes its place, possibly nothing.</param>
    /// <returns>Its length in bytes, 0 where no key fits.</returns>
    public int Match(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> replacement)
    {
        uint[] units = _units;
        int longest = 0;
        uint value = 0;
        uint position = Offset(units[0]);
        for (int i = 0; i < text.Length; i++)
        {
            position ^= text[i];
            uint unit = units[position];
            if ((unit & (Leaf | 0xFF)) != text[i])
            {
                break;
            }

            position ^= Offset(unit);
            if (HasLeaf(unit))
            {
                longest = i + 1;
                value = units[position] & ~Leaf;
            }
        }

        replacement = longest == 0 ? default : Replacement(value);
        return longest;
    }

    /// <summary>
    /// Which bytes below 128 stand for themselves whenever another such byte, or the end, follows: those no key begins
    /// with, and those whose keys all go on beyond ASCII (letters before combining marks).
    /// </summary>
    public bool[] PlainAscii()
    {
        bool[] plain = new bool[128];
        for (uint c = 0; c < 128; c++)
        {
            uint position = Offset(_units[0]) ^ c;
            uint unit = _units[position];
            plain[c] = true;
            if ((unit & (Leaf | 0xFF)) == c)
            {
                uint childBase = position ^ Offset(unit);
                plain[c] = !HasLeaf(unit);
                for (uint next = 0; next < 128; next++)
                {
                    plain[c] &= (_units[childBase ^ next] & (Leaf | 0xFF)) != next;
                }
            }
        }

        return plain;
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & (1u << 9)) >> 6);

    private static bool HasLeaf(uint unit) => (unit & (1u << 8)) != 0;

    private ReadOnlySpan<byte> Replacement(uint start)
    {
        ReadOnlySpan<byte> rest = _replacements.AsSpan((int)start);
        return rest[..rest.IndexOf((byte)0)];
    }

    /// <summary>Walks every state that can be reached, one key length after another.</summary>
    /// <returns>What is wrong, or null.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (string Found, string Expected)? FindFault()
    {
        int count = _units.Length;

        // Children of the state with base b: firstChild[b], then along nextChild.
        int[] firstChild = new int[count];
        int[] nextChild = new int[count];
        firstChild.AsSpan().Fill(-1);
        for (int unit = 0; unit < count; unit++)
        {
            uint parentBase = (uint)unit ^ (_units[unit] & 0xFF);
            if ((_units[unit] & Leaf) == 0 && parentBase < count)
            {
                nextChild[unit] = firstChild[parentBase];
                firstChild[parentBase] = unit;
            }
        }

        int[] reachedAt = new int[count];
        bool[] isSound = new bool[_replacements.Length];
        List<int> states = [0];
        List<int> following = [];
        for (int depth = 1; states.Count > 0; depth++, (states, following) = (following, states))
        {
            if (depth > MaxKeyBytes + 1)
            {
                return ("a cyclic trie or keys without end", $"keys of at most {MaxKeyBytes} bytes");
            }

            following.Clear();
            foreach (int state in states)
            {
                uint unit = _units[state];
                uint childBase = (uint)state ^ Offset(unit);
                if ((childBase | 0xFF) >= count)
                {
                    return ($"trie unit {state} with the base {childBase}", $"a block of 256 units inside the {count} of the trie");
                }

                if (depth > 1 && HasLeaf(unit))
                {
                    uint value = _units[childBase] & ~Leaf;
                    if ((value >= isSound.Length || !isSound[value]) && FindFault(value) is { } fault)
                    {
                        return fault;
                    }

                    isSound[value] = true;
                }

                for (int child = firstChild[childBase]; child >= 0; child = nextChild[child])
                {
                    if (reachedAt[child] != depth)
                    {
                        reachedAt[child] = depth;
                        following.Add(child);
                    }
                }
            }
        }

        return null;
    }

    private (string Found, string Expected)? FindFault(uint start)
    {
        if (start >= _replacements.Length)
        {
            return ($"a replacement at offset {start}", $"an offset below {_replacements.Length}");
        }

        ReadOnlySpan<byte> rest = _replacements.AsSpan((int)start);
        int length = rest[..Math.Min(rest.Length, MaxReplacementBytes + 1)].IndexOf((byte)0);
        if (length < 0)
        {
            return ($"a replacement of more than {MaxReplacementBytes} bytes at offset {start}", $"at most {MaxReplacementBytes}");
        }

        return Utf8.IsValid(rest[..length])
            ? null
            : ($"a replacement that is not valid UTF-8 at offset {start}", "valid UTF-8");
    }
}
