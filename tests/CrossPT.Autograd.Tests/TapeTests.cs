using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Reference;

namespace CrossPT.Autograd.Tests;

public sealed class TapeTests
{
    [Fact]
    public void Backward_Twice_AddsUp()
    {
        using ReferenceBackend backend = new();
        using Inputs inputs = new(backend);
        Variable x = inputs.Parameter("x", 3, 4);
        using TensorScope scope = new();
        foreach (double scale in new[] { 1.0, 0.5 })
        {
            using Tape tape = new(backend);
            tape.Backward(tape.Sum(x), scale);
        }
        Assert.All(x.Gradient!.ToDoubles(), static value => Assert.Equal(1.5, value));
    }

    [Fact]
    public void Backward_FromAGivenGradient_LeavesItAsItWas()
    {
        using ReferenceBackend backend = new();
        using Inputs inputs = new(backend);
        Variable x = inputs.Parameter("x", 3, 4);
        using TensorScope scope = new();
        using Tape tape = new(backend);
        Tensor gradient = inputs.Tensor(3, 4);
        double[] before = gradient.ToDoubles(), values = x.Value.ToDoubles();
        tape.Backward(tape.Relu(x), gradient);
        Assert.Equal(before, gradient.ToDoubles());
        Assert.Equal(before.Zip(values, static (g, v) => v > 0 ? g : 0), x.Gradient!.ToDoubles());
    }

    [Fact]
    public void Backward_OfAParameterItself_AddsTheGradient()
    {
        using ReferenceBackend backend = new();
        using Inputs inputs = new(backend);
        Variable x = inputs.Parameter("x", 1);
        using Tape tape = new(backend);
        tape.Backward(x, 2);
        tape.Backward(x, 3);
        Assert.Equal(5, x.Gradient!.ToScalar());
    }

    [Fact]
    public void Backward_FromPlacedRows_TakesTheWantedOnes()
    {
        using ReferenceBackend backend = new();
        using Inputs inputs = new(backend);
        Variable rows = inputs.Parameter("rows", 2, 3);
        using TensorScope scope = new();
        using Tape tape = new(backend);
        Variable placed = tape.PlaceRows(inputs.Tensor(4, 3).Share(), rows, [-1, 1, -1, 1]);
        Tensor gradient = TensorData.FromSingles(backend, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 4, 3);
        tape.Backward(placed, gradient);
        Assert.Equal([0.0, 0, 0, 14, 16, 18], rows.Gradient!.ToDoubles());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void OncePerRow_ComputesAPlacedRowOnce(bool twice)
    {
        using ReferenceBackend backend = new();
        using Inputs inputs = new(backend);
        Variable rows = inputs.Parameter("rows", 3, 4);
        int[] indices = twice ? [0, 1, -1, 1, 0, -1, 2] : [0, 1, -1, -1, 2];
        using TensorScope scope = new();
        using Tape tape = new(backend);
        Variable placed = tape.PlaceRows(inputs.Tensor(indices.Length, 4).Share(), rows, indices);
        List<int> seen = [];
        Variable y = tape.OncePerRow(placed, x =>
        {
            seen.Add(x.Value.Rows);
            return tape.Scale(x, 2);
        });
        Assert.Equal(twice ? [3, 2] : [5], seen);
        Assert.Equal(tape.Scale(placed, 2).Value.ToDoubles(), y.Value.ToDoubles());
    }

    [Fact]
    public void OncePerRow_WithTrainedWeights_IsRefused()
    {
        using ReferenceBackend backend = new();
        using Inputs inputs = new(backend);
        Variable rows = inputs.Parameter("rows", 1, 4), weight = inputs.Parameter("weight", 4);
        using TensorScope scope = new();
        using Tape tape = new(backend);
        Variable placed = tape.PlaceRows(inputs.Tensor(3, 4).Share(), rows, [0, -1, 0]);
        Assert.Throws<InvalidOperationException>(() => tape.OncePerRow(placed, x => tape.RmsNorm(x, weight, 1e-6)));
    }

    [Fact]
    public void Backward_OfWhatNeedsNone_IsRefused()
    {
        using ReferenceBackend backend = new();
        using Inputs inputs = new(backend);
        Variable x = inputs.Parameter("x", 3), frozen = inputs.Constant(1);
        using TensorScope scope = new();
        using Tape tape = new(backend);
        Assert.Throws<ArgumentException>(() => tape.Backward(x));
        Assert.Throws<ArgumentException>(() => tape.Backward(frozen));
        Assert.Throws<ArgumentException>(() => tape.Backward(frozen, inputs.Tensor(1)));
        Assert.Throws<ArgumentException>(() => tape.Backward(x, inputs.Tensor(4)));
    }

    [Fact]
    public void Record_OfFrozenInputs_WritesNothingDownAndGivesThemNoGradient()
    {
        using ReferenceBackend backend = new();
        using Inputs inputs = new(backend);
        Variable x = inputs.Parameter("x", 5, 7), frozen = inputs.Constant(5, 7);
        using TensorScope scope = new();
        using Tape tape = new(backend);
        Variable unmoved = tape.Multiply(tape.Relu(frozen), frozen);
        Assert.Equal(0, tape.Count);
        Assert.False(unmoved.RequiresGradient);
        tape.Backward(tape.Sum(tape.Add(x, unmoved)));
        Assert.Null(frozen.Gradient);
        Assert.Null(unmoved.Gradient);
        Assert.NotNull(x.Gradient);
    }

    [Fact]
    public void NoGradient_Nested_EndsWithTheOuterScope()
    {
        using ReferenceBackend backend = new();
        using Tape tape = new(backend);
        IDisposable outer = tape.NoGradient(), inner = tape.NoGradient();
        inner.Dispose();
        inner.Dispose();
        Assert.False(tape.IsRecording);
        outer.Dispose();
        Assert.True(tape.IsRecording);
        using Tape silent = new(backend, recording: false);
        Assert.False(silent.IsRecording);
    }

    [Fact]
    public void Backward_AnOperationNothingDependsOn_IsSkippedAndReleased()
    {
        using CpuBackend cpu = new(threads: 1);
        using Inputs inputs = new(cpu);
        Variable x = inputs.Parameter("x", 5, 7);
        long start = cpu.UsedBytes;
        using Tape tape = new(cpu);
        using (new TensorScope())
        {
            tape.Softmax(x);
            Variable loss = tape.Sum(x);
            tape.Multiply(x, x);
            tape.Backward(loss);
        }
        Assert.All(x.Gradient!.ToDoubles(), static value => Assert.Equal(1, value));
        x.ClearGradient();
        Assert.Equal(start, cpu.UsedBytes);
    }

    [Fact]
    public void Dispose_AfterABackwardThatFailed_GivesEverythingBack()
    {
        using CpuBackend cpu = new(threads: 1);
        using Inputs inputs = new(cpu);
        Variable x = inputs.Parameter("x", 5, 7);
        long start = cpu.UsedBytes;
        using (Tape tape = new(cpu))
        using (new TensorScope())
        {
            Variable softmax = tape.Softmax(x);
            Variable failing = tape.Record(
                tape.AllocateLike(x.Value), [softmax], [x.Value],
                static (_, _) => throw new InvalidOperationException("on purpose"));
            Assert.Throws<InvalidOperationException>(() => tape.Backward(tape.Sum(tape.Add(softmax, failing))));
        }
        x.ClearGradient();
        Assert.Equal(start, cpu.UsedBytes);
    }
}
