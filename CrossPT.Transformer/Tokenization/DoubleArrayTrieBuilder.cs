using System.Numerics;
using System.Runtime.CompilerServices;

namespace CrossPT.Transformer.Tokenization;

/// <summary>Builds a <see cref="DoubleArrayTrie"/> from keys that lie anywhere in one byte array.</summary>
/// <remarks>
/// Optimised at once, without waiting for the runtime to notice: this runs once per process, and its speed is the
/// greater part of the time a tokenizer takes to load.
/// </remarks>
internal sealed class DoubleArrayTrieBuilder
{
    private const int BlockSize = 256;

    // Free units are searched only in the last few blocks: what is left over in older ones is not worth the time.
    private const int OpenBlocks = 16;

    // Upper 24 bits of a link hold the base.
    private const int MaxUnits = 1 << 24;

    private DoubleArrayTrie.Unit[] _units;
    private int[] _values;
    private Slot[] _slots;
    private int _size;
    private int _firstFree = -1;
    private int _lastFree = -1;

    private DoubleArrayTrieBuilder(int capacity)
    {
        _units = new DoubleArrayTrie.Unit[capacity];
        _values = new int[capacity];
        _slots = new Slot[capacity];
    }

    /// <summary>Builds the trie.</summary>
    /// <param name="bytes">All keys.</param>
    /// <param name="keys">Where each key lies, and its value and weight.</param>
    /// <returns>The trie.</returns>
    /// <exception cref="DuplicateKeyException">Two keys are equal.</exception>
    /// <exception cref="NotSupportedException">The keys need more than 2^24 states.</exception>
    public static DoubleArrayTrie Build(byte[] bytes, ReadOnlySpan<Key> keys) =>
        new DoubleArrayTrieBuilder(BlockSize * (2 + (keys.Length / 64))).BuildFrom(bytes, keys.ToArray());

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private DoubleArrayTrie BuildFrom(byte[] bytes, Key[] keys)
    {
        AddBlock();

        // Unit 0 would be the child along 0 of base 0, which leaves use: its label 1 makes it the child along 1 of
        // base 1, and no state gets base 1 either.
        Occupy(0);
        _units[0].Link = 1;
        _slots[0].IsBase = true;
        _slots[1].IsBase = true;

        uint rootBase = 0;
        Key[] grouped = new Key[keys.Length];
        byte[] labels = new byte[256];
        int[] ends = new int[256];
        var pending = new PendingStates();
        pending.Push(new Pending(0, keys.Length, 0, 0), 0);
        while (pending.TryPop(out Pending state))
        {
            int depth = state.Depth;
            int left = TakeEnding(keys, state, grouped);
            if (left == state.Right)
            {
                continue;
            }

            int children = Group(bytes, keys.AsSpan(left, state.Right - left), depth, grouped, labels, ends);
            uint childBase = FindBase(labels.AsSpan(0, children));
            _slots[childBase].IsBase = true;
            if (depth == 0)
            {
                rootBase = childBase;
            }
            else
            {
                _units[state.Unit].Link |= childBase << 8;
            }

            for (int i = children - 1; i >= 0; i--)
            {
                int child = (int)(childBase ^ labels[i]);
                Occupy(child);
                _units[child].Link = labels[i];
                int start = i == 0 ? left : left + ends[i - 1];
                pending.Push(new Pending(start, left + ends[i], depth + 1, child), keys[start].Value);
            }
        }

        return new DoubleArrayTrie(_units.AsSpan(0, _size).ToArray(), _values.AsSpan(0, _size).ToArray(), rootBase);
    }

    /// <summary>Gives a state the key that ends there, if one does, and moves it to the front of the state's keys.</summary>
    /// <returns>Where the keys that go on begin.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int TakeEnding(Key[] keys, Pending state, Key[] scratch)
    {
        int left = state.Left;
        for (int i = state.Left; i < state.Right; i++)
        {
            Key key = keys[i];
            if (key.Length != state.Depth)
            {
                continue;
            }

            if (left > state.Left)
            {
                throw new DuplicateKeyException(Math.Max(key.Value, keys[state.Left].Value));
            }

            // The order of the others is kept: the likeliest pieces come first in a vocabulary and stay close together.
            keys.AsSpan(left, i - left).CopyTo(scratch);
            scratch.AsSpan(0, i - left).CopyTo(keys.AsSpan(left + 1));
            keys[left++] = key;
            _values[state.Unit] = key.Value;
            _units[state.Unit].Weight = key.Weight;
        }

        return left;
    }

