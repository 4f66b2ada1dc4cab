using CrossPT.Tensors;
using Xunit;

namespace CrossPT.TestKit;

/// <summary>The tests of <see cref="IElementwiseKernels"/>.</summary>
public class ElementwiseConformance(TestDevice device) : ConformanceSuite(device)
{
    [Fact]
    public void Fill_AnyShape_SetsEveryElement()
    {
        ForShapes((rows, columns, _) =>
        {
            Twin y = Output(rows, columns);
            Run(on => on.Backend.Elementwise.Fill(on[y], -1.25), [y], tolerance: 0);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Copy_AnyShape_IsExact(bool view)
    {
        ForShapes((rows, columns, odd) =>
        {
            Twin x = Random(rows, columns, view), y = Output(rows, columns, view ^ odd);
            Run(on => on.Backend.Elementwise.Copy(on[x], on[y]), [y], tolerance: 0);
        });
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(0.5, -2)]
    [InlineData(1, 0)]
    public void Add_ViewsAndTails_Weighted(double alpha, double beta)
    {
        ForShapes((rows, columns, odd) =>
        {
            Twin a = Random(rows, columns, odd), b = Random(rows, columns), y = Output(rows, columns, !odd);
            Run(on => on.Backend.Elementwise.Add(on[a], on[b], on[y], alpha, beta), [y]);
        });
    }

    [Fact]
    public void Add_OutputIsInput_AddsInPlace()
    {
        ForShapes((rows, columns, view) =>
        {
            Twin a = Random(rows, columns, view), b = Random(rows, columns, view);
            Run(on => on.Backend.Elementwise.Add(on[a], on[b], on[a], 0.75, 1.5), [a]);
            Run(on => on.Backend.Elementwise.Add(on[a], on[b], on[b]), [b]);
        });
    }

    [Fact]
    public void Scale_InPlaceAndNot_Multiplies()
    {
        ForShapes((rows, columns, view) =>
        {
            Twin x = Random(rows, columns, view), y = Output(rows, columns, !view);
            Run(on => on.Backend.Elementwise.Scale(on[x], on[y], -0.3), [y]);
            Run(on => on.Backend.Elementwise.Scale(on[x], on[x], 3), [x]);
        });
    }

    [Fact]
    public void Multiply_AccumulateAndInPlace_Multiplies()
    {
        ForShapes((rows, columns, _) =>
        {
            Twin a = Random(rows, columns);
            Twin b = Random(rows, columns);
            Twin y = Output(rows, columns);
            Twin sum = Random(rows, columns);
            Run(on => on.Backend.Elementwise.Multiply(on[a], on[b], on[y]), [y]);
            Run(on => on.Backend.Elementwise.Multiply(on[a], on[b], on[sum], accumulate: true), [sum]);
            Run(on => on.Backend.Elementwise.Multiply(on[a], on[b], on[a]), [a]);
        });
    }

    [Fact]
    public void Relu_BitsKept_BackwardFollowsThem()
    {
        ForShapes((rows, columns, inPlace) =>
        {
            float[] values = Numbers(rows * columns);
            values[0] = 0;
            Twin x = Of(values, [rows, columns]), y = inPlace ? x : Output(rows, columns), bits = Mask(rows, columns);
            Run(on => on.Backend.Elementwise.Relu(on[x], on[y], on[bits]), [y, bits], tolerance: 0);
            Twin dy = Random(rows, columns), dx = inPlace ? dy : Output(rows, columns);
            Run(on => on.Backend.Elementwise.ReluBackward(on[dy], on[bits], on[dx]), [dx], tolerance: 0);
        });
    }

    [Fact]
    public void Relu_NoBits_Clamps()
    {
        Twin x = Random(5, 33), y = Output(5, 33);
        Run(on => on.Backend.Elementwise.Relu(on[x], on[y], null), [y], tolerance: 0);
    }

    [Theory]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.GeluTanh)]
    [InlineData(Activation.Gelu)]
    [InlineData(Activation.Silu)]
    [InlineData(Activation.Sigmoid)]
    public void Gated_ForwardAndBackward_MatchReference(Activation f)
    {
        ForShapes((rows, columns, view) =>
        {
            Twin gate = Random(rows, columns, view, 2);
            Twin linear = Random(rows, columns, !view);
            Twin y = Output(rows, columns, view);
            Run(on => on.Backend.Elementwise.Gated(on[gate], on[linear], on[y], f), [y]);
            Twin dy = Random(rows, columns, view);
            Twin dGate = Output(rows, columns, view);
            Twin dLinear = Output(rows, columns, !view);
            Run(
                on => on.Backend.Elementwise.GatedBackward(on[dy], on[gate], on[linear], on[dGate], on[dLinear], f),
                [dGate, dLinear]);
        });
    }

    [Theory]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.GeluTanh)]
    [InlineData(Activation.Gelu)]
    [InlineData(Activation.Silu)]
    [InlineData(Activation.Sigmoid)]
    public void Activate_ForwardAndBackward_MatchReference(Activation f)
    {
        ForShapes((rows, columns, view) =>
        {
            Twin x = Random(rows, columns, view, 2), y = Output(rows, columns, !view);
            Run(on => on.Backend.Elementwise.Activate(on[x], on[y], f), [y]);
            Twin dy = Random(rows, columns, !view), dx = Output(rows, columns, view);
            Run(on => on.Backend.Elementwise.ActivateBackward(on[dy], on[x], on[dx], f), [dx]);
            Run(on => on.Backend.Elementwise.ActivateBackward(on[dy], on[x], on[dy], f), [dy]);
            Run(on => on.Backend.Elementwise.Activate(on[x], on[x], f), [x]);
        });
    }

    [Theory]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.GeluTanh)]
    [InlineData(Activation.Gelu)]
    [InlineData(Activation.Silu)]
    [InlineData(Activation.Sigmoid)]
    public void Gated_OutputsAreInputs_ReadBeforeWritten(Activation f)
    {
        Twin gate = Random(13, 33), linear = Random(13, 33), dy = Random(13, 33);
        Run(
            on => on.Backend.Elementwise.GatedBackward(on[dy], on[gate], on[linear], on[gate], on[linear], f),
            [gate, linear]);
        Run(
            on => on.Backend.Elementwise.GatedBackward(on[dy], on[gate], on[linear], on[linear], on[gate], f),
            [gate, linear]);
        Run(on => on.Backend.Elementwise.Gated(on[gate], on[linear], on[gate], f), [gate]);
        Run(on => on.Backend.Elementwise.Gated(on[gate], on[linear], on[linear], f), [linear]);
    }

    [Theory]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.GeluTanh)]
    [InlineData(Activation.Gelu)]
    [InlineData(Activation.Silu)]
    [InlineData(Activation.Sigmoid)]
    public void Activations_LargeAndTinyValues_StayExact(Activation f)
    {
        // Each magnitude a case of its own: the tolerance is relative to the largest.
        foreach (float scale in (float[])[1e-20f, 1e-6f, 1e-3f, 0.1f, 4, 12, 60, 1e4f])
        {
            Begin($"gate {scale}");
            Twin gate = Of([-scale, scale, -0.7f * scale, 0.7f * scale, 0], [1, 5]);
            Twin linear = Of([1, 1, 1, 1, 1], [1, 5]);
            Twin y = Output(1, 5), dy = Of([1, 1, 1, 1, 1], [1, 5]), dGate = Output(1, 5), dLinear = Output(1, 5);
            Run(on => on.Backend.Elementwise.Gated(on[gate], on[linear], on[y], f), [y]);
            Run(on => on.Backend.Elementwise.Activate(on[gate], on[y], f), [y]);
            Run(on => on.Backend.Elementwise.ActivateBackward(on[dy], on[gate], on[dGate], f), [dGate]);
            Run(
                on => on.Backend.Elementwise.GatedBackward(on[dy], on[gate], on[linear], on[dGate], on[dLinear], f),
                [dGate, dLinear]);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void Dropout_OfPlaces_DropsTheSameElements(double probability)
    {
        ForShapes((rows, columns, inPlace) =>
        {
            Twin x = Random(rows, columns, view: !inPlace), y = inPlace ? x : Output(rows, columns, view: true);
            Run(
                on => on.Backend.Elementwise.Dropout(on[x], on[y], new DropoutMask(probability, 42, 7)), [y],
                tolerance: 1e-6);
        });
    }

    [Fact]
    public void Dropout_ManyElements_WideSeedsAndStreams()
    {
        DropoutMask mask = new(0.25, 0x1234_5678_9ABC_DEF0, 0xFEDC_BA98_7654_3210);
        Twin x = RandomVector(70_001), y = OutputVector(70_001);
        Run(on => on.Backend.Elementwise.Dropout(on[x], on[y], mask), [y], tolerance: 1e-6);
        double dropped = y.Tested.ToSingles().Count(value => value == 0) / 70_001.0;
        Assert.InRange(dropped, 0.24, 0.26);
    }

    [Fact]
    public void Dropout_SomeRows_HaveTheMasksOfTheirPlaces()
    {
        DropoutMask mask = new(0.4, 5, 6);
        Twin whole = Output(9, 70);
        Twin some = Output(4, 70);
        Twin ones = Random(9, 70);
        Twin few = Random(4, 70);
        Twin rows = Ids(7, 0, 7, 3);
        OnBoth(on => on.Backend.Elementwise.Fill(on[ones], 1));
        OnBoth(on => on.Backend.Elementwise.Fill(on[few], 1));
        Run(on => on.Backend.Elementwise.Dropout(on[ones], on[whole], mask), [whole], tolerance: 1e-6);
        Run(on => on.Backend.Elementwise.Dropout(on[few], on[some], mask, on[rows]), [some], tolerance: 1e-6);
        float[] all = whole.Tested.ToSingles();
        Assert.Equal(
            [.. ((int[])[7, 0, 7, 3]).SelectMany(row => all[(row * 70)..((row + 1) * 70)])], some.Tested.ToSingles());
        Refuses("Dropout", on => on.Backend.Elementwise.Dropout(on[ones], on[whole], mask, on[rows]));
    }

    [Fact]
    public void LongVectors_EveryKernel_MatchReference()
    {
        const int length = 100_003;
        Twin a = RandomVector(length);
        Twin b = RandomVector(length);
        Twin y = OutputVector(length);
        Twin dGate = OutputVector(length);
        Twin dLinear = OutputVector(length);
        Run(on => on.Backend.Elementwise.Add(on[a], on[b], on[y], 2, 3), [y]);
        Run(on => on.Backend.Elementwise.Multiply(on[a], on[b], on[y]), [y]);
        Run(on => on.Backend.Elementwise.Gated(on[a], on[b], on[y], Activation.GeluTanh), [y]);
        Run(
            on => on.Backend.Elementwise.GatedBackward(
                on[y], on[a], on[b], on[dGate], on[dLinear], Activation.GeluTanh), [dGate, dLinear]);
    }

    [Fact]
    public void NoRows_EveryKernel_DoesNothing()
    {
        Twin x = Random(0, 8), y = Output(0, 8), bits = Mask(0, 8);
        Run(on => on.Backend.Elementwise.Copy(on[x], on[y]), [y]);
        Run(on => on.Backend.Elementwise.Add(on[x], on[x], on[y]), [y]);
        Run(on => on.Backend.Elementwise.Multiply(on[x], on[x], on[y]), [y]);
        Run(on => on.Backend.Elementwise.Relu(on[x], on[y], on[bits]), [y, bits]);
        Run(on => on.Backend.Elementwise.Gated(on[x], on[x], on[y], Activation.GeluTanh), [y]);
        Run(on => on.Backend.Elementwise.Dropout(on[x], on[y], new DropoutMask(0.5, 1, 2)), [y]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0.3)]
    public void RelaxedBernoulli_SamplesAndSlopes_MatchReference(double temperature)
    {
        ForShapes((rows, columns, view) =>
        {
            Twin z = Random(rows, columns, view), noise = Random(rows, columns), y = Output(rows, columns, !view);
            Run(on => on.Backend.Elementwise.RelaxedBernoulli(on[z], on[noise], on[y], temperature), [y]);
            Twin sample = Of(
                Array.ConvertAll(Numbers(rows * columns), static x => 1 / (1 + MathF.Exp(x))), [rows, columns], view);
            Twin slope = Output(rows, columns, !view);
            Run(on => on.Backend.Elementwise.RelaxedBernoulliSlope(on[sample], on[z], on[slope], temperature), [slope]);
        });
    }

    [Fact]
    public void RelaxedBernoulli_AtItsLimits_IsClampedWithoutSlope()
    {
        // Logits act as if limited to ±15.942385; samples never reach 0 or 1.
        float[] logits = [16, -16, 1e9f, 15.9f, -15.9f, 5, -5, 0];
        Twin z = Of(logits, [1, 8]), zeros = Of(new float[8], [1, 8]), y = Output(1, 8), slope = Output(1, 8);
        Run(on => on.Backend.Elementwise.RelaxedBernoulli(on[z], on[zeros], on[y], 4), [y]);
        Equalize(y);
        Run(on => on.Backend.Elementwise.RelaxedBernoulliSlope(on[y], on[z], on[slope], 4), [slope]);
        float[] slopes = slope.Tested.ToSingles();
        Assert.Equal([0, 0, 0], slopes[..3]);
        Assert.All(slopes[3..], static one => Assert.True(one > 0));
        Run(on => on.Backend.Elementwise.RelaxedBernoulli(on[z], on[zeros], on[y], 0.001), [y]);
        float[] samples = y.Tested.ToSingles();
        Assert.Equal((1 - MathF.Pow(2, -23), MathF.Pow(2, -126)), (samples[5], samples[6]));
        Run(on => on.Backend.Elementwise.RelaxedBernoulliSlope(on[y], on[z], on[slope], 0.001), [slope]);
        Assert.Equal([0, 0], slope.Tested.ToSingles()[5..7]);
    }

    [Fact]
    public void WrongShapes_AreRefused()
    {
        Twin x = Random(3, 4);
        Twin other = Random(4, 3);
        Twin view = Random(3, 4, view: true);
        Twin ids = Ids(new int[12]);
        Twin bits = Mask(3, 40);
        Refuses("Copy", on => on.Backend.Elementwise.Copy(on[x], on[other]));
        Refuses("Copy", on => on.Backend.Elementwise.Copy(on[ids], on[ids]));
        Refuses("Add", on => on.Backend.Elementwise.Add(on[x], on[other], on[x]));
        Refuses("Add", on => on.Backend.Elementwise.Add(on[x], on[x], on[other]));
        Refuses("Scale", on => on.Backend.Elementwise.Scale(on[x], on[other], 2));
        Refuses("Multiply", on => on.Backend.Elementwise.Multiply(on[x], on[other], on[x]));
        Refuses("Multiply", on => on.Backend.Elementwise.Multiply(on[x], on[view], on[x]));
        Refuses("Fill", on => on.Backend.Elementwise.Fill(on[view], 0));
        Refuses("Relu", on => on.Backend.Elementwise.Relu(on[x], on[x], on[bits]));
        Refuses("ReluBackward", on => on.Backend.Elementwise.ReluBackward(on[x], on[bits], on[x]));
        Refuses("RelaxedBernoulli", on => on.Backend.Elementwise.RelaxedBernoulli(on[x], on[other], on[x], 1));
        Refuses("RelaxedBernoulli", on => on.Backend.Elementwise.RelaxedBernoulli(on[x], on[x], on[other], 1));
        Refuses(
            "RelaxedBernoulliSlope", on => on.Backend.Elementwise.RelaxedBernoulliSlope(on[x], on[other], on[x], 1));
        Refuses(
            "RelaxedBernoulliSlope", on => on.Backend.Elementwise.RelaxedBernoulliSlope(on[x], on[x], on[other], 1));
        Refuses("Activate", on => on.Backend.Elementwise.Activate(on[x], on[other], Activation.Silu));
        Refuses(
            "ActivateBackward",
            on => on.Backend.Elementwise.ActivateBackward(on[x], on[x], on[other], Activation.Silu));
        Refuses("Gated", on => on.Backend.Elementwise.Gated(on[x], on[other], on[x], Activation.GeluTanh));
        Refuses(
            "GatedBackward",
            on => on.Backend.Elementwise.GatedBackward(on[x], on[x], on[x], on[x], on[other], Activation.GeluTanh));
        Refuses("Dropout", on => on.Backend.Elementwise.Dropout(on[x], on[other], new DropoutMask(0.5, 1, 2)));
        Refuses("Dropout", on => on.Backend.Elementwise.Dropout(on[x], on[x], new DropoutMask(1, 1, 2)));
    }

    private void ForShapes(Action<int, int, bool> body)
    {
        for (int i = 0; i < RowCounts.Length; i++)
        {
            for (int j = 0; j < ColumnCounts.Length; j++)
            {
                Begin($"[{RowCounts[i]}, {ColumnCounts[j]}]");
                body(RowCounts[i], ColumnCounts[j], (i + j) % 2 == 0);
            }
        }
    }
}
