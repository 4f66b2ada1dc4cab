using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// Character replacements of a SentencePiece model (its <c>precompiled_charsmap</c>): a darts-clone double array from
/// keys in UTF-8 to offsets, then the replacements, each ended by a zero byte.
/// </summary>
/// <remarks>
/// A unit of the array is 32 bits: bit 31 marks a leaf whose low 31 bits are the value; otherwise bits 0-7 are the
/// label, bit 8 says that a leaf hangs at the base, bits 10-30 are the offset to the base, times 256 if bit 9 is set.
/// All that can be reached is checked at load, so that lookups stay inside. Immutable.
/// </remarks>
internal sealed class CharsMap
{
    private const uint Leaf = 1u << 31;
    private const int HeaderSize = 4;

    // The longest keys of the rules shipped with sentencepiece have some 20 bytes. A bound makes cycles visible.
    private const int MaxKeyBytes = 256;

    // NFKC's longest replacement has 33 bytes. A bound keeps the normalised text in proportion to the input.
    private const int MaxReplacementBytes = 1024;

    private readonly TokenizerDefinition _definition;
    private readonly string _place;
    private readonly uint[] _units;
    private readonly byte[] _replacements;

    /// <summary>Reads and checks a charsmap.</summary>
    /// <param name="definition">The tokenizer, for errors.</param>
    /// <param name="place">Where its file has the charsmap.</param>
    /// <param name="blob">The charsmap: size of the array in bytes (32 bits), the array, the replacements.</param>
    /// <exception cref="TokenizerFormatException">A size or offset points outside, or there is a cycle.</exception>
    public CharsMap(TokenizerDefinition definition, string place, ReadOnlySpan<byte> blob)
    {
        (_definition, _place) = (definition, place);
        if (blob.Length <= HeaderSize) throw Error($"a charsmap of {blob.Length} bytes", $"more than {HeaderSize}");
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(blob);
        int available = blob.Length - HeaderSize;
        if (size == 0 || size % sizeof(uint) != 0 || size > (uint)available)
        {
            throw Error($"a trie of {size} bytes", $"a multiple of 4 from 4 to the {available} bytes that follow");
        }

        _units = MemoryMarshal.Cast<byte, uint>(blob.Slice(HeaderSize, (int)size)).ToArray();
        if (!BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(_units, _units);

        // One zero more, so that the last replacement ends even where the file leaves its zero out.
        _replacements = [.. blob[(HeaderSize + (int)size)..], 0];
        Check();
    }

    /// <summary>
    /// Whether a key has a space, or a replacement ▁: then words cannot be told apart before they are normalised.
    /// </summary>
    public bool MixesSpaces { get; private set; }

    /// <summary>The replacement of the longest key that a text begins with, null where it begins with none.</summary>
    /// <param name="text">The text; lone surrogates count as U+FFFD.</param>
    /// <param name="length">The key's length in characters.</param>
    /// <param name="takesShortest">The shortest such key is taken instead.</param>
    public string? Match(ReadOnlySpan<char> text, out int length, bool takesShortest = false)
    {
        length = 0;
        uint value = Leaf;
        uint position = Offset(_units[0]);
        Span<byte> utf8 = stackalloc byte[4];
        for (int end = 0; end < text.Length;)
        {
            Rune.DecodeFromUtf16(text[end..], out Rune rune, out int characters);
            end += characters;
            uint unit = 0;
            foreach (byte next in utf8[..rune.EncodeToUtf8(utf8)])
            {
                position ^= next;
                unit = _units[position];
                if ((unit & (Leaf | 0xFF)) != next) return value == Leaf ? null : Replacement(value);
                position ^= Offset(unit);
            }

            if (!HasLeaf(unit)) continue;
            (length, value) = (end, _units[position] & ~Leaf);
            if (takesShortest) break;
        }

        return value == Leaf ? null : Replacement(value);
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & (1u << 9)) >> 6);

    private static bool HasLeaf(uint unit) => (unit & (1u << 8)) != 0;

    private string Replacement(uint start)
    {
        ReadOnlySpan<byte> rest = _replacements.AsSpan((int)start);
        return Encoding.UTF8.GetString(rest[..rest.IndexOf((byte)0)]);
    }

    /// <summary>Walks every state that can be reached, one key length after another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Check()
    {
        int count = _units.Length;

        // Children of the state with base b: firstChild[b], then along nextChild.
        (int[] firstChild, int[] nextChild) = (new int[count], new int[count]);
        firstChild.AsSpan().Fill(-1);
        for (int unit = 0; unit < count; unit++)
        {
            uint parentBase = (uint)unit ^ (_units[unit] & 0xFF);
            if ((_units[unit] & Leaf) == 0 && parentBase < count)
            {
                (nextChild[unit], firstChild[parentBase]) = (firstChild[parentBase], unit);
            }
        }

        int[] reachedAt = new int[count];
        bool[] isSound = new bool[_replacements.Length];
        List<int> states = [0];
        for (int depth = 1; states.Count > 0; depth++)
        {
            if (depth > MaxKeyBytes + 1)
            {
                throw Error("a cyclic trie or keys without end", $"keys of at most {MaxKeyBytes} bytes");
            }

            List<int> following = [];
            foreach (int state in states)
            {
                uint childBase = (uint)state ^ Offset(_units[state]);
                if ((childBase | 0xFF) >= count)
                {
                    throw Error(
                        $"trie unit {state} with the base {childBase}", $"256 units inside the {count} of the trie");
                }

                if (depth > 1 && HasLeaf(_units[state])) CheckReplacement(_units[childBase] & ~Leaf, isSound);
                for (int child = firstChild[childBase]; child >= 0; child = nextChild[child])
                {
                    if (reachedAt[child] == depth) continue;
                    reachedAt[child] = depth;
                    following.Add(child);
                    MixesSpaces |= (_units[child] & 0xFF) == ' ';
                }
            }

            states = following;
        }
    }

    private void CheckReplacement(uint start, bool[] isSound)
    {
        if (start >= isSound.Length)
        {
            throw Error($"a replacement at offset {start}", $"an offset below {isSound.Length}");
        }

        if (isSound[start]) return;
        isSound[start] = true;
        ReadOnlySpan<byte> rest = _replacements.AsSpan((int)start);
        int length = rest[..Math.Min(rest.Length, MaxReplacementBytes + 1)].IndexOf((byte)0);
        if (length < 0)
        {
            throw Error(
                $"a replacement of more than {MaxReplacementBytes} bytes at offset {start}",
                $"at most {MaxReplacementBytes}");
        }

        if (!Utf8.IsValid(rest[..length]))
        {
            throw Error($"a replacement that is not valid UTF-8 at offset {start}", "valid UTF-8");
        }

        MixesSpaces |= rest[..length].IndexOf("\u2581"u8) >= 0;
    }

    private TokenizerFormatException Error(string found, string expected) => _definition.Error(_place, found, expected);
}
