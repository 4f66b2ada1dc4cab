using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CrossPT.Transformer.Tokenization;

/// <summary>
/// A set of byte strings as a double-array trie (Aoe 1989) with the label check of darts-clone: the child of a
/// state with base <c>b</c> along byte <c>c</c> sits at <c>b ^ c</c> and carries <c>c</c> as its label.
/// No two states share a base, so the label alone proves the parent.
/// </summary>
/// <remarks>
/// Base 0 means "no children". Every base lies in a block of 256 units that exists, so <c>b ^ c</c> is always
/// inside <see cref="Units"/> and a walk needs no range check. Immutable.
/// </remarks>
internal sealed class DoubleArrayTrie
{
    internal DoubleArrayTrie(Unit[] units, int[] values, uint rootBase)
    {
        Units = units;
        Values = values;
        RootBase = rootBase;
    }

    /// <summary>One state: 8 bytes, so that the hot part of a vocabulary stays in the cache.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Unit
    {
        /// <summary>Base of the children in the upper 24 bits, label in the lower 8.</summary>
        public uint Link;

        /// <summary>Weight of the key that ends here, NaN where none does.</summary>
        public float Weight;
    }

    /// <summary>The states.</summary>
    public Unit[] Units { get; }

    /// <summary>Per state: the value of the key that ends there, or -1.</summary>
    public int[] Values { get; }

    /// <summary>Base of the empty string's state.</summary>
    public uint RootBase { get; }

    /// <summary>The value of <paramref name="key"/>, or -1.</summary>
    public int Find(ReadOnlySpan<byte> key)
    {
        int length = LongestPrefix(key, out int value);
        return length == key.Length ? value : -1;
    }

    /// <summary>The longest key that <paramref name="text"/> begins with.</summary>
    /// <param name="text">Where to look; only its beginning counts.</param>
    /// <param name="value">Value of that key, or -1.</param>
    /// <returns>Its length in bytes, 0 where no key fits.</returns>
    public int LongestPrefix(ReadOnlySpan<byte> text, out int value)
    {
        value = -1;
        int longest = 0;
        uint childBase = RootBase;
        for (int i = 0; i < text.Length; i++)
        {
            uint index = childBase ^ text[i];
            Unit unit = Units[index];
            if ((byte)unit.Link != text[i])
            {
                break;
            }

            childBase = unit.Link >> 8;
            if (Values[index] >= 0)
            {
                value = Values[index];
                longest = i + 1;
            }
        }

        return longest;
    }
}
