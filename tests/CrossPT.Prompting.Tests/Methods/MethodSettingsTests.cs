using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;
using CrossPT.Tensors.Reference;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Tests.Methods;

public sealed class MethodSettingsTests
{
    private static readonly PrivateSettings s_none = new() { Role = PrivateRole.None };
    private static readonly PrivateSettings s_column = new() { Role = PrivateRole.Column };

    /// <summary>What is refused, and what its sentence says.</summary>
    private static readonly (string Says, PromptSettings Prompt, RouterSettings Router)[] s_refused =
    [
        (
            "role Column of private prompts without a router", new PromptSettings { Private = s_column },
            new RouterSettings { Kind = RouterKind.None }),
        (
            "role None of private prompts without a router", new PromptSettings { Private = s_none },
            new RouterSettings { Kind = RouterKind.None }),
        (
            "composition MaxPool without a router", new PromptSettings { Composition = CompositionKind.MaxPool },
            new RouterSettings { Kind = RouterKind.None }),
        ("the 4 largest of 3 columns, expected 0 to 3", new PromptSettings(), new RouterSettings { TopK = 4 }),
        (
            "the -1 largest of 4 columns, expected 0 to 4", new PromptSettings { Private = s_column },
            new RouterSettings { TopK = -1 }),
        ("takes all", new PromptSettings { Composition = CompositionKind.MeanPool }, new RouterSettings { TopK = 2 }),
        (
            "composition Sum with private prompts of the role Added",
            new PromptSettings { Composition = CompositionKind.Sum }, new RouterSettings()),
        (
            "prompt.private.share is \"learned\", without effect",
            new PromptSettings { Private = s_column with { Share = ShareKind.Learned } }, new RouterSettings()),
        (
            "not added to anything",
            new PromptSettings { Private = new PrivateSettings { Combination = PromptCombination.Product } },
            new RouterSettings { Kind = RouterKind.None }),
        (
            "a fixed share of 0.3 with the share Whole",
            new PromptSettings { Private = new PrivateSettings { FixedShare = 0.3 } }, new RouterSettings()),
        (
            "a share of 1.5, expected 0 to 1",
            new PromptSettings { Private = new PrivateSettings { Share = ShareKind.Fixed, FixedShare = 1.5 } },
            new RouterSettings()),
        (
            "whose role is none",
            new PromptSettings { Private = s_none with { Start = new StartSettings { Kind = PromptStart.Uniform } } },
            new RouterSettings()),
        (
            "a second own prompt without a private one",
            new PromptSettings { Private = s_none, Target = new PrivateSettings() }, new RouterSettings()),
        ("the role Column of the second own prompt", new PromptSettings { Target = s_column }, new RouterSettings()),
        (
            "prompt.private.rank is 2, without effect, expected it beside \"form\": \"low-rank\" or \"multiplicative\"",
            new PromptSettings { Private = new PrivateSettings { Form = new FormSettings { Rank = 2 } } },
            new RouterSettings()),
        ("rank of 7 for the prompt 'private.x' [3, 16], expected 1 to 3",
            new PromptSettings
            {
                Private = new PrivateSettings { Form = new FormSettings { Form = PromptForm.LowRank, Rank = 7 } },
            }, new RouterSettings()),
        (
            "prompt.private.layers is 2, without effect, expected it beside \"form\": \"mlp\"",
            new PromptSettings { Private = new PrivateSettings { Form = new FormSettings { Layers = 2 } } },
            new RouterSettings()),
        (
            "prompt.private.layers is 3, expected 1 to 2",
            new PromptSettings
            {
                Private = new PrivateSettings { Form = new FormSettings { Form = PromptForm.Mlp, Layers = 3 } },
            }, new RouterSettings()),
        (
            "the form LowRank of source prompts that are not trained",
            new PromptSettings
            {
                Sources = new SourceSettings { Form = new FormSettings { Form = PromptForm.LowRank } },
            }, new RouterSettings()),
        (
            "loaded source prompts with the form mlp",
            new PromptSettings
            {
                Sources = new SourceSettings { Trained = true, Form = new FormSettings { Form = PromptForm.Mlp } },
            }, new RouterSettings()),
        ("the form multiplicative of source prompts",
            new PromptSettings
            {
                Sources = new SourceSettings
                {
                    Trained = true,
                    Form = new FormSettings { Form = PromptForm.Multiplicative },
                },
            }, new RouterSettings()),
        ("prompt.length is 0, expected 1 to 1048576", new PromptSettings { Length = 0 }, new RouterSettings()),
        (
            "'a' [3, 16] is for prompts of 9 rows, expected 9 rows at least", new PromptSettings { Length = 9 },
            new RouterSettings()),
        (
            "prompt.updateRank is -1, expected 0 to 1048576", new PromptSettings { UpdateRank = -1 },
            new RouterSettings { Kind = RouterKind.None }),
        (
            "an update of the text's embeddings with a router", new PromptSettings { UpdateRank = 1 },
            new RouterSettings()),
        (
            "a second own prompt without a router", new PromptSettings { Target = new PrivateSettings() },
            new RouterSettings { Kind = RouterKind.None }),
        (
            "a second own prompt with ATTEMPT's router", new PromptSettings { Target = new PrivateSettings() },
            new RouterSettings { Kind = RouterKind.Attempt }),
        (
            "with ATTEMPT's router, expected added, sum and whole", new PromptSettings { Private = s_column },
            new RouterSettings { Kind = RouterKind.Attempt }),
        (
            "rank of 7 for the prompt 'update.x' [6, 16], expected 1 to 6",
            new PromptSettings { Length = 3, UpdateRank = 7 }, new RouterSettings { Kind = RouterKind.None }),
        ("samples in the mode consistent-softmax", new PromptSettings(), new RouterSettings { Sampling = true }),
        (
            "normaliser Sum in the mode consistent-softmax", new PromptSettings(),
            new RouterSettings { Normaliser = RouterNormaliser.Sum }),
        (
            "without sampling, where it has no effect", new PromptSettings(),
            new RouterSettings { Mode = RouterMode.ConsistentSigmoid, Temperature = 2 }),
        (
            "for evaluation in the mode ConsistentSigmoid", new PromptSettings(),
            new RouterSettings { Mode = RouterMode.ConsistentSigmoid, EvaluationNormaliser = RouterNormaliser.Sum }),
        (
            "max, which has no gradient", new PromptSettings(),
            new RouterSettings { Mode = RouterMode.Faithful, Normaliser = RouterNormaliser.Max }),
        ("a temperature of 0, expected above 0", new PromptSettings(), new RouterSettings { Temperature = 0 }),
        ("a temperature of NaN", new PromptSettings(), new RouterSettings { Temperature = double.NaN }),
        (
            "a temperature of Infinity", new PromptSettings(),
            new RouterSettings { Temperature = double.PositiveInfinity }),
        (
            "a temperature floor of 2, expected above 0 and up to the temperature 1", new PromptSettings(),
            new RouterSettings { Schedule = TemperatureSchedule.Linear, TemperatureFloor = 2 }),
        (
            "settings of task logits with a router of the kind Attempt", new PromptSettings(),
            new RouterSettings { Kind = RouterKind.Attempt, TopK = 1 }),
        (
            "settings of task logits with a router of the kind Attempt", new PromptSettings(),
            new RouterSettings { Kind = RouterKind.Attempt, Mode = RouterMode.Faithful }),
        (
            "the composition Concatenation with ATTEMPT's router",
            new PromptSettings { Composition = CompositionKind.Concatenation },
            new RouterSettings { Kind = RouterKind.Attempt }),
        ("evidence, and none was measured", new PromptSettings(), new RouterSettings { Start = RouterStart.Evidence }),
        (
            "starts from trials and another composition",
            new PromptSettings { Private = new PrivateSettings { Role = PrivateRole.Column } },
            new RouterSettings { Start = RouterStart.Trials }),
        (
            "starts from trials in the mode ConsistentSoftmax with a temperature", new PromptSettings(),
            new RouterSettings { Start = RouterStart.Trials, Temperature = 2 }),
        (
            "starts from trials and source prompts that are trained",
            new PromptSettings { Sources = new SourceSettings { Trained = true } },
            new RouterSettings { Start = RouterStart.Trials }),
        (
            "starts from trials and private prompts of the form Mlp",
            new PromptSettings { Private = new PrivateSettings { Form = new FormSettings { Form = PromptForm.Mlp } } },
            new RouterSettings { Start = RouterStart.Trials }),
        (
            "starts from trials and private prompts that start from Uniform",
            new PromptSettings
            {
                Private = new PrivateSettings { Start = new StartSettings { Kind = PromptStart.Uniform } },
            }, new RouterSettings { Start = RouterStart.Trials }),
        (
            "starts from a file, and none is given", new PromptSettings(),
            new RouterSettings { Start = RouterStart.File }),
        (
            "starts from a Source, and none is given",
            new PromptSettings
            {
                Private = new PrivateSettings { Start = new StartSettings { Kind = PromptStart.Source } },
            }, new RouterSettings()),
        ("the source prompt 'q', expected one of a, b, x",
            new PromptSettings
            {
                Private = new PrivateSettings { Start = new StartSettings { Kind = PromptStart.Source, Source = "q" } },
            }, new RouterSettings()),
        (
            "there is no tokenizer",
            new PromptSettings
            {
                Private = new PrivateSettings { Start = new StartSettings { Kind = PromptStart.Text, Text = "hi" } },
            }, new RouterSettings()),
    ];

