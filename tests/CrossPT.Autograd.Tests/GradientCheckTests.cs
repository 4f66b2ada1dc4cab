using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Reference;

namespace CrossPT.Autograd.Tests;

public sealed class GradientCheckTests
{
    [Fact]
    public void Assert_OneWrongElement_IsNamed()
    {
        using ReferenceBackend backend = new();
        using Inputs inputs = new(backend);
        Variable a = inputs.Parameter("a", 4, 6), b = inputs.Parameter("b", 4, 6);
        GradientCheckException exception = Assert.Throws<GradientCheckException>(
            () => GradientCheck.Assert(backend, tape => Loss(tape, a, b, index: 15, error: 0.01), inputs.Parameters));

        Assert.Contains("Gradients differ", exception.Message, StringComparison.Ordinal);
        Assert.Contains("b [2, 3]: analytic", exception.Message, StringComparison.Ordinal);
        GradientDifference worst = exception.Report.WorstElement!;
        Assert.Equal(("b", 15L), (worst.Parameter, worst.Index!.Value));
        Assert.Equal(0.01, worst.Analytic - worst.Numeric, 6);
        // The directions see it too, those of the right parameter do not.
        Assert.All(exception.Report.Differences, difference => Assert.Equal(
            difference.Index == 15 && difference.Parameter == "b"
                || (difference.Index is null && difference.Parameter != "a"), difference.RelativeError > 1e-6));
    }

    [Fact]
    public void Compare_AnErrorOutsideTheSample_IsSeenByTheDirections()
    {
        using ReferenceBackend backend = new();
        using Inputs inputs = new(backend);
        Variable a = inputs.Parameter("a", 4, 6), b = inputs.Parameter("b", 4, 6);
        GradientReport report = GradientCheck.Compare(
            backend, tape => Loss(tape, a, b, index: 15, error: 0.01), inputs.Parameters,
            new GradientCheckOptions { MaxElements = 0 });
        Assert.False(report.Passed);
        Assert.Null(report.WorstElement);
        Assert.Null(report.Worst.Index);
        Assert.Contains("direction", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Compare_AGradientThatIsMissing_Fails()
    {
        using ReferenceBackend backend = new();
        using Inputs inputs = new(backend);
        Variable a = inputs.Parameter("a", 4), b = inputs.Parameter("b", 4);
        GradientReport report = GradientCheck.Compare(
            backend, tape => tape.Sum(tape.Multiply(a, Variable.Constant(b.Value))), inputs.Parameters);
        Assert.False(report.Passed);
        Assert.Equal("b", report.Worst.Parameter);
        Assert.Equal(0, report.WorstElement!.Analytic);
    }

    [Fact]
    public void Compare_AGradientThatIsNotANumber_Fails()
    {
        using ReferenceBackend backend = new();
        using Inputs inputs = new(backend);
        Variable a = inputs.Parameter("a", 4, 6), b = inputs.Parameter("b", 4, 6);
        GradientReport report = GradientCheck.Compare(
            backend, tape => Loss(tape, a, b, index: 3, error: double.NaN), inputs.Parameters);
        Assert.False(report.Passed);
        Assert.Equal(3, report.WorstElement!.Index);
    }

    [Fact]
    public void Compare_FourthOrder_IsSharper()
    {
        using ReferenceBackend backend = new();
        using Inputs inputs = new(backend);
        Variable a = inputs.Parameter("a", 4, 6), b = inputs.Parameter("b", 4, 6);
        GradientReport report = GradientCheck.Compare(
            backend, tape => tape.Sum(tape.Gated(a, b, Activation.GeluTanh)), inputs.Parameters,
            new GradientCheckOptions { FourthOrder = true, Tolerance = 1e-9 });
        Assert.True(report.Passed, report.ToString());
        Assert.Contains("Gradients agree", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Compare_ParametersAndTheirSample_ComeBackAsTheyWere()
    {
        using ReferenceBackend backend = new();
        using Inputs inputs = new(backend);
        Variable a = inputs.Parameter("a", 10, 10);
        double[] before = a.Value.ToDoubles();
        GradientCheckOptions options = new() { MaxElements = 7, Directions = 3, Seed = 5 };
        GradientReport first = GradientCheck.Compare(
            backend, tape => tape.Sum(tape.Multiply(a, a)), inputs.Parameters, options);
        GradientReport second = GradientCheck.Compare(
            backend, tape => tape.Sum(tape.Multiply(a, a)), inputs.Parameters, options);
        Assert.Equal(before, a.Value.ToDoubles());
        Assert.Null(a.Gradient);
        Assert.Equal(first.Differences, second.Differences);
        Assert.Equal(7, first.Differences.Count(static difference => difference.Index is not null));
        Assert.Equal(3, first.Differences.Count(static difference => difference.Index is null));
    }

    [Fact]
    public void Compare_InFloat32_WithCoarserNumbers_Passes()
    {
        using CpuBackend cpu = new(threads: 1);
        using Inputs inputs = new(cpu);
        Variable a = inputs.Parameter("a", 4, 6), b = inputs.Parameter("b", 4, 6);
        GradientCheck.Assert(
            cpu, tape => tape.Sum(tape.Gated(a, b, Activation.GeluTanh)), inputs.Parameters,
            new GradientCheckOptions { Step = 1e-2, Tolerance = 1e-2 });
    }

    [Fact]
    public void Compare_ALossThatChanges_IsRefused()
    {
        using ReferenceBackend backend = new();
        using Inputs inputs = new(backend);
        Variable a = inputs.Parameter("a", 4);
        ulong stream = 0;
        Assert.Throws<InvalidOperationException>(
            () => GradientCheck.Compare(
                backend, tape => tape.Sum(tape.Dropout(a, 0.5, 1, stream++)), inputs.Parameters));
        Assert.Throws<ArgumentException>(() => GradientCheck.Compare(backend, tape => tape.Sum(a), []));
        Assert.Throws<ArgumentException>(
            () => GradientCheck.Compare(
                backend, tape => tape.Sum(a), [new NamedParameter("frozen", inputs.Constant(4))]));
    }

    /// <summary>Σ a·b, whose gradient in one element of b is wrong by <paramref name="error"/>.</summary>
    private static Variable Loss(Tape tape, Variable a, Variable b, int index, double error)
    {
        Variable wrong = tape.Record(b.Value.Share(), [b], [], (dy, _) =>
        {
            double[] gradient = dy.ToDoubles();
            gradient[index] += error;
            Tensor db = tape.AllocateLike(dy);
            db.CopyFrom(gradient);
            tape.Pass(b, db);
        });
        return tape.Sum(tape.Multiply(a, wrong));
    }
}
