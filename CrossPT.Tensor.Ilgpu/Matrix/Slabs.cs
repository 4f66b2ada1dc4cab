using ILGPU;

namespace CrossPT.Tensors.Ilgpu;

/// <summary>
/// The inner loop of every float32 product: a thread group sums one block of op(A)·op(B), walking along the inner index in slabs that all its threads
/// bring into shared memory together.
/// </summary>
/// <remarks>
/// <para>
/// A slab is [Depth, Edge], step by step, as 16-byte words; two slabs of each operand exist, so that one is filled while the other is read. What comes
/// next is asked for before a slab is multiplied and put away after it: the wait for memory is spent computing.
/// </para>
/// <para>
/// Where the inner index is the contiguous one, the four elements of a load go to four steps. Words of a step are exchanged (exclusive or) by the number
/// of the step, so that neither that scattering nor the reading of rows meets twice in one bank.
/// </para>
/// <para>Every element is summed in order of the inner index with fused multiply-adds: its bits do not depend on the tile.</para>
/// </remarks>
internal static class Slabs<TTile>
    where TTile : struct, ITile
{
    /// <summary>Threads of a group.</summary>
    public static int Threads => TTile.Edge / 8 * (TTile.Edge / 8);

    /// <summary>16-byte words of a step.</summary>
    public static int Words => TTile.Edge / 4;

    /// <summary>16-byte words of shared memory: two slabs of each operand.</summary>
    public static int SharedWords => 4 * TTile.Depth * Words;

    /// <summary>Rows that thread t sums: 4·row … 4·row + 3 and those half a block on. A warp is 4 rows by 8 columns of threads.</summary>
    public static int Row(int t) => TTile.Edge < 64 ? t / (TTile.Edge / 8) : ((t >> 5) / (TTile.Edge / 64) * 4) + ((t & 31) >> 3);

    /// <summary>Columns that thread t sums, likewise.</summary>
    public static int Column(int t) => TTile.Edge < 64 ? t % (TTile.Edge / 8) : ((t >> 5) % (TTile.Edge / 64) * 8) + (t & 7);

    /// <summary>
    /// sum += A·B over the steps <paramref name="inner"/> … <paramref name="innerEnd"/>, for the block whose first row is
    /// <paramref name="row"/> and whose first column is <paramref name="column"/>. All threads of the group call it together; it ends with a barrier.
    /// </summary>
    public static void Multiply<TA, TB>(
        ref RegisterTile sum, Operand a, int row, Operand b, int column, int inner, int innerEnd, ArrayView<Float4> shared)
        where TA : struct, IOrder
        where TB : struct, IOrder
    {
        int slab = TTile.Depth * Words, buffer = 0, threadRow = Row(Group.IdxX), threadColumn = Column(Group.IdxX);
        if (inner >= innerEnd) return;
        // Before the first slab there is none to multiply; ILGPU would write a separate beginning out once more.
        int before = inner - TTile.Depth;
        for (int at = before; at < innerEnd; at += TTile.Depth)
        {
            int next = at + TTile.Depth, other = (2 * slab) - buffer, first = Group.IdxX;
            Float4 a0 = default, a1 = default, b0 = default, b1 = default;
            if (next < innerEnd)
            {
                a0 = Fetch<TA>(a, row, next, first);
                a1 = Fetch<TA>(a, row, next, first + Threads);
                b0 = Fetch<TB>(b, column, next, first);
                b1 = Fetch<TB>(b, column, next, first + Threads);
            }
            if (at != before) Add(ref sum, shared, buffer, threadRow, buffer + slab, threadColumn);
            if (next < innerEnd)
            {
                Stash<TA>(shared, other, first, a0);
                Stash<TA>(shared, other, first + Threads, a1);
                Stash<TB>(shared, other + slab, first, b0);
                Stash<TB>(shared, other + slab, first + Threads, b1);
                // More than two words a thread: only where a group is simulated by one.
                for (int i = 2; TTile.Edge < 64 && i < slab; i++)
                {
                    Stash<TA>(shared, other, i, Fetch<TA>(a, row, next, i));
                    Stash<TB>(shared, other + slab, i, Fetch<TB>(b, column, next, i));
                }
            }
            Group.Barrier();
            buffer = other;
        }
    }

    /// <summary>
    /// sum += Aᵀ·B where A [inner, Edge] is a <see cref="ScoreTile{TTile}"/> in shared memory and B comes in slabs: the second product of attention.
    /// </summary>
    public static void MultiplyHeld(ref RegisterTile sum, ArrayView<Float4> held, Operand b, int column, int inner, int innerEnd, ArrayView<Float4> shared)
    {
        int slab = TTile.Depth * Words, buffer = 0, threadRow = Row(Group.IdxX), threadColumn = Column(Group.IdxX);
        if (inner >= innerEnd) return;
        int before = inner - TTile.Depth;
        for (int at = before; at < innerEnd; at += TTile.Depth)
        {
            int next = at + TTile.Depth, other = slab - buffer, first = Group.IdxX;
            Float4 b0 = default, b1 = default;
            if (next < innerEnd)
            {
                b0 = Fetch<OuterLines>(b, column, next, first);
                b1 = Fetch<OuterLines>(b, column, next, first + Threads);
            }
            for (int k = 0; at != before && k < TTile.Depth; k++)
            {
                int step = at - inner + k, low = ScoreTile<TTile>.Word(step, threadRow), high = ScoreTile<TTile>.Word(step, threadRow + (Words / 2));
                int line = buffer + (k * Words), spread = Spread(k);
                sum.Step(held[low], held[high], shared[line + (threadColumn ^ spread)], shared[line + ((threadColumn + (Words / 2)) ^ spread)]);
            }
            if (next < innerEnd)
            {
                Stash<OuterLines>(shared, other, first, b0);
                Stash<OuterLines>(shared, other, first + Threads, b1);
                for (int i = 2; TTile.Edge < 64 && i < slab; i++)
                    Stash<OuterLines>(shared, other, i, Fetch<OuterLines>(b, column, next, i));
            }
            Group.Barrier();
            buffer = other;
        }
    }

    private static int Spread(int step) => (step >> 2) * (32 / TTile.Depth);

    private static void Add(ref RegisterTile sum, ArrayView<Float4> shared, int aAt, int row, int bAt, int column)
    {
        for (int k = 0; k < TTile.Depth; k += 4)
        {
            int spread = Spread(k);
            int a0 = aAt + (k * Words) + (row ^ spread), a1 = aAt + (k * Words) + ((row + (Words / 2)) ^ spread);
            int b0 = bAt + (k * Words) + (column ^ spread), b1 = bAt + (k * Words) + ((column + (Words / 2)) ^ spread);
            sum.Step(shared[a0], shared[a1], shared[b0], shared[b1]);
            sum.Step(shared[a0 + Words], shared[a1 + Words], shared[b0 + Words], shared[b1 + Words]);
            sum.Step(shared[a0 + (2 * Words)], shared[a1 + (2 * Words)], shared[b0 + (2 * Words)], shared[b1 + (2 * Words)]);
            sum.Step(shared[a0 + (3 * Words)], shared[a1 + (3 * Words)], shared[b0 + (3 * Words)], shared[b1 + (3 * Words)]);
        }
    }

    /// <summary>Word <paramref name="index"/> of the slab at step <paramref name="inner"/>, in the order memory has it.</summary>
    private static Float4 Fetch<TOrder>(Operand operand, int outer, int inner, int index)
        where TOrder : struct, IOrder
        => TOrder.IsMasked ? operand.LoadMasked(outer + (index / (TTile.Depth / 4)), inner + (index % (TTile.Depth / 4) * 4))
            : TOrder.InnerIsContiguous ? operand.Load(outer + (index / (TTile.Depth / 4)), inner + (index % (TTile.Depth / 4) * 4))
            : operand.Load(inner + (index / Words), outer + (index % Words * 4));

    private static void Stash<TOrder>(ArrayView<Float4> shared, int at, int index, Float4 word)
        where TOrder : struct, IOrder
    {
        if (!TOrder.InnerIsContiguous)
        {
            int step = index / Words;
            shared[at + (step * Words) + ((index % Words) ^ Spread(step))] = word;
            return;
        }
        int outer = index / (TTile.Depth / 4), first = index % (TTile.Depth / 4) * 4;
        int element = (4 * (at + (first * Words) + ((outer >> 2) ^ Spread(first)))) + (outer & 3);
        ArrayView<float> elements = shared.Cast<float>();
        elements[element] = word.X;
        elements[element + (4 * Words)] = word.Y;
        elements[element + (8 * Words)] = word.Z;
        elements[element + (12 * Words)] = word.W;
    }
}
