using CrossPT.Autograd;
using CrossPT.Prompting.Composition;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;
using CrossPT.Tensors.Reference;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Tests.Routing;

public sealed class RoutedPromptsTests
{
    private const int Length = 3;

    private static readonly (int Task, int[] Source)[] s_examples = [(0, [5, 9, 1]), (1, [7, 1]), (1, [11, 12, 13, 14, 1]), (0, [21, 1])];
    private static readonly int[][] s_targets = [[8, 1], [9, 10, 1], [8, 1], [9, 10, 1]];

    [Fact]
    public void Compose_IsTheWeightedAveragePlusThePrivatePrompt()
    {
        using ReferenceBackend backend = new();
        using RoutedPrompts sut = new(
            backend, ["x", "y"], [new SourcePrompt("a", [1, 2], 2), new SourcePrompt("b", [10, 20], 2), new SourcePrompt("c", [100, 200], 2)],
            [[0, 0], [0.5f, -0.5f]], new Router(backend, [1, 0, 0, 0, 0, 0], 2, 3));
        using TensorScope scope = new();
        using Tape tape = new(backend, recording: false);
        double[] rows = sut.Compose(tape, PromptContext.Of(sut)).Rows.Value.ToDoubles();
        // softmax([1, 0, 0]) = [.576117, .211942, .211942]
        double[][] weights = sut.Router.ToWeights();
        Assert.Equal(0.576117, weights[0][0], 6);
        Assert.Equal(0.211942, weights[0][1], 6);
        Assert.Equal(0.576117 + (110 * 0.211942), rows[0], 4);
        Assert.Equal(2 * rows[0], rows[1], 12);
        Assert.Equal((111.0 / 3) + 0.5, rows[2], 12);
        Assert.Equal((222.0 / 3) - 0.5, rows[3], 12);
    }

    [Fact]
    public void Gradients_EqualFiniteDifferences_ThroughTheModel()
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Random(TinyModel.Config, backend, seed: 5);
        using RoutedPrompts sut = Create(backend, temperature: 0.7);
        GradientCheck.Assert(backend, tape => Loss(tape, model, sut, s_examples, s_targets), Named(sut));
    }

    [Fact]
    public void Gradients_OfAMixedBatch_AreTheSumOfTheTasks()
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Random(TinyModel.Config, backend, seed: 5);
        using RoutedPrompts sut = Create(backend, temperature: 1);
        double[][] mixed = Gradients(sut, tape => Loss(tape, model, sut, s_examples, s_targets));
        double[][] first = Of(0), second = Of(1);
        for (int p = 0; p < mixed.Length; p++)
        {
            for (int i = 0; i < mixed[p].Length; i++) Assert.Equal(mixed[p][i], first[p][i] + second[p][i], 1e-12);
        }
        // A private prompt hears of its own task alone; the router of both.
        Assert.All(first[1], static value => Assert.Equal(0, value));
        Assert.All(second[0], static value => Assert.Equal(0, value));
        Assert.Contains(first[2], static value => Math.Abs(value) > 1e-6);

        double[][] Of(int task)
        {
            int[] rows = [.. Enumerable.Range(0, s_examples.Length).Where(i => s_examples[i].Task == task)];
            return Gradients(sut, tape => Loss(tape, model, sut, [.. rows.Select(i => s_examples[i])], [.. rows.Select(i => s_targets[i])]));
        }
    }

    [Fact]
    public void Sources_AreFrozen()
    {
        using ReferenceBackend backend = new();
        using RoutedPrompts sut = Create(backend, temperature: 1);
        Assert.Equal(["private.x", "private.y", "router.logits"], sut.Parameters.Select(static parameter => parameter.Name));
        Assert.Equal([ParameterRole.Private, ParameterRole.Private, ParameterRole.Router], sut.Parameters.Select(static parameter => parameter.Role));
    }

    [Fact]
    public void Sources_OfUnlikeLength_AreRefused_BothNamed()
    {
        using ReferenceBackend backend = new();
        using Router router = new(backend, [0, 0], 1, 2);
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => new RoutedPrompts(backend, ["x"], [TinyModel.Source("long", 4, 1, 1), TinyModel.Source("short", 3, 1, 2)], [new float[64]], router));
        Assert.Contains("'long' [4, 16] and 'short' [3, 16]", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Temperature_OutOfRange_IsRefused(double temperature)
    {
        using ReferenceBackend backend = new();
        Assert.Throws<ArgumentException>(() => new Router(backend, [0], 1, 1, temperature));
    }

    private static RoutedPrompts Create(IBackend backend, double temperature) => new(
        backend, ["x", "y"], [TinyModel.Source("a", Length, 1, 1), TinyModel.Source("b", Length, 2, 2), TinyModel.Source("c", Length, 0.5, 3)],
        [TinyModel.Gaussians(Length * 16, 0.3, 4), TinyModel.Gaussians(Length * 16, 0.3, 5)], new Router(backend, TinyModel.Gaussians(6, 1, 6), 2, 3, temperature));

    /// <summary>The sum, not the mean, over the label tokens: what adds up over tasks.</summary>
    private static Variable Loss(Tape tape, T5Model model, RoutedPrompts prompts, (int, int[])[] examples, int[][] targets)
    {
        PromptedBatch batch = PromptedBatch.Create(examples, Length);
        TargetBatch labels = TargetBatch.Create(model.Config, targets);
        Tensor ones = tape.Allocate(labels.Labels.Length);
        tape.Backend.Elementwise.Fill(ones, 1);
        return model.Loss(tape, labels, batch.Encode(tape, model, prompts), batch.Sources, ones);
    }

    private static double[][] Gradients(RoutedPrompts prompts, Func<Tape, Variable> loss)
    {
        using TensorScope scope = new();
        using Tape tape = new(prompts.Router.Logits.Value.Backend);
        tape.Backward(loss(tape));
        double[][] gradients = [.. prompts.Parameters.Select(static parameter => parameter.Variable.Gradient!.ToDoubles())];
        foreach (PromptParameter parameter in prompts.Parameters) parameter.Variable.ClearGradient();
        return gradients;
    }

    private static NamedParameter[] Named(RoutedPrompts prompts) => [.. prompts.Parameters.Select(static one => new NamedParameter(one.Name, one.Variable))];
}
