using CrossPT.Autograd;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;
using CrossPT.Tensors.Reference;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Tests.Methods;

public sealed class PromptMethodTests
{
    private static readonly SourcePrompt[] s_sources =
    [
        new("a", [1, 2], 2), new("b", [10, 20], 2), new("c", [100, 200], 2),
    ];

    public static IEnumerable<object[]> Names => MethodSettings.Names;

    [Theory]
    [InlineData(CompositionKind.Average, new[] { .576117 * 1 + .211942 * 110, 2 * (.576117 + .211942 * 110) })]
    [InlineData(CompositionKind.MeanPool, new[] { (.576117 + .211942 * 110) / 3, 2 * (.576117 + .211942 * 110) / 3 })]
    [InlineData(CompositionKind.MaxPool, new[] { 21.1942, 42.3884 })]
    [InlineData(CompositionKind.Concatenation, new[] { .576117, 1.152234, 2.11942, 4.23884, 21.1942, 42.3884 })]
    public void Compose_OfThreeSources_IsTheirWeightedOne(CompositionKind composition, double[] expected)
    {
        // softmax([1, 0, 0]) = [.576117, .211942, .211942]
        double[] rows = Rows(composition, PrivateRole.None, [1, 0, 0]);
        Assert.Equal(expected.Length, rows.Length);
        for (int i = 0; i < rows.Length; i++) Assert.Equal(expected[i], rows[i], 1e-4);
    }

    [Theory]
    [InlineData(CompositionKind.Average, new[] { 111 / 4.0 + 3 / 4.0, 222 / 4.0 - 5 / 4.0 })]
    [InlineData(CompositionKind.Sum, new[] { 111 / 4.0 + 3, 222 / 4.0 - 5 })]
    [InlineData(CompositionKind.Product, new[] { 111 / 4.0 * 3, 222 / 4.0 * -5 })]
    [InlineData(CompositionKind.MeanPool, new[] { (111 + 3) / 16.0, (222 - 5) / 16.0 })]
    [InlineData(CompositionKind.MaxPool, new[] { 25.0, 50.0 })]
    [InlineData(CompositionKind.Concatenation, new[] { .25, .5, 2.5, 5, 25, 50, .75, -1.25 })]
    public void Compose_WithAPrivateColumn(CompositionKind composition, double[] expected)
    {
        double[] rows = Rows(composition, PrivateRole.Column, [0, 0, 0, 0]);
        Assert.Equal(expected.Length, rows.Length);
        for (int i = 0; i < rows.Length; i++) Assert.Equal(expected[i], rows[i], 1e-12);
    }