    public static IEnumerable<object[]> Refused =>
        Enumerable.Range(0, s_refused.Length).Select(static i => new object[] { i, s_refused[i].Says });

    [Theory]
    [MemberData(nameof(Refused))]
    public void Settings_ThatContradictEachOther_AreRefused_InOneSentence(int place, string says)
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Random(TinyModel.Config, backend, seed: 1);
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => PromptMethod.Create(MethodCase.PlanOf(model, s_refused[place].Prompt, s_refused[place].Router)));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Sources_ThatDoNotFit_AreRefused_BothSizesNamed()
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Random(TinyModel.Config, backend, seed: 1);
        PromptPlan plan = MethodCase.PlanOf(model, new PromptSettings(), new RouterSettings());
        Check(
            "'long' [4, 16] and 'short' [3, 16]",
            plan with { Sources = [TinyModel.Source("long", 4, 1, 1), TinyModel.Source("short", 3, 1, 2)] });
        Check(
            "'wide' [3, 8] is for another model, expected a width of 16",
            plan with { Sources = [TinyModel.Source("wide", 3, 1, 1, width: 8)] });
        Check("no source prompt", plan with { Sources = [] });
        Check(
            "'a' is there twice",
            plan with
            {
                AnonymousSources = ["a"],
                Prompt = new PromptSettings { Sources = new SourceSettings { Trained = true } },
            });
        Check("2 anonymous source prompts that are not trained", plan with { AnonymousSources = ["c0", "c1"] });
        Check("'x' is there twice", plan with { Tasks = ["x", "x"] });
        Check("no tasks", plan with { Tasks = [] });
        Check(
            "a bias on source prompts of the tasks' own names",
            plan with { Tasks = ["u"], Router = new RouterSettings { Start = RouterStart.Bias } });
        Check(
            "evidence [1, 2], expected [2, 3]",
            plan with { Router = new RouterSettings { Start = RouterStart.Evidence }, Evidence = [[0, 0]] });

        static void Check(string says, PromptPlan plan)
            => Assert.Contains(
                says, Assert.Throws<ArgumentException>(() => PromptMethod.Create(plan)).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void Length_TakesTheFirstRowsOfLongerSources_AndThenSetsTheirSize()
    {
        using ReferenceBackend backend = new();
        using MethodCase sut = new(backend, new PromptSettings { Length = 2 }, jitter: false);
        Assert.Equal(2, sut.Method.Length);
        using TensorScope scope = new();
        double[][] rows =
        [
            .. sut.Method.Parts(backend).Where(static part => part.Name.StartsWith("source.", StringComparison.Ordinal))
                .Select(static part => part.Value.ToDoubles()),
        ];
        double[] sizes = Array.ConvertAll(rows, static row => Math.Sqrt(row.Average(static value => value * value)));
        Assert.All(sizes, size => Assert.Equal(sizes[0], size, 1e-6));
        Assert.Equal(sut.Plan.Sources[0].Rows[5] / sut.Plan.Sources[0].Rows[4], rows[0][5] / rows[0][4], 1e-6);
        SourcePrompt[] collapsed = sut.Method.CollapseSources(backend);
        Assert.Equal(["a", "b", "x"], collapsed.Select(static source => source.Name));
        Assert.Equal(rows[1], Array.ConvertAll(collapsed[1].Rows.ToArray(), static value => (double)value));
    }

    [Fact]
    public void AnonymousSources_FollowTheLoadedOnes_AndAreTrained()
    {
        using ReferenceBackend backend = new();
        using MethodCase sut = new(
            backend, new PromptSettings { Private = s_none, Sources = new SourceSettings { Trained = true } },
            jitter: false, change: static plan => plan with { AnonymousSources = ["c0", "c1"] });
        Assert.Equal(["a", "b", "x", "c0", "c1"], sut.Method.Sources);
        Assert.Equal(
            ["source.a", "source.b", "source.x", "source.c0", "source.c1", "router.logits"],
            sut.Method.Parameters.Select(static one => one.Name));
        Assert.All(sut.Method.Parameters[3].Variable.Value.ToDoubles(), static value => Assert.InRange(value, -.5, .5));
        Assert.NotEqual(
            sut.Method.Parameters[3].Variable.Value.ToDoubles(), sut.Method.Parameters[4].Variable.Value.ToDoubles());
    }

    [Fact]
    public void Mpt_TrainsOneSharedPrompt_AndTwoFactorsATask()
    {
        using ReferenceBackend backend = new();
        using MethodCase sut = new(
            backend, MethodSettings.All["mpt"].Prompt, MethodSettings.All["mpt"].Router, jitter: false);
        Assert.Equal(
            [
                ("shared.private", ParameterRole.Source, 48), ("private.x.u", ParameterRole.Private, 3),
                ("private.x.v", ParameterRole.Private, 16), ("private.y.u", ParameterRole.Private, 3),
                ("private.y.v", ParameterRole.Private, 16)],
            sut.Method.Parameters.Select(static one => (one.Name, one.Role, (int)one.Variable.Value.Length)));
        double[] rows = sut.Rows();
        Assert.Equal(rows[..48], rows[48..]);
    }

    [Fact]
    public void Starts_OfTextFileAndSource()
    {
        using ReferenceBackend backend = new();
        using TempFolder folder = new();
        folder.Write("model/tokenizer.json", TinyModel.TokenizerJson);
        ITokenizer tokenizer = SentencePieceTokenizer.Load(folder.PathOf("model"));
        foreach (string task in MethodCase.Tasks)
        {
            byte[] bytes = System.Runtime.InteropServices.MemoryMarshal
                .AsBytes(TinyModel.Source(task, 5, 1, task[0]).Rows).ToArray();
            new SafetensorsWriter().Add("prompt", DType.Float32, new Shape(5, 16), bytes)
                .Save(folder.PathOf($"old-{task}.safetensors"));
        }

        double[] text = Rows(new StartSettings { Kind = PromptStart.Text, Text = "ab" });
        // Three pieces, ▁ a b, and five rows: the fourth is the first again.
        Assert.Equal(text[..16], text[48..64]);
        Assert.NotEqual(text[..16], text[16..32]);
        double[] file = Rows(
            new StartSettings { Kind = PromptStart.File, File = folder.PathOf("old-{task}.safetensors") });
        Assert.Equal(Wide(TinyModel.Source("x", 5, 1, 'x')), file[..80]);
        Assert.Equal(Wide(TinyModel.Source("y", 5, 1, 'y')), file[80..]);
        double[] source = Rows(new StartSettings { Kind = PromptStart.Source, Source = "s" });
        Assert.Equal(Wide(TinyModel.Source("s", 7, 2, 1).Take(5)), source[..80]);
        Assert.Equal(source[..80], source[80..]);
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => Rows(new StartSettings { Kind = PromptStart.Source, Source = "t" }));
        Assert.Contains("A prompt of 5 rows starts from 't' [2, 16]", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ArgumentException>(
            () => Rows(new StartSettings { Kind = PromptStart.File, File = "{task}.pt" }, PromptForm.Multiplicative));
        Assert.Contains("a name without {task}", error.Message, StringComparison.Ordinal);

        double[] Rows(StartSettings start, PromptForm form = PromptForm.Full)
        {
            PromptSettings prompt = new()
            {
                Length = 5,
                Private = new PrivateSettings { Start = start, Form = new FormSettings { Form = form } },
            };
            using MethodCase sut = new(
                backend, prompt, new RouterSettings { Kind = RouterKind.None }, jitter: false,
                plan => plan with
                {
                    Tokenizer = tokenizer,
                    Sources = [TinyModel.Source("s", 7, 2, 1), TinyModel.Source("t", 2, 1, 1)],
                });
            return sut.Rows();
        }

        static double[] Wide(SourcePrompt prompt) =>
            Array.ConvertAll(prompt.Rows.ToArray(), static value => (double)value);
    }

    [Fact]
    public void RouterStarts_OfBiasEvidenceAndFile()
    {
        using ReferenceBackend backend = new();
        using TempFolder folder = new();
        string file = folder.Write("router.json", """
            { "temperature": 1, "tasks": { "x": { "a": { "weight": 0.5, "logit": 0.5 }, "b": { "logit": -2 },
            "x": { "logit": 3 } }, "y": { "a": { "logit": 1 }, "b": { "logit": 2 }, "x": { "logit": 4 },
            "private": { "logit": 9 } } } }
            """);
        Assert.Equal(
            [0, 0, 1.5, 0, 0, 0],
            Logits(new RouterSettings { Start = RouterStart.Bias, Bias = 1.5 }, new PrivateSettings()));
        Assert.Equal(
            [-4, 0, -1, -4, 0, -2, -3, -3], Logits(new RouterSettings { Start = RouterStart.Evidence }, s_column));
        Assert.Equal(
            [0.5, -2, 3, -2, 1, 2, 4, 9],
            Logits(new RouterSettings { Start = RouterStart.File, File = file }, s_column));
        string broken = folder.Write("broken.json", "{ \"tasks\": { \"x\": 3 } }");
        string short_ = folder.Write("short.json", "{ \"tasks\": { \"x\": { \"a\": { \"logit\": 1 } } } }");
        Assert.Contains(
            "broken.json: not a router",
            Assert.Throws<ArgumentException>(
                () => Logits(new RouterSettings { Start = RouterStart.File, File = broken }, s_column)).Message,
                    StringComparison.Ordinal);
        Assert.Contains(
            "task 'x' for the source prompt 'b'",
            Assert.Throws<ArgumentException>(
                () => Logits(new RouterSettings { Start = RouterStart.File, File = short_ }, s_column)).Message,
                    StringComparison.Ordinal);

        double[] Logits(RouterSettings router, PrivateSettings own)
        {
            using MethodCase sut = new(
                backend, new PromptSettings { Private = own }, router, jitter: false,
                static plan => plan with { Evidence = [[-4, 0, -1], [0, -2, -3]] });
            return [.. sut.Method.Router!.Logits.SelectMany(static row => row)];
        }
    }

    [Fact]
    public void Router_ThatIsNotTrained_IsNoParameter_AndAFloorReachedEarlyIsSaid()
    {
        using ReferenceBackend backend = new();
        using MethodCase sut = new(
            backend, new PromptSettings(),
            new RouterSettings { Trained = false, Temperature = 5, Schedule = TemperatureSchedule.Linear },
            jitter: false, static plan => plan with { Steps = 400 });
        Assert.Equal(["private.x", "private.y"], sut.Method.Parameters.Select(static one => one.Name));
        Assert.Contains("step 250 of 400", Assert.Single(sut.Method.Warnings), StringComparison.Ordinal);
        Assert.Equal(0.001, sut.Method.Router!.Temperature);
    }

    [Fact]
    public void Recompose_OfMissingOrUnlikeParts_IsRefused()
    {
        using ReferenceBackend backend = new();
        using MethodCase sut = new(backend, new PromptSettings(), jitter: false);
        using TensorScope scope = new();
        Dictionary<string, Tensor> parts = sut.Method.Parts(backend)
            .ToDictionary(static part => part.Name, static part => part.Value);
        Tensor logits = parts["router.logits"];
        parts.Remove("router.logits");
        Check("no 'router.logits'");
        parts["router.logits"] = logits.Reshape(3, 2);
        Check("'router.logits' [3, 2], expected [2, 3]");

        void Check(string says) => Assert.Contains(
            says,
            Assert.Throws<ArgumentException>(() => PromptMethod.Restore(sut.Plan, sut.Method.Sources, parts)).Message,
            StringComparison.Ordinal);
    }
}
