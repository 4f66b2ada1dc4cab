using CrossPT.Prompting.Composition;
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
        Near([.731059, .5, .268941], Weights(new RouterSettings { Mode = RouterMode.ConsistentSigmoid, Sampling = true, Temperature = 5 }, [1, 0, -1]));
        Near([.731059 / 1.5, .5 / 1.5, .268941 / 1.5], Weights(new RouterSettings { Mode = RouterMode.ConsistentSigmoid, Normaliser = RouterNormaliser.Sum }, [1, 0, -1]));
        Near([.741559, .03692, .03692, .03692, .03692, .03692, .03692, .03692], Weights(new RouterSettings { Mode = RouterMode.Faithful, Temperature = 5 }, [3, 0, 0, 0, 0, 0, 0, 0]));
        Near([1, 0, -1], Weights(new RouterSettings { Mode = RouterMode.Faithful, EvaluationNormaliser = RouterNormaliser.None }, [1, 0, -1]));
        Near([1, 0, 0], Weights(new RouterSettings { Mode = RouterMode.Faithful, EvaluationNormaliser = RouterNormaliser.Max }, [1, 0, -1]));
    }

    [Fact]
    public void Weights_OfAnUntrainedFaithfulRouter_WithoutNormaliser_AreAPlainSum()
        => Near([1, 1, 1], Weights(new RouterSettings { Mode = RouterMode.Faithful, EvaluationNormaliser = RouterNormaliser.None }, [0, 0, 0]));

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
        Near([.731059, 0, .5], Weights(new RouterSettings { Mode = RouterMode.ConsistentSigmoid, Threshold = .5 }, [1, -.1, 0]));
        Near([0, 0, 0], Weights(new RouterSettings { Threshold = 9 }, [1, 0, 1]));
    }

    [Fact]
    public void Softmax_UsesTheTemperatureOfTheLastStep()
    {
        RouterSettings settings = new() { Temperature = 2, Schedule = TemperatureSchedule.Linear, AnnealRate = .1 };
        RouterScores sut = new(settings, steps: 11);
        Assert.Equal(1, sut.Temperature(null), 1e-12);
        Assert.Equal(1.5, sut.Temperature(new TrainingMoment(1, 5)), 1e-12);
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
        ArgumentException error = Assert.Throws<ArgumentException>(() => new TaskRouter(new RouterSettings(), Layout(2, 2), ["x"], logits, trained: true, steps: 1));
        Assert.Contains($"[{tasks}, {columns}], expected [1, 2]", error.Message, StringComparison.Ordinal);
    }

    private static MixingLayout Layout(int columns, int chosen) => new(CompositionKind.Average, columns, 1, HasPrivate: false, chosen);

    private static double[] Weights(RouterSettings settings, double[] logits, int? chosen = null, int steps = 1)
    {
        using ReferenceBackend backend = new();
        using TaskRouter sut = new(
            settings, Layout(logits.Length, chosen ?? logits.Length), ["x"], HostTensor.Create(backend, logits, 1, logits.Length), trained: true, steps);
        return sut.ToWeights()[0];
    }

    private static void Near(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-6);
    }
}
