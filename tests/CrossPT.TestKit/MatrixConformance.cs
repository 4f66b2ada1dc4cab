using CrossPT.Tensors;
using Xunit;

namespace CrossPT.TestKit;

/// <summary>
/// The tests of products with packed weights and of tensors; packing itself is in <see cref="PackingConformance"/>.
/// </summary>
public class MatrixConformance(TestDevice device) : ConformanceSuite(device)
{
    [Fact]
    public void Linear_EveryRowCount_MatchesReference()
    {
        foreach (int rows in (int[])[0, .. RowCounts]) LinearBothWays(rows, 1, 130, 33);
    }

    [Fact]
    public void Linear_EveryWidth_MatchesReference()
    {
        foreach (int outputs in ColumnCounts)
        {
            foreach (int inputs in InnerSizes) LinearBothWays(13, 1, outputs, inputs);
        }
    }

    [Fact]
    public void Linear_SeveralBlocksEachWay_MatchesReference()
    {
        LinearBothWays(203, 1, 331, 65);
        LinearBothWays(13, 1, 65, 2051);
        LinearBothWays(37, 1, 131, 1031);
    }

    [Theory]
    [InlineData(8, 33)]
    [InlineData(32, 64)]
    [InlineData(33, 100)]
    [InlineData(64, 385)]
    public void Linear_GroupByGroup_MatchesReference(int outputs, int inputs)
    {
        foreach (int groups in (int[])[2, 3, 6])
        {
            foreach (int rows in (int[])[1, 12, 17, 37]) LinearBothWays(rows, groups, outputs, inputs);
        }
    }

    [Fact]
    public void Linear_Relu_KeepsBitsAndBackwardFollowsThem()
    {
        foreach (int rows in RowCounts)
        {
            foreach (int outputs in ColumnCounts)
            {
                Begin($"[{rows}, 33]·[{outputs}, 33]ᵀ");
                // Whole numbers have exact sums, so no bit hangs on rounding; some are exactly 0.
                PackedTwin weight = EmptyPacked(1, outputs, 33);
                Twin w = Of(Array.ConvertAll(Numbers(outputs * 33), MathF.Round), [outputs, 33]);
                OnBoth(on => on.Backend.Matrix.Pack(on[w], 0, on[weight]));
                Twin x = Of(Array.ConvertAll(Numbers(rows * 33), MathF.Round), [rows, 33], view: outputs == 64);
                Twin y = Output(rows, outputs, view: rows == 33);
                Twin bits = Mask(rows, outputs);
                Twin clamped = Output(rows, outputs);
                Run(
                    on => on.Backend.Matrix.Linear(on[x], on[weight], on[y], relu: true, positive: on[bits]), [y, bits],
                    tolerance: 0);
                Run(
                    on => on.Backend.Matrix.Linear(on[x], on[weight], on[clamped], relu: true), [clamped],
                    tolerance: 0);
                Twin dy = Random(rows, outputs, view: rows == 33), dx = Output(rows, 33), sum = Random(rows, 33);
                Run(on => on.Backend.Matrix.LinearTransposed(on[dy], on[weight], on[dx], positive: on[bits]), [dx]);
                Run(
                    on => on.Backend.Matrix.LinearTransposed(on[dy], on[weight], on[sum], accumulate: true, on[bits]),
                    [sum]);
            }
        }
    }

    [Fact]
    public void Linear_BitsWithoutReluFlag_ClampsAllTheSame()
    {
        PackedTwin weight = Packed(1, 40, 16);
        Twin x = Random(5, 16), y = Output(5, 40), bits = Mask(5, 40);
        Run(on => on.Backend.Matrix.Linear(on[x], on[weight], on[y], positive: on[bits]), [y, bits]);
    }

