using CrossPT.Tensors;
using Xunit;

namespace CrossPT.TestKit;

/// <summary>The tests of <see cref="IIndexKernels"/>.</summary>
public class IndexConformance(TestDevice device) : ConformanceSuite(device)
{
    [Fact]
    public void GatherRows_RepeatedAndNegative_ReadsRows()
    {
        foreach (int rows in RowCounts)
        {
            foreach (int columns in ColumnCounts)
            {
                bool view = (rows + columns) % 2 == 0;
                Begin($"[{rows}, {columns}]");
                // Rows of y whose index is negative keep what they hold.
                Twin table = Random(19, columns, view), y = Random(rows, columns, !view), ids = Ids(Indices(rows, 19));
                Run(on => on.Backend.Index.GatherRows(on[table], on[ids], on[y]), [y], tolerance: 0);
            }
        }
    }

    [Fact]
    public void ScatterAddRows_RepeatedAndNegative_AddsInOrder()
    {
        foreach (int rows in RowCounts)
        {
            foreach (int columns in ColumnCounts)
            {
                bool view = (rows + columns) % 2 == 0;
                Begin($"[{rows}, {columns}]");
                Twin x = Random(rows, columns, view), table = Random(7, columns, !view), ids = Ids(Indices(rows, 7));
                Run(on => on.Backend.Index.ScatterAddRows(on[x], on[ids], on[table]), [table]);
                Twin fresh = Output(7, columns, !view);
                Run(on => on.Backend.Index.ScatterAddRows(on[x], on[ids], on[fresh], accumulate: false), [fresh]);
            }
        }
    }

    [Fact]
    public void ScatterAddRows_AllToOneRow_AddsAll()
    {
        Twin x = Of(Array.ConvertAll(Numbers(500 * 33), Math.Abs), [500, 33]);
        Twin table = Random(3, 33);
        Twin ids = Ids([.. Enumerable.Repeat(1, 500)]);
        Run(on => on.Backend.Index.ScatterAddRows(on[x], on[ids], on[table]), [table]);
    }

    [Fact]
    public void ScatterAddRows_LargeThenSmall_RoundsInTheOrderOfRows()
    {
        // In float32 2^24 + 1 rounds to 2^24: the result tells the order. Whole values, so float64 sums are exact.
        const float big = 1 << 24;
        Twin x = Of([1, big, -big, 1], [4, 1]), table = Of([0], [1, 1]), ids = Ids(0, 0, 0, 0);
        OnBoth(on => on.Backend.Index.ScatterAddRows(on[x], on[ids], on[table]));
        float expected = Tested.ComputeType == DType.Float32 ? 1 : 2;
        Assert.Equal(expected, table.Tested.ToSingles()[0]);
    }

    [Fact]
    public void Pick_NegativeIndex_GivesZero()
    {
        foreach (int rows in RowCounts)
        {
            foreach (int columns in ColumnCounts)
            {
                Begin($"[{rows}, {columns}]");
                Twin x = Random(rows, columns), y = OutputVector(rows), ids = Ids(Indices(rows, columns));
                Run(on => on.Backend.Index.Pick(on[x], on[ids], on[y]), [y], tolerance: 0);
            }
        }
    }

    [Fact]
    public void NoRows_NothingHappens()
    {
        Twin table = Random(3, 8), none = Random(0, 8), ids = Ids(), y = OutputVector(0);
        Run(on => on.Backend.Index.GatherRows(on[table], on[ids], on[none]), [none]);
        Run(on => on.Backend.Index.ScatterAddRows(on[none], on[ids], on[table]), [table], tolerance: 0);
        Run(on => on.Backend.Index.Pick(on[none], on[ids], on[y]), [y]);
    }

    [Fact]
    public void IndexOutside_IsRefused()
    {
        if (!ChecksIndices) return;
        Twin table = Random(3, 4), x = Random(2, 4), y = RandomVector(2), ids = Ids(0, 3), columns = Ids(4, 0);
        Refuses("GatherRows", on => on.Backend.Index.GatherRows(on[table], on[ids], on[x]));
        Refuses("ScatterAddRows", on => on.Backend.Index.ScatterAddRows(on[x], on[ids], on[table]));
        Refuses("Pick", on => on.Backend.Index.Pick(on[x], on[columns], on[y]));
    }

    [Fact]
    public void WrongShapes_AreRefused()
    {
        Twin table = Random(3, 4);
        Twin x = Random(2, 4);
        Twin narrow = Random(2, 3);
        Twin y = RandomVector(2);
        Twin two = Ids(0, 1);
        Twin three = Ids(0, 1, 2);
        Refuses("GatherRows", on => on.Backend.Index.GatherRows(on[table], on[three], on[x]));
        Refuses("GatherRows", on => on.Backend.Index.GatherRows(on[table], on[two], on[narrow]));
        Refuses("GatherRows", on => on.Backend.Index.GatherRows(on[table], on[y], on[x]));
        Refuses("ScatterAddRows", on => on.Backend.Index.ScatterAddRows(on[x], on[three], on[table]));
        Refuses("ScatterAddRows", on => on.Backend.Index.ScatterAddRows(on[narrow], on[two], on[table]));
        Refuses("Pick", on => on.Backend.Index.Pick(on[table], on[three], on[y]));
        Refuses("Pick", on => on.Backend.Index.Pick(on[table], on[two], on[y]));
    }

    // −1 among them, and repeats as soon as there are more than the bound.
    private static int[] Indices(int count, int bound)
    {
        CounterRandom random = new(11);
        int[] indices = new int[count];
        for (int i = 0; i < count; i++) indices[i] = random.NextInt32(bound + 1) - 1;
        return indices;
    }
}
