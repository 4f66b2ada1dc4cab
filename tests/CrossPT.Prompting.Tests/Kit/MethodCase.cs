using CrossPT.Autograd;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Tests.Kit;

/// <summary>
/// Prompts of two tasks over three source prompts, built from settings, before a tiny model: a mixed batch and its
/// loss.
/// </summary>
internal sealed class MethodCase : IDisposable
{
    public const int Length = 3, TextLength = 6;

    public static readonly string[] Tasks = ["x", "y"];

    public static readonly (int Task, EncodedExample Example)[] Examples =
    [
        (0, new([5, 9, 1], [8, 1])), (1, new([7, 1], [9, 10, 1])), (1, new([11, 12, 13, 14, 1], [8, 1])),
        (0, new([21, 1], [9, 10, 1])),
    ];

    public MethodCase(
        IBackend backend, PromptSettings prompt, RouterSettings? router = null, bool jitter = true,
        Func<PromptPlan, PromptPlan>? change = null)
    {
        Backend = backend;
        // Without the kinks of a ReLU, which differences step over.
        Model = T5Model.Random(
            TinyModel.Config with { EncoderLayers = 1, DecoderLayers = 1, IsGated = true }, backend, seed: 5);
        Plan = PlanOf(Model, prompt, router ?? new RouterSettings());
        Plan = change is null ? Plan : change(Plan);
        Method = PromptMethod.Create(Plan);
        if (!jitter) return;
        // Away from every start: nothing is zero, or as large as another.
        for (int i = 0; i < Method.Parameters.Count; i++)
        {
            Tensor value = Method.Parameters[i].Variable.Value;
            float[] moved = value.ToSingles(), noise = TinyModel.Gaussians(moved.Length, 0.3, (ulong)i + 100);
            value.CopyFrom([.. moved.Zip(noise, static (a, b) => a + b)]);
        }
    }

    public IBackend Backend { get; }

    public T5Model Model { get; }

    public PromptPlan Plan { get; }

    public PromptMethod Method { get; }

    public static PromptPlan PlanOf(T5Model model, PromptSettings prompt, RouterSettings router) => new()
    {
        Prompt = prompt,
        Router = router,
        Model = model,
        Tasks = Tasks,
        Sources = router.Kind == RouterKind.None
            ? []
            : [
                TinyModel.Source("a", Length, 1, 1), TinyModel.Source("b", Length, 2, 2),
                TinyModel.Source("x", Length, 0.5, 3)],
        Seed = 7,
        Steps = 10,
        TextLength = TextLength,
    };

    public NamedParameter[] Named =>
        [.. Method.Parameters.Select(static one => new NamedParameter(one.Name, one.Variable))];

    /// <summary>The sum, not the mean, over the label tokens: what adds up over rows.</summary>
    public Variable Loss(Tape tape, TrainingMoment? moment = null, PromptMask? mask = null, int[]? rows = null)
    {
        rows ??= [.. Enumerable.Range(0, Examples.Length)];
        Batch batch = Batch.Create([.. rows.Select(static i => Examples[i])], Method.Length, Method.Position);
        TargetBatch labels = batch.CreateTargets(Model.Config);
        Tensor ones = tape.Allocate(labels.Labels.Length);
        tape.Backend.Elementwise.Fill(ones, 1);
        return Model.Loss(tape, labels, batch.Encode(tape, Model, Method, moment, mask), batch.Sources, ones);
    }

    /// <summary>Gradients by parameter name; zeros where nothing came.</summary>
    public Dictionary<string, double[]> Gradients(
        TrainingMoment? moment = null, PromptMask? mask = null, int[]? rows = null)
    {
        using TensorScope scope = new();
        using Tape tape = new(Backend);
        tape.Backward(Loss(tape, moment, mask, rows));
        Dictionary<string, double[]> gradients = Method.Parameters.ToDictionary(
            static one => one.Name,
            static one => one.Variable.Gradient?.ToDoubles() ?? new double[one.Variable.Value.Length]);
        foreach (PromptParameter parameter in Method.Parameters) parameter.Variable.ClearGradient();
        return gradients;
    }

    /// <summary>The composed rows of every task.</summary>
    public double[] Rows(PromptMask? mask = null) => RowsOf(Method, PromptContext.Of(Method) with { Mask = mask });

    /// <summary>The composed rows of a context.</summary>
    public double[] RowsOf(ITargetPrompts prompts, PromptContext context)
    {
        using TensorScope scope = new();
        using Tape tape = new(Backend, recording: false);
        return prompts.Compose(tape, context).Rows.Value.ToDoubles();
    }

    /// <summary>The context of all examples, with their texts where the method reads them.</summary>
    public PromptContext Context(Tape tape)
    {
        PromptContext context = new([.. Examples.Select(static example => example.Task)]);
        if (!Method.ReadsTexts) return context;
        return context with
        {
            Texts = Model.Embed(tape, [.. Examples.SelectMany(static one => one.Example.Source)]),
            TextOffsets = SequenceOffsets.FromLengths([.. Examples.Select(static one => one.Example.Source.Length)]),
        };
    }

    public void Dispose()
    {
        Method.Dispose();
        Model.Dispose();
    }
}