    [Fact]
    public void Linear_ReluOfGroups_Clamps()
    {
        PackedTwin weight = Packed(3, 33, 17);
        Twin x = Random(13, 51), y = Output(13, 99);
        Run(on => on.Backend.Matrix.Linear(on[x], on[weight], on[y], relu: true), [y]);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Product_Transposed_MatchesReference(bool transposeA, bool transposeB)
    {
        foreach (int rows in RowCounts) ProductCase(rows, 33, 65, transposeA, transposeB, false);
        foreach (int columns in ColumnCounts) ProductCase(12, columns, 100, transposeA, transposeB, true);
        foreach (int inner in InnerSizes) ProductCase(17, 31, inner, transposeA, transposeB, false);
        foreach (int inner in InnerSizes) ProductCase(1, 64, inner, transposeA, transposeB, true);
        ProductCase(203, 331, 65, transposeA, transposeB, true);
        ProductCase(13, 65, 2051, transposeA, transposeB, false);
        ProductCase(37, 131, 1031, transposeA, transposeB, true);
        ProductCase(0, 5, 7, transposeA, transposeB, false);
    }

    [Fact]
    public void WrongShapes_AreRefused()
    {
        PackedTwin weight = Packed(1, 6, 4), grouped = Packed(2, 3, 4);
        Twin x = Random(5, 4);
        Twin y = Random(5, 6);
        Twin other = Random(4, 6);
        Twin bits = Mask(5, 6);
        Twin wideBits = Mask(5, 33);
        Twin ids = Ids(new int[20]);
        Refuses("Linear", on => on.Backend.Matrix.Linear(on[y], on[weight], on[y]));
        Refuses("Linear", on => on.Backend.Matrix.Linear(on[x], on[weight], on[other]));
        Refuses("Linear", on => on.Backend.Matrix.Linear(on[x], on[weight], on[x]));
        Refuses("Linear", on => on.Backend.Matrix.Linear(on[x], on[weight], on[y], on[other]));
        Refuses("Linear", on => on.Backend.Matrix.Linear(on[x], on[weight], on[y], positive: on[wideBits]));
        Refuses("Linear", on => on.Backend.Matrix.Linear(on[x], on[weight], on[y], on[y], relu: true));
        Refuses("Linear", on => on.Backend.Matrix.Linear(on[x], on[grouped], on[y]));
        Refuses("LinearTransposed", on => on.Backend.Matrix.LinearTransposed(on[x], on[weight], on[x]));
        Refuses("LinearTransposed", on => on.Backend.Matrix.LinearTransposed(on[y], on[weight], on[y]));
        Refuses(
            "LinearTransposed",
            on => on.Backend.Matrix.LinearTransposed(on[y], on[weight], on[x], positive: on[wideBits]));
        Refuses("Product", on => on.Backend.Matrix.Product(on[x], false, on[y], false, on[y]));
        Refuses("Product", on => on.Backend.Matrix.Product(on[x], true, on[y], false, on[y]));
        Refuses("Product", on => on.Backend.Matrix.Product(on[x], true, on[y], true, on[other]));

        Twin wide = Random(5, 8);
        Refuses("Linear", on => on.Backend.Matrix.Linear(on[wide], on[grouped], on[y], positive: on[bits]));
        Refuses(
            "LinearTransposed",
            on => on.Backend.Matrix.LinearTransposed(on[y], on[grouped], on[wide], positive: on[bits]));
        Refuses("Product", on => on.Backend.Matrix.Product(on[ids], false, on[y], false, on[y]));
    }

    /// <summary>
    /// Forward plain, with residual, in place on the residual; backward plain and accumulating; views on and off.
    /// </summary>
    private void LinearBothWays(int rows, int groups, int outputs, int inputs)
    {
        Begin($"[{rows}, {groups}·{inputs}]·{groups}·[{outputs}, {inputs}]ᵀ");
        PackedTwin weight = Packed(groups, outputs, inputs);
        bool view = (rows + outputs + inputs) % 2 == 0;
        Twin x = Random(rows, groups * inputs, view);
        Twin y = Output(rows, groups * outputs, view);
        Twin residual = Random(rows, groups * outputs, !view);
        Run(on => on.Backend.Matrix.Linear(on[x], on[weight], on[y]), [y]);
        Run(on => on.Backend.Matrix.Linear(on[x], on[weight], on[y], on[residual]), [y]);
        Run(on => on.Backend.Matrix.Linear(on[x], on[weight], on[residual], on[residual]), [residual]);

        Twin dy = Random(rows, groups * outputs, !view);
        Twin dx = Output(rows, groups * inputs, view);
        Twin sum = Random(rows, groups * inputs, !view);
        Run(on => on.Backend.Matrix.LinearTransposed(on[dy], on[weight], on[dx]), [dx]);
        Run(on => on.Backend.Matrix.LinearTransposed(on[dy], on[weight], on[sum], accumulate: true), [sum]);
    }

    private void ProductCase(int m, int n, int k, bool transposeA, bool transposeB, bool view)
    {
        Begin($"[{m}, {k}]·[{k}, {n}]");
        Twin a = transposeA ? Random(k, m, view) : Random(m, k, view);
        Twin b = transposeB ? Random(n, k, !view) : Random(k, n, !view);
        Twin c = Output(m, n, view), sum = Random(m, n, !view);
        // [k, 0] has no rows by the count of its elements, so nothing to transpose.
        if (m == 0 && transposeA) return;
        Run(on => on.Backend.Matrix.Product(on[a], transposeA, on[b], transposeB, on[c]), [c]);
        Run(on => on.Backend.Matrix.Product(on[a], transposeA, on[b], transposeB, on[sum], accumulate: true), [sum]);
    }
}