    /// <summary>Brings keys with the same byte at a depth together.</summary>
    /// <param name="bytes">The keys' bytes.</param>
    /// <param name="keys">The keys, all longer than the depth.</param>
    /// <param name="depth">Position of the byte.</param>
    /// <param name="scratch">As many keys.</param>
    /// <param name="labels">Receives the different bytes.</param>
    /// <param name="ends">Receives the end of each byte's keys.</param>
    /// <returns>Number of different bytes.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Group(byte[] bytes, Span<Key> keys, int depth, Key[] scratch, byte[] labels, int[] ends)
    {
        labels[0] = bytes[keys[0].Start + depth];
        ends[0] = keys.Length;
        bool same = true;
        for (int i = 1; i < keys.Length && same; i++)
        {
            same = bytes[keys[i].Start + depth] == labels[0];
        }

        if (same)
        {
            return 1;
        }

        Span<int> next = stackalloc int[256];
        next.Clear();
        int count = 0;
        foreach (Key key in keys)
        {
            byte label = bytes[key.Start + depth];
            if (next[label]++ == 0)
            {
                labels[count++] = label;
            }
        }

        int total = 0;
        for (int i = 0; i < count; i++)
        {
            int size = next[labels[i]];
            next[labels[i]] = total;
            total += size;
            ends[i] = total;
        }

        foreach (Key key in keys)
        {
            scratch[next[bytes[key.Start + depth]]++] = key;
        }

        scratch.AsSpan(0, keys.Length).CopyTo(keys);
        return count;
    }

    /// <summary>A base no other state has, with a free unit for each label.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private uint FindBase(ReadOnlySpan<byte> labels)
    {
        Slot[] slots = _slots;
        for (int free = _firstFree; free >= 0; free = slots[free].Next)
        {
            uint candidate = (uint)free ^ labels[0];
            if (slots[candidate].IsBase)
            {
                continue;
            }

            int i = 1;
            while (i < labels.Length && !slots[candidate ^ labels[i]].IsOccupied)
            {
                i++;
            }

            if (i == labels.Length)
            {
                return candidate;
            }
        }

        int block = _size;
        AddBlock();
        return (uint)block ^ labels[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddBlock()
    {
        if (_size + BlockSize > MaxUnits)
        {
            throw new NotSupportedException($"at most {MaxUnits} trie states");
        }

        if (_size + BlockSize > _units.Length)
        {
            int capacity = _units.Length * 2;
            Array.Resize(ref _units, capacity);
            Array.Resize(ref _values, capacity);
            Array.Resize(ref _slots, capacity);
        }

        int closing = _size - (OpenBlocks * BlockSize);
        for (int i = Math.Max(closing, 0); i < closing + BlockSize; i++)
        {
            if (!_slots[i].IsOccupied)
            {
                Occupy(i);
            }
        }

        for (int i = _size; i < _size + BlockSize; i++)
        {
            _units[i].Weight = float.NaN;
            _values[i] = -1;
            _slots[i].Previous = _lastFree;
            _slots[i].Next = -1;
            if (_lastFree >= 0)
            {
                _slots[_lastFree].Next = i;
            }
            else
            {
                _firstFree = i;
            }

            _lastFree = i;
        }

        _size += BlockSize;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Occupy(int unit)
    {
        ref Slot slot = ref _slots[unit];
        slot.IsOccupied = true;
        if (slot.Previous >= 0)
        {
            _slots[slot.Previous].Next = slot.Next;
        }
        else
        {
            _firstFree = slot.Next;
        }

        if (slot.Next >= 0)
        {
            _slots[slot.Next].Previous = slot.Previous;
        }
        else
        {
            _lastFree = slot.Previous;
        }
    }

    /// <summary>A key: bytes <c>[Start, Start + Length)</c>, its value (at least 0) and weight (a number).</summary>
    internal readonly record struct Key(int Start, int Length, int Value, float Weight);

    /// <summary>Two keys are equal.</summary>
    /// <param name="value">The larger of their values.</param>
    internal sealed class DuplicateKeyException(int value) : Exception
    {
        /// <summary>The larger of the two keys' values.</summary>
        public int Value { get; } = value;
    }

    private readonly record struct Pending(int Left, int Right, int Depth, int Unit);

    /// <summary>
    /// States whose children are still to be placed, those of small values first: a vocabulary begins with its
    /// likeliest pieces, and what is placed together shares cache lines.
    /// </summary>
    private sealed class PendingStates
    {
        private readonly Stack<Pending>?[] _byLogarithm = new Stack<Pending>?[32];
        private int _lowest;

        public void Push(Pending state, int value)
        {
            int bucket = BitOperations.Log2((uint)value | 1);
            (_byLogarithm[bucket] ??= new Stack<Pending>()).Push(state);
            _lowest = Math.Min(_lowest, bucket);
        }

        public bool TryPop(out Pending state)
        {
            for (; _lowest < _byLogarithm.Length; _lowest++)
            {
                if (_byLogarithm[_lowest] is { Count: > 0 } stack)
                {
                    state = stack.Pop();
                    return true;
                }
            }

            state = default;
            return false;
        }
    }

    private struct Slot
    {
        public int Next;
        public int Previous;
        public bool IsOccupied;
        public bool IsBase;
    }
}
