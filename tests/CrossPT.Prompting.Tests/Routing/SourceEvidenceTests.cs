using CrossPT.Autograd;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Tasks;
using CrossPT.Prompting.Tests.Kit;
using CrossPT.Prompting.Training;
using CrossPT.Tensors;
using CrossPT.Tensors.Reference;
using CrossPT.Transformer;

namespace CrossPT.Prompting.Tests.Routing;

public sealed class SourceEvidenceTests
{
    private static readonly TrainingTask[] s_tasks =
    [
        new("x", [Example([5, 9, 1], [8, 1]), Example([21, 1], [9, 10, 1]), Example([3, 3, 1], [8, 1])]),
        new("y", [Example([7, 1], [11, 1])]),
    ];

    [Fact]
    public void Measure_IsTheMeanLossOfALabelToken_BehindEachSourceAlone()
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Random(TinyModel.Config, backend, seed: 5);
        SourcePrompt[] sources = [TinyModel.Source("a", 3, 1, 1), TinyModel.Source("b", 3, 9, 2)];
        SourceEvidence sut = SourceEvidence.Measure(model, sources, s_tasks, batch: 2);
        Assert.Equal(8, sut.ForwardRows);
        for (int task = 0; task < 2; task++)
        {
            for (int source = 0; source < 2; source++)
                Assert.Equal(Loss(task, sources[source]), sut.Losses[task][source], 1e-12);
            Assert.Equal(0, sut.Logits[task].Max());
            Assert.Equal(-(sut.Losses[task].Max() - sut.Losses[task].Min()), sut.Logits[task].Min(), 1e-12);
            Assert.Equal(0, sut.Logits[task][sut.Best[task]]);
        }

        double Loss(int task, SourcePrompt source)
        {
            using TensorScope scope = new();
            using Tape tape = new(backend, recording: false);
            using TargetPrompts prompts = new(["one"], TensorData.FromSingles(backend, source.Rows, 3, 16));
            Batch batch = Batch.Create(
                [.. s_tasks[task].Examples.Select(static example => (0, example))], 3);
            return model.Loss(
                tape,
                TargetBatch.Create(model.Config, [.. s_tasks[task].Examples.Select(static example => example.Target)]),
                batch.Encode(tape, model, prompts), batch.Sources).Value.ToScalar();
        }
    }

    [Fact]
    public void Logits_FallToMinusFourAtMost()
    {
        SourceEvidence sut = new([[1, 3.5, 9], [2, 2, 1.5]], 6);
        Assert.Equal([0, -2.5, -4], sut.Logits[0]);
        Assert.Equal([-.5, -.5, 0], sut.Logits[1]);
        Assert.Equal([0, 2], sut.Best);
    }

    [Fact]
    public void Measure_OfWhatDoesNotFit_IsRefused_AndStopsWhenAsked()
    {
        using ReferenceBackend backend = new();
        using T5Model model = T5Model.Random(TinyModel.Config, backend, seed: 5);
        SourcePrompt source = TinyModel.Source("a", 3, 1, 1);
        Check("no source prompts", [], s_tasks);
        Check("'b' [4, 16], expected [3, 16]", [source, TinyModel.Source("b", 4, 1, 1)], s_tasks);
        Check("the task 'z' has no example", [source], [new TrainingTask("z", [])]);
        Assert.Throws<OperationCanceledException>(
            () => SourceEvidence.Measure(
                model, [source], s_tasks, 2, cancellation: new CancellationToken(canceled: true)));

        void Check(string says, SourcePrompt[] sources, TrainingTask[] tasks)
            => Assert.Contains(
                says, Assert.Throws<ArgumentException>(() => SourceEvidence.Measure(model, sources, tasks, 2)).Message,
                StringComparison.Ordinal);
    }

    private static EncodedExample Example(int[] source, int[] target) => new(source, target, 0);
}
