using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Tensors;
using CrossPT.Tensors.Reference;

namespace CrossPT.Prompting.Tests.Routing;

public sealed class TaskRouterTests
{
    [Fact]
    public void Weights_OfEvaluation_ByMode()
    {
        Near([.576117, .211942, .211942], Weights(new RouterSettings(), [1, 0, 0]));
        Near([.576117, .211942, .211942], Weights(new RouterSettings { Temperature = 5 }, [5, 0, 0]));
        Near(
            [.731059, .5, .268941],
            Weights(
                new RouterSettings { Mode = RouterMode.ConsistentSigmoid, Sampling = true, Temperature = 5 },
                [1, 0, -1]));
        Near(
            [.731059 / 1.5, .5 / 1.5, .268941 / 1.5],
            Weights(
                new RouterSettings { Mode = RouterMode.ConsistentSigmoid, Normaliser = RouterNormaliser.Sum },
                [1, 0, -1]));
        Near(
            [.741559, .03692, .03692, .03692, .03692, .03692, .03692, .03692],
            Weights(new RouterSettings { Mode = RouterMode.Faithful, Temperature = 5 }, [3, 0, 0, 0, 0, 0, 0, 0]));
        Near(
            [1, 0, -1],
            Weights(
                new RouterSettings { Mode = RouterMode.Faithful, EvaluationNormaliser = RouterNormaliser.None },
                [1, 0, -1]));
        Near(
            [1, 0, 0],
            Weights(
                new RouterSettings { Mode = RouterMode.Faithful, EvaluationNormaliser = RouterNormaliser.Max },
                [1, 0, -1]));
    }

    [Fact]
    public void Weights_OfAnUntrainedFaithfulRouter_WithoutNormaliser_AreAPlainSum()
        => Near(
            [1, 1, 1],
            Weights(
                new RouterSettings { Mode = RouterMode.Faithful, EvaluationNormaliser = RouterNormaliser.None },
                [0, 0, 0]));

    [Fact]
    public void TopK_TakesTheLargest_ByTheirOwnPlace_AndNormalisesThemAlone()
    {
        // The last column too, which an implementation that counts one too far would miss.
        Near([0, .268941, 0, .731059], Weights(new RouterSettings(), [0, 1, -5, 2], chosen: 2));
        Near([1, 0, 0, 0], Weights(new RouterSettings(), [3, 3, 3, 3], chosen: 1));
    }

    [Fact]
    public void Threshold_LeavesOutWhatIsBelow()
    {
        Near([.5, 0, .5], Weights(new RouterSettings { Threshold = 0 }, [1, -.001, 1]));
        Near(
            [.731059, 0, .5],
            Weights(new RouterSettings { Mode = RouterMode.ConsistentSigmoid, Threshold = .5 }, [1, -.1, 0]));
        Near([0, 0, 0], Weights(new RouterSettings { Threshold = 9 }, [1, 0, 1]));
    }

    [Fact]
    public void Softmax_UsesTheTemperatureOfTheLastStep()
    {
        RouterSettings settings = new() { Temperature = 2, Schedule = TemperatureSchedule.Linear, AnnealRate = .1 };
        Assert.Equal(1, TaskRouter.Temperature(settings, 10), 1e-12);
        Assert.Equal(1.5, TaskRouter.Temperature(settings, 5), 1e-12);
        Near([.576117, .211942, .211942], Weights(settings, [1, 0, 0], steps: 11));
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 2)]
    public void Logits_OfAnotherSize_AreRefused(int tasks, int columns)
    {
        using ReferenceBackend backend = new();
        using TensorScope scope = new();
        Tensor logits = Tensor.Allocate(backend, tasks, columns);
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => new TaskRouter(new RouterSettings(), ["x"], 2, logits, trained: true, steps: 1));
        Assert.Contains($"[{tasks}, {columns}], expected [1, 2]", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RouterNormaliser.Softmax, new[] { .2, .3, .5 }, new[] { .289433, .319873, .390694 })]
    [InlineData(RouterNormaliser.Softmax, new[] { .9, .05, .05 }, new[] { .539133, .230433, .230433 })]
    [InlineData(RouterNormaliser.Softmax, new[] { 1000.0, -1000 }, new[] { 1.0, 0 })]
    [InlineData(RouterNormaliser.Sigmoid, new[] { 0.0, 1, -1, -1000 }, new[] { .5, .731059, .268941, 0 })]
    [InlineData(RouterNormaliser.Sum, new[] { 1.0, 3 }, new[] { .25, .75 })]
    [InlineData(RouterNormaliser.Sum, new[] { 1.0, -1 }, new[] { 0.0, 0 })]
    [InlineData(RouterNormaliser.Max, new[] { 1.0, 3, 3 }, new[] { 0.0, 1, 0 })]
    [InlineData(RouterNormaliser.None, new[] { .7, -2 }, new[] { .7, -2 })]
    public void Normalisers_AreTheWorkedNumbers(RouterNormaliser normaliser, double[] scores, double[] expected)
        => Near(
            expected,
            Weights(new RouterSettings { Mode = RouterMode.Faithful, EvaluationNormaliser = normaliser }, scores));

    [Theory]
    [InlineData(RouterNormaliser.Softmax)]
    [InlineData(RouterNormaliser.Sigmoid)]
    [InlineData(RouterNormaliser.Sum)]
    [InlineData(RouterNormaliser.None)]
    public void Gradients_OfChosenColumns_EqualFiniteDifferences(RouterNormaliser normaliser)
    {
        using ReferenceBackend backend = new();
        RouterSettings settings = new()
        {
            Mode = RouterMode.ConsistentSigmoid,
            Normaliser = normaliser,
            TopK = 2,
            Threshold = .3,
        };
        Tensor logits = TensorData.FromDoubles(backend, [.4, 1.7, -.3, .2, -1, -1.1], 2, 3);
        using TaskRouter sut = new(settings, ["x", "y"], 3, logits, trained: true, steps: 1);
        GradientCheck.Assert(
            backend, tape => tape.Sum(tape.Multiply(sut.Weights(tape, [1, 0, 1], null).Values, Factors(tape))),
            [new NamedParameter("logits", sut.Logits)]);

        static Variable Factors(Tape tape) =>
            Variable.Constant(TensorData.FromDoubles(tape.Backend, [1, -2, .5, 3, 1, -1, .3, 2, .7], 3, 3));
    }

    private static double[] Weights(RouterSettings settings, double[] logits, int? chosen = null, int steps = 1)
    {
        using ReferenceBackend backend = new();
        Tensor z = TensorData.FromDoubles(backend, logits, 1, logits.Length);
        using TaskRouter sut = new(settings with { TopK = chosen ?? 0 }, ["x"], logits.Length, z, trained: true, steps);
        return sut.Table(backend, ["x"], [.. logits.Select(static (_, column) => $"{column}")]).Weights[0];
    }

    private static void Near(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-6);
    }
}
