using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Reference;

namespace CrossPT.Autograd.Tests.Operations;

/// <summary>
/// Every case of <see cref="OperationCases"/>: gradients by differences in float64, then the CPU by the reference, then
/// its memory.
/// </summary>
public sealed class OperationTests
{
    public static TheoryData<string> Cases => [.. OperationCases.All.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gradient_OnReference_AgreesWithDifferences(string name)
    {
        using ReferenceBackend backend = new();
        using Inputs inputs = new(backend);
        Func<Tape, Variable> loss = OperationCase.LossOf(OperationCases.All[name](inputs), backend);
        GradientCheck.Assert(
            backend, loss, inputs.Parameters, new GradientCheckOptions { Tolerance = 1e-7, MaxElements = 40 });
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void ValuesAndGradients_OnCpu_AgreeWithReference(string name)
    {
        using ReferenceBackend reference = new();
        using CpuBackend cpu = new(threads: 2);
        Dictionary<string, double[]> expected = OperationCase.Run(reference, OperationCases.All[name]);
        OperationCase.Equal(expected, OperationCase.Run(cpu, OperationCases.All[name]), 2e-5);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Memory_AfterBackwardAndAfterDispose_IsBackAtTheStart(string name)
    {
        using CpuBackend cpu = new(threads: 1);
        using Inputs inputs = new(cpu);
        Func<Tape, Variable> loss = OperationCase.LossOf(OperationCases.All[name](inputs), cpu);
        long start = cpu.UsedBytes;

        using Tape tape = new(cpu);
        using (new TensorScope()) tape.Backward(loss(tape));
        foreach (NamedParameter parameter in inputs.Parameters) parameter.Variable.ClearGradient();
        Assert.Equal(0, tape.Count);
        Assert.Equal(start, cpu.UsedBytes);

        Tape abandoned = new(cpu);
        using (new TensorScope()) loss(abandoned);
        Assert.NotEqual(0, abandoned.Count);
        abandoned.Dispose();
        Assert.Equal(start, cpu.UsedBytes);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Forward_WithoutRecording_WritesNothingDown(string name)
    {
        using CpuBackend cpu = new(threads: 1);
        using Inputs inputs = new(cpu);
        Func<Tape, Variable> output = OperationCases.All[name](inputs);
        long start = cpu.UsedBytes;

        using Tape tape = new(cpu);
        using (tape.NoGradient())
        using (new TensorScope())
        {
            Variable y = output(tape);
            Assert.True(y.IsLeaf || !y.RequiresGradient);
        }
        Assert.Equal(0, tape.Count);
        Assert.Equal(start, cpu.UsedBytes);
        Assert.True(tape.IsRecording);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void FirstBlock_GradientsOfPlacedRowsAlone_EqualThoseOfAllRows(bool onCpu, bool dropout)
    {
        using IBackend backend = onCpu ? new CpuBackend(threads: 2) : new ReferenceBackend();
        Dictionary<string, double[]> all = OperationCase.Run(
            backend, x => OperationCases.FirstBlockOfAllRows(x, dropout));
        Dictionary<string, double[]> placed = OperationCase.Run(backend, x => OperationCases.FirstBlock(x, dropout));
        Assert.Contains(all["rows"], static value => Math.Abs(value) > 0.1);
        OperationCase.Equal(all, placed, onCpu ? 1e-5 : 1e-13);
    }

    [Fact]
    public void Dropout_ItsShareOfElements_IsZeroAndTheRestScaled()
    {
        using CpuBackend cpu = new(threads: 2);
        using TensorScope scope = new();
        using Tape tape = new(cpu);
        Tensor ones = tape.Allocate(100, 100);
        cpu.Elementwise.Fill(ones, 1);
        double[] y = TensorData.ToDoubles(tape.Dropout(Variable.Constant(ones), 0.25, 3, 4).Value);
        Assert.All(y, static value => Assert.True(value == 0 || Math.Abs(value - (1 / 0.75)) < 1e-6));
        Assert.InRange(y.Count(static value => value == 0), 2300, 2700);
    }

    [Fact]
    public void Misfits_AreNamed()
    {
        using ReferenceBackend backend = new();
        using Inputs inputs = new(backend);
        using Tape tape = new(backend);
        Variable a = inputs.Parameter("a", 2, 3), b = inputs.Parameter("b", 2, 4);
        Assert.Contains(
            "[2, 4] after [2, 3]", Assert.Throws<ArgumentException>(() => tape.ConcatenateRows(a, b)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => tape.ConcatenateRows());
        Assert.Throws<ArgumentOutOfRangeException>(() => tape.SliceRows(a, 1, 2));
        Assert.Throws<ArgumentException>(() => tape.Dropout(a, 1, 0, 0));
        Assert.Throws<ArgumentException>(() => tape.CrossEntropy(a, inputs.Int32(-1, -1)));
    }
}
