using CrossPT.Autograd;
using CrossPT.Tensors;
using CrossPT.Tensors.Cpu;

namespace CrossPT.Transformer.Tests.T5;

/// <summary>Batches that make no sense are refused with what was found and what was expected.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly CpuBackend _backend = new(1);
    private readonly TensorScope _scope = new();
    private readonly Tape _tape;
    private readonly T5Model _model;

    public BadInputTests()
    {
        _tape = new Tape(_backend, recording: false);
        _model = T5Model.Random(TinyModels.Smallest(gated: false), _backend, seed: 1);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(20)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void Embed_IdOutsideTheVocabulary_IsRefused(int id)
    {
        Refused(() => _model.Embed(_tape, [3, id]), $"token id {id} at position 1", "0 to 19");
        using T5Model trained = T5Model.Random(TinyModels.Smallest(gated: false), _backend, seed: 1, trainable: true);
        Refused(() => trained.Embed(_tape, [3, id]), $"token id {id}");
        using Variable prompt = Variable.Parameter(Tensor.Allocate(_backend, 1, 8));
        Refused(() => _model.Embed(_tape, [3, id], prompt, [-1, -1]), $"token id {id}");
        // Under a prompt row an id does not matter.
        Assert.Equal(new Shape(2, 8), _model.Embed(_tape, [3, id], prompt, [-1, 0]).Shape);
    }

    [Fact]
    public void Embed_PromptRowsThatDoNotFit_AreRefused()
    {
        using Variable prompt = Variable.Parameter(Tensor.Allocate(_backend, 2, 8));
        using Variable narrow = Variable.Parameter(Tensor.Allocate(_backend, 2, 7));
        Refused(() => _model.Embed(_tape, [3, 4], prompt, [0]), "1 row indices for 2 ids");
        Refused(() => _model.Embed(_tape, [3, 4], prompt, [0, 2]), "2");
        Refused(() => _model.Embed(_tape, [3, 4], narrow, [0, 1]), "[2, 7]");
        using T5Model trained = T5Model.Random(TinyModels.Smallest(gated: false), _backend, seed: 1, trainable: true);
        Refused(() => trained.Embed(_tape, [3, 4], prompt, [0, 1]), "frozen");
    }

    [Fact]
    public void Loss_LabelsThatMakeNoSense_AreRefused()
    {
        SequenceOffsets one = SequenceOffsets.Uniform(1, 3);
        Variable states = TinyModels.States(_model, _tape, [[3, 4, 1]]);
        T5Config config = _model.Config;
        Refused(
            () => _model.Loss(_tape, TargetBatch.Create(config, [[5, 20]]), states, one), "label 20 at row 1", "19");
        Refused(() => _model.Loss(_tape, TargetBatch.Create(config, [[20, 5]]), states, one), "20");
        Refused(
            () => _model.Loss(_tape, TargetBatch.Create(config, [[-100, -100]]), states, one),
            "all 2 labels are ignored");
        Refused(
            () => _model.Loss(_tape, TargetBatch.Create([[0, 20]], [[5, 1]]), states, one),
            "token id 20 at position 1");
        Refused(() => TargetBatch.Create(config, [[5, 1], []]), "target 1 is empty");
        Refused(() => TargetBatch.Create(config, [[5], [6], [7]], 2), "3 targets, 2 a source");
        Refused(() => TargetBatch.Create(config, [[5]], 0), "0 a source");
        Refused(() => TargetBatch.Create([[0, 1]], [[5]]), "differ in length");
        Refused(
            () => _model.Decode(_tape, TargetBatch.Create(config, [[5], [6]]), states, one),
            "targets of 2 sources over states of 1");
    }

    [Fact]
    public void Encode_SizesThatDoNotFit_AreRefused()
    {
        Variable embedded = _model.Embed(_tape, [3, 4, 5]);
        Refused(() => _model.Encode(_tape, embedded, SequenceOffsets.Uniform(1, 2)), "[3, 8]", "[2, 8]");
        Refused(
            () => _model.Encode(
                _tape, Variable.Constant(Tensor.Allocate(_backend, 3, 7)), SequenceOffsets.Uniform(1, 3)), "[3, 7]",
                    "[3, 8]");
    }

    [Fact]
    public void Model_EmptyBatch_GivesNoRows()
    {
        SequenceOffsets none = SequenceOffsets.Uniform(0, 0);
        Variable states = _model.Encode(_tape, _model.Embed(_tape, []), none);
        Assert.Equal(new Shape(0, 8), states.Shape);
        TargetBatch targets = TargetBatch.Create(_model.Config, []);
        Assert.Equal(new Shape(0, 20), _model.Decode(_tape, targets, states, none).Shape);
        Refused(() => _model.Loss(_tape, targets, states, none), "all 0 labels");
    }

    // A source without a token has nothing to attend to; its target must come out finite all the same, and not disturb
    // others.
    [Fact]
    public void Model_EmptySourceBesideOthers_LeavesThemAlone()
    {
        int[][] alone = [[3, 4, 1]], both = [[3, 4, 1], []];
        TargetBatch one = TargetBatch.Create(_model.Config, [[5, 1]]);
        TargetBatch two = TargetBatch.Create(_model.Config, [[5, 1], [6, 1]]);
        double[] expected = _model.Decode(
            _tape, one, TinyModels.States(_model, _tape, alone), TinyModels.OffsetsOf(alone)).Value.ToDoubles();
        double[] actual = _model.Decode(
            _tape, two, TinyModels.States(_model, _tape, both), TinyModels.OffsetsOf(both)).Value.ToDoubles();
        Numbers.Near(expected, actual[..expected.Length], 1e-5, "logits");
        Assert.All(actual, static value => Assert.True(double.IsFinite(value)));
    }

    public void Dispose()
    {
        _model.Dispose();
        _tape.Dispose();
        _scope.Dispose();
        _backend.Dispose();
    }

    private static void Refused(Action action, params string[] parts)
    {
        string message = Assert.ThrowsAny<ArgumentException>(action).Message;
        foreach (string part in parts) Assert.Contains(part, message, StringComparison.Ordinal);
    }
}
