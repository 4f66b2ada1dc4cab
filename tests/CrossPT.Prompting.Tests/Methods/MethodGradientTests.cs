using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Tensors;
using CrossPT.Tensors.Reference;
using CrossPT.TestKit;

namespace CrossPT.Prompting.Tests.Methods;

public sealed class MethodGradientTests
{
    private static readonly TrainingMoment s_moment = new(3, 4);

    public static IEnumerable<object[]> Names => MethodSettings.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_InTraining_EqualFiniteDifferences_ThroughTheModel(string name)
    {
        using ReferenceBackend backend = new();
        using MethodCase sut = new(backend, MethodSettings.All[name].Prompt, MethodSettings.All[name].Router);
        // Something comes to every part there is, though a prompt that is not chosen gets nothing.
        Dictionary<string, double[]> gradients = sut.Gradients(s_moment);
        Assert.All(
            sut.Method.Parameters.GroupBy(static one => one.Role),
            part => Assert.Contains(part, one => gradients[one.Name].Any(static value => Math.Abs(value) > 1e-7)));
        GradientCheck.Assert(
            backend, tape => sut.Loss(tape, s_moment), sut.Named,
            new GradientCheckOptions { MaxElements = 3, Directions = 1 });
    }

    /// <summary>On a device each tensor read back is a wait for all that was launched before.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Composing_InAStepOfTraining_ReadsNothingBack(string name)
    {
        using CountingBackend backend = new(new ReferenceBackend());
        using MethodCase sut = new(backend, MethodSettings.All[name].Prompt, MethodSettings.All[name].Router);
        using TensorScope scope = new();
        using Tape tape = new(backend);
        PromptContext context = sut.Context(tape) with { Moment = s_moment };
        int before = backend.ReadBacks;
        Variable rows = sut.Method.Compose(tape, context).Rows;
        Tensor gradient = tape.AllocateLike(rows.Value);
        backend.Elementwise.Fill(gradient, 1);
        tape.Backward(rows, gradient);
        Assert.Contains(sut.Method.Parameters, static one => one.Variable.Gradient is not null);
        Assert.Equal(before, backend.ReadBacks);
    }

    /// <summary>
    /// What is sampled and normalised otherwise in evaluation, and every mask: the composed prompt is a function like
    /// any other.
    /// </summary>
    [Theory]
    [InlineData("faithful")]
    [InlineData("faithful, not normalised, concatenated")]
    [InlineData("sigmoid, sampled")]
    [InlineData("max pool")]
    [InlineData("product")]
    [InlineData("sum")]
    [InlineData("attempt")]
    [InlineData("concatenated private")]
    public void Gradients_InEvaluation_Masked_EqualFiniteDifferences(string name)
    {
        using ReferenceBackend backend = new();
        using MethodCase sut = new(backend, MethodSettings.All[name].Prompt, MethodSettings.All[name].Router);
        PromptMask mask = new() { WithoutSources = new HashSet<string> { "b" } };
        GradientCheck.Assert(
            backend, tape => sut.Loss(tape, null, mask), sut.Named,
            new GradientCheckOptions { MaxElements = 3, Directions = 1 });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_OfAMixedBatch_AreTheSumOfItsTasks(string name)
    {
        using ReferenceBackend backend = new();
        using MethodCase sut = new(backend, MethodSettings.All[name].Prompt, MethodSettings.All[name].Router);
        // In evaluation no row's noise depends on its place in the batch.
        Dictionary<string, double[]> mixed = sut.Gradients();
        Dictionary<string, double[]> first = sut.Gradients(rows: [0, 3]);
        Dictionary<string, double[]> second = sut.Gradients(rows: [1, 2]);
        foreach ((string parameter, double[] whole) in mixed)
        {
            for (int i = 0; i < whole.Length; i++)
                Assert.Equal(whole[i], first[parameter][i] + second[parameter][i], 1e-11);
        }
        // What is a task's own hears of that task alone, exactly.
        foreach (PromptParameter parameter in sut.Method.Parameters)
        {
            string part = parameter.ClipGroup ?? parameter.Name;
            if (part.EndsWith(".y", StringComparison.Ordinal))
                Assert.All(first[parameter.Name], static value => Assert.Equal(0, value));
            if (part.EndsWith(".x", StringComparison.Ordinal) && parameter.Role != ParameterRole.Source)
                Assert.All(second[parameter.Name], static value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public void Gradients_OfAMixedBatch_AreTheSumOfItsRows()
    {
        using ReferenceBackend backend = new();
        using MethodCase sut = new(
            backend, MethodSettings.All["column and target"].Prompt, MethodSettings.All["column and target"].Router);
        Dictionary<string, double[]> mixed = sut.Gradients();
        Dictionary<string, double[]>[] single =
        [
            .. Enumerable.Range(0, MethodCase.Examples.Length).Select(row => sut.Gradients(rows: [row])),
        ];
        foreach ((string parameter, double[] whole) in mixed)
        {
            for (int i = 0; i < whole.Length; i++) Assert.Equal(whole[i], single.Sum(one => one[parameter][i]), 1e-11);
        }
    }

    [Fact]
    public void Gradients_OfWhatIsNotChosenOrMasked_AreExactlyZero()
    {
        using ReferenceBackend backend = new();
        using MethodCase sut = new(
            backend, MethodSettings.All["top-k"].Prompt, MethodSettings.All["top-k"].Router with { TopK = 1 });
        double[][] weights = sut.Method.Router!.Weights;
        Dictionary<string, double[]> gradients = sut.Gradients();
        for (int source = 0; source < 3; source++)
        {
            if (weights.All(row => row[source] == 0))
                Assert.All(gradients[$"source.{sut.Method.Sources[source]}"], static value => Assert.Equal(0, value));
        }
        Assert.Contains(Enumerable.Range(0, 3), source => weights.All(row => row[source] == 0));
        // The softmax of one is 1, whatever its logit.
        Assert.All(gradients["router.logits"], static value => Assert.Equal(0, value));

        using MethodCase columns = new(backend, MethodSettings.All["column"].Prompt);
        gradients = columns.Gradients(mask: new PromptMask { WithoutPrivate = true });
        Assert.All(gradients["private.x"], static value => Assert.Equal(0, value));
        Assert.Contains(gradients["router.logits"], static value => Math.Abs(value) > 1e-6);
    }
}