    [Theory]
    [InlineData(PromptCombination.Sum, ShareKind.Whole, new[] { 37 + 3.0, 74 - 5 })]
    [InlineData(PromptCombination.Product, ShareKind.Whole, new[] { 37 * 3.0, 74 * -5 })]
    [InlineData(PromptCombination.Concatenation, ShareKind.Whole, new[] { 37.0, 74, 3, -5 })]
    [InlineData(PromptCombination.Sum, ShareKind.Fixed, new[] { .75 * 37 + .25 * 3, .75 * 74 - .25 * 5 })]
    [InlineData(PromptCombination.Product, ShareKind.Fixed, new[] { .75 * 37 * .25 * 3, -.75 * 74 * .25 * 5 })]
    [InlineData(PromptCombination.Concatenation, ShareKind.Fixed, new[] { .75 * 37, .75 * 74, .25 * 3, -.25 * 5 })]
    [InlineData(PromptCombination.Sum, ShareKind.Learned, new[] { 20.0, 34.5 })]
    public void Compose_WithAnAddedPrompt(PromptCombination combination, ShareKind share, double[] expected)
    {
        double[] rows = Rows(CompositionKind.Average, PrivateRole.Added, [0, 0, 0], combination, share);
        Assert.Equal(expected.Length, rows.Length);
        for (int i = 0; i < rows.Length; i++) Assert.Equal(expected[i], rows[i], 1e-12);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Recompose_FromCollapsedParts_GivesTheSameBits(string name)
    {
        // Of float32 too: what a run saves and loads.
        foreach (IBackend backend in (IBackend[])[new ReferenceBackend(), new CpuBackend(1)])
        {
            using IBackend _ = backend;
            using MethodCase sut = new(backend, MethodSettings.All[name].Prompt, MethodSettings.All[name].Router);
            using TensorScope scope = new();
            Dictionary<string, Tensor> parts = sut.Method.Parts(backend)
                .ToDictionary(static part => part.Name, static part => part.Value);
            using PromptMethod again = PromptMethod.Restore(sut.Plan, sut.Method.Sources, parts);
            Assert.Empty(again.Parameters);
            Assert.Equal((sut.Method.Length, sut.Method.TextUpdateLength), (again.Length, again.TextUpdateLength));
            using Tape tape = new(backend, recording: false);
            PromptContext context = sut.Context(tape);
            ComposedPrompts expected = sut.Method.Compose(tape, context), actual = again.Compose(tape, context);
            Assert.Equal(expected.Rows.Value.ToDoubles(), actual.Rows.Value.ToDoubles());
            Assert.Equal(expected.TextUpdates?.Value.ToDoubles(), actual.TextUpdates?.Value.ToDoubles());
            Assert.Equal(expected.Rows.Value.ToDoubles(), sut.Method.Compose(tape, context).Rows.Value.ToDoubles());
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Build_Twice_GivesTheSameBits_AndParametersOfUniqueNames(string name)
    {
        using ReferenceBackend backend = new();
        using MethodCase one = new(
            backend, MethodSettings.All[name].Prompt, MethodSettings.All[name].Router, jitter: false);
        using MethodCase two = new(
            backend, MethodSettings.All[name].Prompt, MethodSettings.All[name].Router, jitter: false);
        Assert.Equal(
            one.Method.Parameters.Count,
            one.Method.Parameters.Select(static parameter => parameter.Name).Distinct().Count());
        foreach ((PromptParameter a, PromptParameter b) in one.Method.Parameters.Zip(two.Method.Parameters))
        {
            Assert.Equal((a.Name, a.Role, a.ClipGroup), (b.Name, b.Role, b.ClipGroup));
            Assert.Equal(a.Variable.Value.ToDoubles(), b.Variable.Value.ToDoubles());
        }
    }

    [Fact]
    public void Mask_LeavesOutOneSource_AllOthers_OrThePrivatePart_AndNoOtherWeightMoves()
    {
        using ReferenceBackend backend = new();
        using MethodCase sut = new(backend, new PromptSettings());
        double[][] sources =
        [
            .. sut.Method.Parts(backend).Where(static part => part.Name.StartsWith("source.", StringComparison.Ordinal))
                .Select(static part => part.Value.ToDoubles()),
        ];
        double[] own =
        [
            .. sut.Method.Parts(backend)
                .Where(static part => part.Name.StartsWith("private.", StringComparison.Ordinal))
                .SelectMany(static part => part.Value.ToDoubles()),
        ];
        double[][] weights = sut.Method.Router!.Weights;
        Check(new PromptMask { WithoutSources = new HashSet<string> { "b" } }, [0, 2], 1);
        Check(new PromptMask { WithoutSources = new HashSet<string> { "a", "x" } }, [1], 1);
        Check(new PromptMask { WithoutSources = new HashSet<string> { "a", "b", "x" } }, [], 1);
        Check(new PromptMask { WithoutPrivate = true }, [0, 1, 2], 0);
        Assert.Contains(
            "'z'",
            Assert.Throws<ArgumentException>(
                () => sut.Rows(new PromptMask { WithoutSources = new HashSet<string> { "z" } })).Message,
                    StringComparison.Ordinal);

        void Check(PromptMask mask, int[] kept, double privateWeight)
        {
            double[] rows = sut.Rows(mask);
            int size = rows.Length / 2;
            for (int i = 0; i < rows.Length; i++)
                Assert.Equal(
                    kept.Sum(source => weights[i / size][source] * sources[source][i % size])
                        + (privateWeight * own[i]), rows[i], 1e-12);
        }
    }

    [Theory]
    [InlineData("prompt tuning", 3)]
    [InlineData("concatenated private", 6)]
    [InlineData("max pool", 3)]
    public void Mask_OfEverything_LeavesZeros(string name, int length)
    {
        using ReferenceBackend backend = new();
        using MethodCase sut = new(backend, MethodSettings.All[name].Prompt, MethodSettings.All[name].Router);
        PromptMask mask = new() { WithoutSources = sut.Method.Sources.ToHashSet(), WithoutPrivate = true };
        Assert.Equal(length, sut.Method.Length);
        Assert.All(sut.Rows(mask), static value => Assert.Equal(0, value));
    }

    [Fact]
    public void Evaluation_IsAFunctionOfTheParameters_TrainingOfTheStepToo()
    {
        using ReferenceBackend backend = new();
        using MethodCase sut = new(
            backend, MethodSettings.All["sigmoid, sampled"].Prompt, MethodSettings.All["sigmoid, sampled"].Router);
        Assert.Equal(sut.Rows(), sut.Rows());
        PromptContext at4 = new([0, 0, 1]) { Moment = new TrainingMoment(3, 4) };
        double[] rows = sut.RowsOf(sut.Method, at4);
        int size = rows.Length / 3;
        Assert.Equal(rows, sut.RowsOf(sut.Method, at4));
        Assert.NotEqual(rows, sut.RowsOf(sut.Method, at4 with { Moment = new TrainingMoment(3, 5) }));
        Assert.NotEqual(rows, sut.RowsOf(sut.Method, at4 with { Moment = new TrainingMoment(4, 4) }));
        // Two rows of one task have noise of their own; a row's does not depend on how many follow it.
        Assert.NotEqual(rows[..size], rows[size..(2 * size)]);
        Assert.Equal(
            rows[..(2 * size)],
            sut.RowsOf(sut.Method, new PromptContext([0, 0]) { Moment = new TrainingMoment(3, 4) }));
    }

    [Fact]
    public void SamplesByTask_AreTheSameForAllItsRows_AndDoNotMoveWithOtherTasks()
    {
        using ReferenceBackend backend = new();
        (PromptSettings prompt, RouterSettings router) = MethodSettings.All["sigmoid, sampled by task"];
        using MethodCase sut = new(backend, prompt, router, jitter: false);
        using MethodCase other = new(backend, prompt, router, jitter: false, plan => plan with { Tasks = ["w", "y"] });
        PromptContext context = new([0, 1]) { Moment = new TrainingMoment(3, 4) };
        double[] rows = sut.RowsOf(sut.Method, context), others = other.RowsOf(other.Method, context);
        int size = rows.Length / 2;
        Assert.Equal(rows[size..], others[size..]);
        Assert.NotEqual(rows[..size], others[..size]);
    }

    [Fact]
    public void Attention_OfAttempt_IsThatOfEachExample()
    {
        using ReferenceBackend backend = new();
        using MethodCase sut = new(backend, MethodSettings.All["attempt"].Prompt, MethodSettings.All["attempt"].Router);
        using TensorScope scope = new();
        using Tape tape = new(backend, recording: false);
        ComposedPrompts composed = Assert.IsType<Attempt>(sut.Method).Compose(tape, sut.Context(tape));
        Tensor weights = composed.Attention!.Value;
        double[][] attention = [.. weights.ToDoubles().Chunk(weights.Columns)];
        Assert.Equal(4, attention.Length);
        // Three source prompts and the task's own.
        Assert.All(attention, static row => Assert.Equal((4, 1.0), (row.Length, Math.Round(row.Sum(), 12))));
        Assert.NotEqual(attention[0][0], attention[3][0]);
        Assert.Null(sut.Method.Router);
    }

    [Theory]
    [InlineData("prompt tuning", typeof(PromptTuning))]
    [InlineData("mpt", typeof(Mpt))]
    [InlineData("dept", typeof(Dept))]
    [InlineData("attempt", typeof(Attempt))]
    [InlineData("crosspt", typeof(CrossPt))]
    public void Create_IsTheMethodOfItsName(string name, Type expected)
    {
        using ReferenceBackend backend = new();
        using MethodCase sut = new(backend, MethodSettings.All[name].Prompt, MethodSettings.All[name].Router);
        Assert.IsType(expected, sut.Method);
    }

    private static double[] Rows(
        CompositionKind composition, PrivateRole role, double[] logits,
        PromptCombination combination = PromptCombination.Sum, ShareKind share = ShareKind.Whole)
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Random(TinyModel.Config with { ModelWidth = 2 }, backend, seed: 1);
        PrivateSettings own = new()
        {
            Role = role,
            Combination = combination,
            Share = share,
            FixedShare = share == ShareKind.Fixed ? 0.25 : 0.5,
        };
        PromptPlan plan = new()
        {
            Model = model, Tasks = ["t"], Sources = s_sources,
            Prompt = new PromptSettings
            {
                Composition = composition,
                Sources = new SourceSettings { Scale = SourceScale.None },
                Private = own,
            }, Router = new RouterSettings(),
        };
        using PromptMethod sut = PromptMethod.Create(plan);
        foreach (PromptParameter parameter in sut.Parameters)
        {
            if (parameter.Role == ParameterRole.Private) parameter.Variable.Value.CopyFrom([3f, -5f]);
            if (parameter.Name == "router.logits") parameter.Variable.Value.CopyFrom(logits);
        }
        using TensorScope scope = new();
        using Tape tape = new(backend, recording: false);
        return sut.Compose(tape, PromptContext.Of(sut)).Rows.Value.ToDoubles();
    }
}
